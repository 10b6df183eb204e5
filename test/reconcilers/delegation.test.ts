import test from "ava";
import type { ActionRequest, Agent, Delegation } from "../../controller/api/types.ts";
import { resolveChain } from "../../controller/identity/delegation-chain.ts";
import { resolveRequester } from "../../controller/identity/resolve-requester.ts";
import { eventsFor } from "../../controller/reconcilers/delegation-record.ts";
import { delegationStatus, knownReason, ownEnd } from "../../controller/reconcilers/delegation-status.ts";
import { holdChain } from "../../controller/reconcilers/executor-chain.ts";
import { account, agent, CREATED, delegation, indexes, NAMESPACE, ref } from "../identity/support.ts";

const bot = agent("deploy-bot", { roles: ["deployer"] });
const helper = agent("helper");
const lent = delegation("lent", "deploy-bot", { to: "helper", roles: ["deployer"], ttl: "30m" });
const MINUTE = 60_000;
const at = (milliseconds: number) => new Date(milliseconds).toISOString().replace(".000", "");
const revoked: Delegation = { ...lent, spec: { ...lent.spec, revoked: true } };

function found(one: Delegation, now = CREATED, agents = [bot, helper]) {
  return resolveChain(indexes(agents, [one]), { namespace: NAMESPACE, ...ref("lent") }, now);
}

test("the status says who acts as whom and until when, and keeps it when that is over", (t) => {
  const status = delegationStatus(lent, found(lent), at(CREATED));
  t.like(status, {
    root: "deploy-bot",
    delegator: "deploy-bot",
    agent: "deploy-bot/helper",
    depth: 1,
    observedGeneration: 1,
  });
  t.is(status.expiresAt, at(CREATED + 30 * MINUTE));
  t.is(knownReason({ ...lent, status }), "Accepted");
  const later = delegationStatus({ ...lent, status }, found(lent, CREATED + 30 * MINUTE), at(CREATED + 30 * MINUTE));
  t.is(knownReason({ ...lent, status: later }), "Expired");
  t.is(later.agent, "deploy-bot/helper");
  t.is(later.conditions?.find(({ type }) => type === "Ready")?.status, "False");
  t.is(ownEnd(lent), CREATED + 30 * MINUTE);
});

test("somebody suspended in the chain shows in the message, though the Delegation holds", (t) => {
  const off = agent("helper", { suspended: true });
  const status = delegationStatus(lent, found(lent, CREATED, [bot, off]), at(CREATED));
  t.regex(status.conditions?.[0]?.message ?? "", /suspended/);
});

test("each change is told once", (t) => {
  const [holds, over, gone] = [found(lent), found(lent, CREATED + 30 * MINUTE), found(revoked)];
  const broken = found(lent, CREATED, [helper]);
  t.deepEqual(eventsFor(undefined, holds), ["delegation.created"]);
  t.deepEqual(eventsFor(undefined, gone), ["delegation.created", "delegation.revoked"]);
  t.deepEqual(eventsFor(undefined, over), ["delegation.created", "delegation.expired"]);
  t.deepEqual(eventsFor("Accepted", holds), []);
  t.deepEqual(eventsFor("Accepted", gone), ["delegation.revoked"]);
  t.deepEqual(eventsFor("Expired", gone), ["delegation.revoked"]);
  t.deepEqual(eventsFor("Revoked", gone), []);
  t.deepEqual(eventsFor("Accepted", over), ["delegation.expired"]);
  t.deepEqual(eventsFor("Expired", over), []);
  t.deepEqual(eventsFor("Accepted", broken), []);
  t.deepEqual(eventsFor("Invalid", holds), []);
});

const request = {
  metadata: { name: "r", namespace: NAMESPACE, uid: "u" },
  spec: { action: "a", target: "t", requester: account("helper"), delegationRef: ref("lent") },
} as unknown as ActionRequest;

function held(by: { agent?: Agent; delegators?: Agent[]; delegations?: Delegation[] }, now = CREATED) {
  const chain = { agent: helper, delegators: [bot], delegations: [lent], ...by };
  const result = holdChain(request, chain, now);
  return "code" in result ? result.code : result;
}

test("what an executor reads live comes to the id and the digest that the decider's ticket is bound to", (t) => {
  const judged = resolveRequester(indexes([bot, helper], [lent]), {
    ...{ requester: account("helper"), delegationRef: ref("lent"), namespace: NAMESPACE, now: CREATED },
  });
  if ("error" in judged) return t.fail(judged.message);
  t.deepEqual(held({}), { id: "deploy-bot/helper", digest: judged.agent.digest ?? "" });
  const replaced = { ...bot, metadata: { ...bot.metadata, uid: "another" } };
  t.notDeepEqual(held({ delegators: [replaced] }), held({}));
});

test("an executor refuses a chain that does not hold any more", (t) => {
  t.is(held({ delegations: [revoked] }), "DELEGATION_INVALID");
  t.is(held({ delegations: [] }), "DELEGATION_INVALID");
  t.is(held({ delegators: [] }), "DELEGATION_INVALID");
  t.is(held({}, CREATED + 30 * MINUTE), "DELEGATION_INVALID");
  t.is(held({ delegators: [agent("deploy-bot", { roles: [] })] }), "DELEGATION_INVALID");
  t.is(held({ delegators: [agent("deploy-bot", { roles: ["deployer"], suspended: true })] }), "AGENT_SUSPENDED");
  t.is(held({ agent: agent("helper", { suspended: true }) }), "AGENT_SUSPENDED");
  t.is(held({ agent: agent("other") }), "DELEGATION_INVALID");
});
