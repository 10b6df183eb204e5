import test from "ava";
import type { Action, ActionPolicy, Agent, Delegation, RiskProfile, Target } from "../../controller/api/types.ts";
import { AgentIndex } from "../../controller/identity/agent-index.ts";
import { DelegationIndex } from "../../controller/identity/delegation-index.ts";
import { resolveRequester } from "../../controller/identity/resolve-requester.ts";
import { PolicyEngine } from "../../controller/policy/engine.ts";
import { createFreshness, type FreshnessSubject } from "../../controller/reconcilers/freshness.ts";
import type { Asker } from "../../controller/reconcilers/judge.ts";
import type { LiveReads } from "../../controller/reconcilers/live-reads.ts";
import { createRiskLimitsIndex } from "../../controller/reconcilers/risk-limits.ts";
import type { Informer, KubeClient } from "../../controller/runtime/index.ts";

/** A watch that has not brought anything yet, and delivers up to a version when the test says so. */
function slowWatch() {
  const waiting: { version: string; arrive: () => void; fail: (error: Error) => void }[] = [];
  const informer = {
    waitForResourceVersion: (version: string, { signal }: { signal?: AbortSignal } = {}) =>
      new Promise<void>((arrive, fail) => {
        waiting.push({ version, arrive, fail });
        signal?.addEventListener("abort", () => fail(signal.reason), { once: true });
      }),
  };
  return { informer: informer as never, waiting };
}

function world(live: Partial<LiveReads> = {}) {
  const policies = slowWatch();
  const targets = slowWatch();
  const patches: { plural: string; name: string; body: unknown }[] = [];
  const client = {
    patch: async (resource: { plural: string }, ref: { name: string }, body: unknown) => {
      patches.push({ plural: resource.plural, name: ref.name, body });
      return { metadata: { resourceVersion: String(100 + patches.length) } };
    },
  } as unknown as KubeClient;
  const engine = new PolicyEngine({ profile: "strict" });
  const agents = new AgentIndex();
  const none = async () => undefined;
  const reads: LiveReads = {
    action: none,
    agent: none,
    agents: async () => [],
    target: none,
    targets: async () => [],
    riskProfile: none,
    delegation: none,
    plan: none,
    ...live,
  };
  const delegations = new DelegationIndex();
  const profiles = createRiskLimitsIndex(agents);
  const resolve = (asker: Asker) =>
    resolveRequester({ agents, delegations }, { requester: { username: "" }, ...asker, now });
  let nonce = 0;
  const freshness = createFreshness({
    ...{
      client,
      reads,
      engine,
      agents,
      delegations,
      profiles,
      resolve,
      timeoutMs: 200,
      nonce: () => `nonce-${++nonce}`,
    },
    policies: policies.informer as Informer<ActionPolicy>,
    targets: targets.informer as Informer<Target>,
  });
  /** Freshness of something that waits for no watch. */
  const arrive = async (subject: FreshnessSubject) => {
    const round = policies.waiting.length;
    const fresh = freshness(subject);
    await turn();
    policies.waiting[round]?.arrive();
    targets.waiting[round]?.arrive();
    await fresh;
  };
  return { freshness, arrive, engine, agents, delegations, profiles, resolve, policies, targets, patches };
}

const now = Date.parse("2026-01-01T00:10:00Z");
const asker: Asker = { namespace: "agents", requester: { username: "bot" } };
const uses = [{ action: "restart", target: "dev/web" }];
const subject: FreshnessSubject = { asker, uses };
const turn = () => new Promise((resolve) => setImmediate(resolve));

test("it is not fresh before both watches have brought back the mark that was just made", async (t) => {
  const { freshness, policies, targets, patches } = world();
  let done = false;
  const fresh = freshness(subject).then(() => {
    done = true;
  });
  await turn();
  t.deepEqual(
    patches.map(({ plural, name }) => [plural, name]),
    [
      ["actionpolicies", "agent-safe-sentinel"],
      ["targets", "agent-safe-sentinel"],
    ],
  );
  t.deepEqual(
    [policies.waiting[0]?.version, targets.waiting[0]?.version],
    ["101", "102"],
    "the versions of its own writes",
  );
  policies.waiting[0]?.arrive();
  await turn();
  t.false(done, "one watch is not enough");
  targets.waiting[0]?.arrive();
  await fresh;
  t.true(done);
});

test("each mark is new, or the API server would not write it and no watch would bring it", async (t) => {
  const { freshness, policies, targets, patches } = world();
  for (let round = 0; round < 2; round += 1) {
    const fresh = freshness(subject);
    await turn();
    policies.waiting[round]?.arrive();
    targets.waiting[round]?.arrive();
    await fresh;
  }
  t.is(new Set(patches.map(({ body }) => JSON.stringify(body))).size, 4);
});

test("a watch that stays silent means that nothing is decided", async (t) => {
  const { freshness, policies } = world();
  const fresh = freshness(subject);
  await turn();
  policies.waiting[0]?.arrive();
  // The time limit's own timer does not keep a process alive.
  const alive = setInterval(() => undefined, 50);
  await t.throwsAsync(fresh, { name: "TimeoutError" });
  clearInterval(alive);
});

