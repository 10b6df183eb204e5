import test from "ava";
import type { Action, ActionPolicy, Agent, Delegation, RiskProfile, Target } from "../../controller/api/types.ts";
import { AgentIndex } from "../../controller/identity/agent-index.ts";
import { DelegationIndex } from "../../controller/identity/delegation-index.ts";
import { Ledger } from "../../controller/limits/ledger.ts";
import { PolicyEngine } from "../../controller/policy/engine.ts";
import { createJudge, undecidedMessage } from "../../controller/reconcilers/judge.ts";
import { createRiskLimitsIndex } from "../../controller/reconcilers/risk-limits.ts";

const now = Date.parse("2026-01-01T00:10:00Z");
const object = (kind: string, name: string, spec: object, metadata: object = {}) => ({
  ...{ apiVersion: "agentsafe.dev/v1alpha1", kind },
  metadata: { name, uid: name, resourceVersion: "1", generation: 1, ...metadata },
  spec,
});

function agent(name: string, more: object = {}): Agent {
  return object("Agent", name, { subjects: [{ kind: "User", name }], roles: ["deployer"], ...more }) as Agent;
}

function profile(name: string, maxRequests: number): RiskProfile {
  return object("RiskProfile", name, { rateLimit: { maxRequests } }) as RiskProfile;
}

/** A world in which everything is allowed in dev; `bot` lends to `helper`. */
function world({ bot = {}, profiles: given = [] as RiskProfile[] } = {}) {
  const engine = new PolicyEngine({ profile: "strict" });
  const execution = { executor: "dry-run", kubernetes: { verb: "get", resource: "deployments" } };
  engine.upsertAction(
    object("Action", "look", {
      version: "1.0.0",
      riskClass: "low",
      targetTypes: ["thing"],
      parameters: [],
      execution,
    }) as unknown as Action,
  );
  engine.upsertTarget(
    object("Target", "web", {
      ...{ id: "dev/web", type: "thing", environment: "dev", sensitivity: "public", owner: "me" },
      resource: { kubernetes: { apiVersion: "apps/v1", kind: "Deployment", namespace: "dev", name: "web" } },
    }) as unknown as Target,
  );
  const rule = {
    name: "all",
    priority: 1,
    match: { targets: { environments: ["dev"] } },
    decision: "allow",
    reason: "dev",
  };
  engine.upsertPolicy(object("ActionPolicy", "p", { rules: [rule] }) as unknown as ActionPolicy);
  const agents = new AgentIndex();
  agents.upsert(agent("bot", bot));
  agents.upsert(agent("helper"));
  const delegations = new DelegationIndex();
  const lend = { to: "helper", roles: ["deployer"], requester: { username: "bot" } };
  const where = { namespace: "agents", creationTimestamp: "2026-01-01T00:00:00Z" };
  delegations.upsert(object("Delegation", "lend", lend, where) as unknown as Delegation);
  const profiles = createRiskLimitsIndex(agents);
  for (const one of given) profiles.upsert(one);
  const ledger = new Ledger({ keepMs: 3_600_000 });
  const known = { not: "" };
  const budgets = { unavailable: () => known.not };
  const metrics = { startDecision: () => () => undefined };
  const judge = createJudge({ engine, agents, delegations, profiles, ledger, metrics, budgets, clock: () => now });
  const delegationRef = { name: "lend", uid: "lend" };
  const ask = (
    uid: string,
    { by = "bot", lent = false, ...more }: { by?: string; lent?: boolean; chargeKey?: string; ledger?: Ledger } = {},
  ) =>
    judge.judge(
      { namespace: "agents", requester: { username: by }, ...(lent ? { delegationRef } : {}) },
      { uid, namespace: "agents", name: uid, action: "look", target: "dev/web", params: {} },
      more,
    );
  return { ask, agents, ledger, profiles, known };
}

test("without a profile nothing is limited", (t) => {
  const { ask } = world();
  for (let i = 0; i < 200; i += 1) t.is(ask(`r${i}`).decision.result, "allow");
});