test("what was read live is what is judged by; what is gone is forgotten", async (t) => {
  const action = {
    metadata: { name: "restart", uid: "a", resourceVersion: "7" },
    spec: { riskClass: "high" },
  } as unknown as Action;
  const gone = { metadata: { name: "gone", uid: "b", resourceVersion: "3" }, spec: {} } as unknown as Action;
  const { arrive, engine } = world({
    action: async (name) => (name === "restart" ? action : undefined),
  });
  engine.upsertAction(gone);
  await arrive(subject);
  await arrive({ asker, uses: [{ action: "gone", target: "dev/web" }] });
  t.is(engine.getAction("restart"), action);
  t.is(engine.getAction("gone"), undefined);
});

function agent(name: string, change: object = {}): Agent {
  return {
    apiVersion: "agentsafe.dev/v1alpha1",
    kind: "Agent",
    metadata: { name, uid: name, resourceVersion: "1" },
    spec: { subjects: [{ kind: "User", name }], roles: ["deployer"], ...change },
  };
}

function delegation(name: string, from: string, to: string, spec: object): Delegation {
  return {
    apiVersion: "agentsafe.dev/v1alpha1",
    kind: "Delegation",
    metadata: {
      ...{ name, namespace: "agents", uid: name, resourceVersion: "1", generation: 1 },
      creationTimestamp: "2026-01-01T00:00:00Z",
    },
    spec: { to, roles: ["deployer"], requester: { username: from }, ...spec },
  };
}

const lent = [
  delegation("first", "root", "middle", { maxDepth: 3 }),
  delegation("second", "middle", "bot", { parentRef: { name: "first", uid: "first" } }),
];
const delegated: FreshnessSubject = { asker: { ...asker, delegationRef: { name: "second", uid: "second" } }, uses };

test("the whole chain of delegation is read live, up to its root, and everybody in it", async (t) => {
  const live = new Map([agent("root"), agent("middle"), agent("bot")].map((one) => [one.metadata.name, one]));
  const { arrive, resolve } = world({
    agents: async () => [...live.values()],
    agent: async (name) => live.get(name),
    delegation: async ({ name }) => lent.find(({ metadata }) => metadata.name === name),
  });
  await arrive(delegated);
  t.like(resolve(delegated.asker), { agent: { id: "root/middle/bot", suspended: false } });
  // No watch has brought anything: what follows is known by the live reads alone.
  live.set("root", {
    ...agent("root", { suspended: true }),
    metadata: { name: "root", uid: "root", resourceVersion: "2" },
  });
  await arrive(delegated);
  t.like(resolve(delegated.asker), { agent: { suspended: true } });
});

test("a Delegation that was revoked, or is gone, is so at once, wherever it is in the chain", async (t) => {
  for (const after of [undefined, { ...lent[0], spec: { ...lent[0]?.spec, revoked: true } } as Delegation]) {
    let first = lent[0];
    const { arrive, resolve } = world({
      agents: async () => [agent("root"), agent("middle"), agent("bot")],
      agent: async (name) => agent(name),
      delegation: async ({ name }) => (name === "first" ? first : lent[1]),
    });
    await arrive(delegated);
    t.true("agent" in resolve(delegated.asker));
    first = after && { ...after, metadata: { ...after.metadata, resourceVersion: "2" } };
    await arrive(delegated);
    t.like(resolve(delegated.asker), { error: "DelegationInvalid" });
  }
});

test("the limits are those of whoever pays: the profile that the root of the chain names, read live", async (t) => {
  const asked: string[] = [];
  const strict = { metadata: { name: "strict", uid: "s" }, spec: { rateLimit: { maxRequests: 1 } } } as RiskProfile;
  const { arrive, resolve, profiles } = world({
    agents: async () => [agent("root", { riskProfile: "strict" }), agent("middle"), agent("bot")],
    agent: async (name) => agent(name, name === "root" ? { riskProfile: "strict" } : {}),
    delegation: async ({ name }) => lent.find(({ metadata }) => metadata.name === name),
    riskProfile: async (name) => {
      asked.push(name);
      return name === "strict" ? strict : undefined;
    },
  });
  await arrive(delegated);
  t.deepEqual(asked, ["strict"]);
  const resolved = resolve(delegated.asker);
  t.like("agent" in resolved ? profiles.limitsFor(resolved.agent) : {}, { limits: { rate: { max: 1 } } });
});

test("an Agent that names another profile since is limited by that one", async (t) => {
  const asked: string[] = [];
  const { arrive, agents } = world({
    agent: async (name) => ({
      ...agent(name, { riskProfile: "new" }),
      metadata: { name, uid: name, resourceVersion: "2" },
    }),
    riskProfile: async (name) => void asked.push(name),
  });
  agents.upsert(agent("bot", { riskProfile: "old" }));
  await arrive(subject);
  t.deepEqual(asked, ["old", "new"]);
});