test("what was lent is charged to whoever lent it, under that one's profile", (t) => {
  const { ask } = world({ bot: { riskProfile: "two" }, profiles: [profile("two", 2)] });
  const lent = ask("r1", { by: "helper", lent: true });
  t.is(lent.agent?.id, "bot/helper");
  t.is(lent.decision.charge?.agent, "bot");
  t.is(ask("r2").decision.result, "allow");
  t.is(ask("r3").decision.cause, "RateLimited");
  t.is(ask("r4", { by: "helper", lent: true }).decision.cause, "RateLimited");
  t.is(ask("r5", { by: "helper" }).decision.result, "allow", "what it asks for itself is its own");
});

test("the same request judged again, and a step under the key of its plan, costs nothing more", (t) => {
  const { ask } = world({ bot: { riskProfile: "two" }, profiles: [profile("two", 2)] });
  for (let i = 0; i < 5; i += 1) t.is(ask("r1").decision.result, "allow");
  for (let i = 0; i < 5; i += 1) t.is(ask(`step-${i}`, { chargeKey: "plan/a" }).decision.result, "allow");
  t.is(ask("r2").decision.cause, "RateLimited");
});

test("what is tried on a copy of the ledger is not charged", (t) => {
  const { ask, ledger } = world({ bot: { riskProfile: "two" }, profiles: [profile("two", 2)] });
  const fork = ledger.fork();
  t.deepEqual(
    ["a", "b", "c"].map((uid) => ask(uid, { ledger: fork }).decision.cause),
    ["Rule", "Rule", "RateLimited"],
  );
  t.is(ask("d").decision.result, "allow");
  t.is(ask("e").decision.result, "allow");
});

test("limits that are not known leave it undecided, naming the profile; a suspended agent is denied all the same", (t) => {
  const { ask, agents, profiles } = world({ bot: { riskProfile: "gone" } });
  const { decision } = ask("r1");
  t.like(decision, { result: "undecided", cause: "RiskProfileError" });
  t.regex(undecidedMessage(decision), /no RiskProfile gone/);
  t.is(ask("r2", { by: "helper", lent: true }).decision.result, "undecided");
  t.is(ask("r3", { by: "helper" }).decision.result, "allow");
  profiles.upsert(object("RiskProfile", "gone", { rateLimit: { window: "99h" } }) as RiskProfile);
  t.regex(undecidedMessage(ask("r4").decision), /RiskProfile gone is invalid/);
  agents.upsert({
    ...agent("bot", { riskProfile: "gone", suspended: true }),
    metadata: { name: "bot", uid: "bot", resourceVersion: "2" },
  });
  t.is(ask("r5").decision.cause, "AgentSuspended");
  t.is(ask("r6", { by: "helper", lent: true }).decision.cause, "AgentSuspended");
});

test("while charges that a profile asks about are not known, nothing is decided and nothing charged", (t) => {
  const { ask, known, ledger } = world({ profiles: [profile("default", 1)] });
  known.not = "the charges are being read";
  const { decision } = ask("r1");
  t.is(decision.result, "undecided");
  t.regex(decision.reason, /the charges are being read/);
  t.is(ledger.size, 0);
  known.not = "";
  t.is(ask("r1").decision.result, "allow");
});

test("nobody is charged for one who is nobody", (t) => {
  const { ask } = world({ profiles: [profile("default", 1)] });
  for (let i = 0; i < 3; i += 1) t.is(ask(`r${i}`, { by: "stranger" }).decision.cause, "UnknownAgent");
  t.is(ask("r9").decision.result, "allow");
});

test("the end of what was lent is told with the decision", (t) => {
  const { ask } = world();
  t.is(ask("r1", { by: "helper", lent: true }).expiresAt, Date.parse("2026-01-01T01:00:00Z"));
  t.is(ask("r2").expiresAt, undefined);
});
