import { randomUUID } from "node:crypto";
import test from "ava";
import { generateKeyPair } from "jose";
import { ACTION_POLICIES, ACTIONS, AGENTS, TARGETS, ticketIssuer } from "../../controller/api/constants.ts";
import { objectDigest, paramsDigest } from "../../controller/api/digest.ts";
import type { Action, ActionRequest, Agent, RequestTicket, Target } from "../../controller/api/types.ts";
import type { KubeClient, KubeObject } from "../../controller/runtime/index.ts";
import type { TicketSubject } from "../../controller/tickets/claims.ts";
import { issueTicket, type TicketSigner } from "../../controller/tickets/issue.ts";
import { createTicketKeys } from "../../controller/tickets/keys.ts";
import { clientOf, refusalOf, resources } from "../guard/support.ts";
import { useCluster, waitFor } from "../support/cluster.ts";
import { startStack, type TestStack } from "../support/stack.ts";
import { namespace } from "./support/agent.ts";
import {
  type Asker,
  asker,
  generationOf,
  hasReason,
  refusedTickets,
  stored,
  storedWhen,
  wake,
} from "./support/attack.ts";

const cluster = await useCluster({ own: true });
const { requests } = resources;
const admin = cluster.adminClient;
let stack: TestStack;
let bot: Asker;
/** Whoever has the controller's account can write any ticket; the executor takes none that the key did not sign for this request. */
let decider: KubeClient;
let signer: TicketSigner;
/** A request that was carried out: the forged ones copy what the decider wrote about it. */
let done: ActionRequest;

const scaling = (replicas: number) => ({ action: "scale-deployment", target: "dev/test-app", params: { replicas } });
const paramsOf = (replicas: number) => ({ namespace: "dev", deployment: "test-app", replicas });
const generation = () => generationOf(cluster, "dev", "test-app");

test.before(async (t) => {
  t.timeout(300_000);
  stack = await startStack({ cluster });
  bot = await asker(clientOf(stack.agents["deploy-bot"] ?? ""));
  decider = clientOf(stack.kubeconfigOf("controller"));
  const { metadata } = await admin.get<KubeObject>(
    { group: "", version: "v1", plural: "namespaces", namespaced: false },
    { name: "kube-system" },
  );
  const keys = createTicketKeys({
    client: admin,
    namespace: "agent-safe-system",
    issuer: ticketIssuer(metadata.uid ?? ""),
    clock: Date.now,
    newKeyId: randomUUID,
  });
  await keys.refresh();
  signer = keys.signer();
  done = await storedWhen(cluster, await bot.ask(scaling(2)), hasReason("Ready", "Succeeded"));
});

// A test that fails may leave a role ended or paused; the next one is to show its own.
test.beforeEach(async () => {
  for (const role of [stack.controller, stack.executor]) await wake(role);
});

/** What a good ticket for this request would say. */
async function subjectOf(request: ActionRequest, replicas: number): Promise<TicketSubject> {
  const [action, target, agent] = await Promise.all([
    admin.get<Action>(ACTIONS, { name: request.spec.action }),
    admin.get<Target>(TARGETS, { name: "dev-test-app" }),
    admin.get<Agent>(AGENTS, { name: "deploy-bot" }),
  ]);
  return {
    requestUid: request.metadata.uid ?? "",
    ticketId: randomUUID(),
    audience: "agent-safe-executor",
    attempt: 1,
    request: { namespace, name: request.metadata.name },
    action: { name: request.spec.action, digest: objectDigest(action) },
    target: { id: request.spec.target, digest: objectDigest(target) },
    params: paramsDigest(paramsOf(replicas)),
    agent: { id: "deploy-bot", digest: objectDigest(agent) },
  };
}

/** Writes, as the decider's account, that the request is allowed and has this ticket. */
async function writeTicket(request: ActionRequest, ticket: RequestTicket, replicas: number): Promise<void> {
  const { resourceVersion = "" } = (await stored(cluster, request)).metadata;
  const lastTransitionTime = new Date().toISOString();
  const condition = (type: string, status: string, reason: string) => ({
    ...{ type, status, reason, message: "forged", lastTransitionTime, observedGeneration: 1 },
  });
  const status = {
    observedGeneration: 1,
    agent: done.status?.agent,
    decision: { ...done.status?.decision, params: paramsOf(replicas) },
    ticket: { ...ticket, expiresAt: new Date(Date.now() + 300_000).toISOString() },
    conditions: [
      condition("PolicyEvaluated", "True", "Allowed"),
      condition("TicketIssued", "True", "Issued"),
      condition("Ready", "False", "TicketIssued"),
      condition("Reconciling", "True", "TicketIssued"),
    ],
  };
  const ref = { namespace, name: request.metadata.name };
  await decider.patchStatus(requests, ref, { metadata: { resourceVersion }, status });
}

interface BadTicket {
  what: string;
  code: string;
  /** Makes the ticket out of what a good one would say. */
  make(subject: TicketSubject): Promise<RequestTicket>;
}

/** As long as a ticket may live, so that a slow machine turns none of them into an expired one. */
const sign = (subject: TicketSubject, with_: Partial<TicketSigner> = {}, shiftMs = 0) =>
  issueTicket({ ...signer, ...with_ }, subject, { now: Date.now() + shiftMs, lifetimeSeconds: 300 });

/** One part of the token's payload, changed by one bit of one letter's value. */
function altered(token: string, part: 1 | 2): string {
  const parts = token.split(".");
  const text = parts[part] ?? "";
  const at = Math.floor(text.length / 2);
  parts[part] = `${text.slice(0, at)}${text[at] === "A" ? "B" : "A"}${text.slice(at + 1)}`;
  return parts.join(".");
}

const badTickets: BadTicket[] = [
  {
    // Control: `sub` is held against the request's UID.
    what: "of a request that was carried out (replayed)",
    code: "WRONG_REQUEST",
    make: async (subject) => sign({ ...(await subjectOf(done, 7)), ticketId: subject.ticketId }),
  },
  {
    what: "of another name",
    code: "WRONG_REQUEST",
    make: (subject) => sign({ ...subject, request: { ...subject.request, name: "another" } }),
  },
  {
    // Control: the signature is verified.
    what: "with an altered payload",
    code: "BAD_SIGNATURE",
    make: async (subject) => {
      const ticket = await sign(subject);
      return { ...ticket, token: altered(ticket.token, 1) };
    },
  },
  {
    what: "with an altered signature",
    code: "BAD_SIGNATURE",
    make: async (subject) => {
      const ticket = await sign(subject);
      return { ...ticket, token: altered(ticket.token, 2) };
    },
  },
  {
    // Control: the key is looked up among those published, and is not taken from the token.
    what: "signed by a key that is not published",
    code: "UNKNOWN_KEY",
    make: async (subject) => sign(subject, { kid: "mine", key: (await generateKeyPair("EdDSA")).privateKey }),
  },
  {
    what: "signed by another key under a published name",
    code: "BAD_SIGNATURE",
    make: async (subject) => sign(subject, { key: (await generateKeyPair("EdDSA")).privateKey }),
  },
  {
    // Control: the token's own `exp` counts, whatever the status says.
    what: "that has expired",
    code: "EXPIRED",
    make: (subject) => sign(subject, {}, -600_000),
  },
  {
    what: "of another cluster",
    code: "WRONG_ISSUER",
    make: (subject) => sign(subject, { issuer: "agent-safe/other" }),
  },
  {
    // Control: the digest of the parameters that the status shows.
    what: "for other parameters",
    code: "PARAMS_CHANGED",
    make: (subject) => sign({ ...subject, params: paramsDigest(paramsOf(2)) }),
  },
  {
    what: "for another version of the action",
    code: "ACTION_CHANGED",
    make: (subject) => sign({ ...subject, action: { ...subject.action, digest: "sha256:0" } }),
  },
  {
    what: "of another agent",
    code: "WRONG_AGENT",
    make: (subject) => sign({ ...subject, agent: { ...subject.agent, id: "retired-bot" } }),
  },
  {
    what: "under another id than the status names",
    code: "WRONG_TICKET",
    make: async (subject) => ({ ...(await sign(subject)), id: randomUUID() }),
  },
];

test.serial("no bad ticket is taken, though the decider's own account wrote it; a good one is", async (t) => {
  t.timeout(300_000);
  // The decider would take some of them back by itself; here the executor has to stand alone.
  await stack.controller.stop();
  const before = await generation();
  const asked = await Promise.all(badTickets.map(() => bot.ask(scaling(7))));
  for (const [at, { make }] of badTickets.entries()) {
    const request = asked[at] as ActionRequest;
    await writeTicket(request, await make(await subjectOf(request, 7)), 7);
  }
  for (const [at, { what, code }] of badTickets.entries()) {
    const request = asked[at] as ActionRequest;
    await waitFor(async () => (await refusedTickets(stack, request)).length > 0, { what, timeoutMs: 60_000 });
    t.deepEqual(await refusedTickets(stack, request), [code], what);
    t.is((await stored(cluster, request)).status?.claim, undefined, what);
  }
  t.is(await generation(), before, "nothing was done to the target");

  // The same way, a good ticket is carried out: what stopped the others is what was wrong with them.
  const good = await bot.ask(scaling(4));
  await writeTicket(good, await sign(await subjectOf(good, 4)), 4);
  await storedWhen(cluster, good, hasReason("Ready", "Succeeded"));
  t.is(await generation(), before + 1);

  // And it is not taken twice. Control: claim and ticket are final by the definition itself.
  const again = await sign(await subjectOf(good, 4));
  t.regex((await refusalOf(writeTicket(good, again, 4))) ?? "accepted", /ticket is final once it is claimed/);
  const ref = { namespace, name: good.metadata.name };
  const unclaim = { status: { claim: null } };
  t.regex(
    (await refusalOf(admin.patch(requests, ref, unclaim, { type: "merge", subresource: "status" }))) ?? "accepted",
    /claim/,
  );

  await stack.controller.restart();
  for (const { metadata } of asked) {
    const cancel = { metadata: { annotations: { "agentsafe.dev/cancel": "true" } } };
    await bot.client.patch(requests, { namespace, name: metadata.name }, cancel, { type: "merge" });
  }
  for (const request of asked) await storedWhen(cluster, request, hasReason("Ready", "Cancelled"));
  t.is(await generation(), before + 1);
});

test.serial("a request made anew under the same name can't use the ticket of the first", async (t) => {
  t.timeout(300_000);
  await stack.executor.stop();
  const first = await bot.ask(scaling(8), "twice");
  const { ticket } = (await storedWhen(cluster, first, ({ status }) => status?.ticket !== undefined)).status ?? {};
  await stack.controller.stop();
  const before = await generation();
  // Only who may erase requests can delete one; an agent can't.
  await admin.delete(requests, { namespace, name: "twice" });
  const second = await bot.ask(scaling(8), "twice");
  t.not(second.metadata.uid, first.metadata.uid);
  // Signed anew, so that time is not what refuses it: only the UID is another.
  const old = await sign({ ...(await subjectOf(first, 8)), ticketId: ticket?.id ?? "" });
  await writeTicket(second, old, 8);
  await stack.executor.restart();
  await waitFor(async () => (await refusedTickets(stack, second)).length > 0, { timeoutMs: 60_000 });
  t.deepEqual(await refusedTickets(stack, second), ["WRONG_REQUEST"]);
  t.is((await stored(cluster, second)).status?.claim, undefined);
  t.is(await generation(), before);
  const cancel = { metadata: { annotations: { "agentsafe.dev/cancel": "true" } } };
  await bot.client.patch(requests, { namespace, name: "twice" }, cancel, { type: "merge" });
  await stack.controller.restart();
  await storedWhen(cluster, second, hasReason("Ready", "Cancelled"));
});

async function suspend(suspended: boolean): Promise<void> {
  await admin.patch(AGENTS, { name: "deploy-bot" }, { spec: { suspended } }, { type: "merge" });
}

test.serial("an agent that is suspended after its ticket was issued: the executor does nothing", async (t) => {
  t.timeout(300_000);
  // Control: the executor reads the Agent live. The decider, which would take the ticket back, is held here.
  const before = await generation();
  stack.executor.pause();
  const request = await bot.ask(scaling(9));
  await storedWhen(cluster, request, ({ status }) => status?.ticket !== undefined);
  await stack.controller.kill();
  await suspend(true);
  try {
    await wake(stack.executor);
    await waitFor(async () => (await refusedTickets(stack, request)).length > 0, { timeoutMs: 60_000 });
    t.deepEqual(await refusedTickets(stack, request), ["AGENT_SUSPENDED"]);
    t.is((await stored(cluster, request)).status?.claim, undefined);
    await stack.controller.restart();
    await storedWhen(cluster, request, hasReason("Denied", "AgentSuspended"));
    t.is(await generation(), before);
  } finally {
    await suspend(false);
  }
});

test.serial(
  "an agent that is suspended after its ticket was issued: the decider takes it back within seconds",
  async (t) => {
    t.timeout(300_000);
    // Control: a change of an Agent has every open request judged again. The executor is held until that has happened.
    const before = await generation();
    stack.executor.pause();
    const request = await bot.ask(scaling(9));
    await storedWhen(cluster, request, ({ status }) => status?.ticket !== undefined);
    const began = performance.now();
    await suspend(true);
    try {
      const denied = await storedWhen(cluster, request, hasReason("Denied", "AgentSuspended"), 30_000);
      t.log(`denied ${Math.round(performance.now() - began)} ms after the suspension`);
      t.true(denied.status?.settled);
      await wake(stack.executor);
      // What it is asked next, it does: so it was awake, and had seen the other.
      await suspend(false);
      await storedWhen(cluster, await bot.ask(scaling(5)), hasReason("Ready", "Succeeded"));
      t.is((await stored(cluster, request)).status?.claim, undefined);
      t.is(await generation(), before + 1);
    } finally {
      await suspend(false);
    }
  },
);

test.serial("an action that changes after the ticket is not carried out by it, but judged again", async (t) => {
  t.timeout(300_000);
  const before = await generation();
  stack.executor.pause();
  const request = await bot.ask(scaling(6));
  const first = await storedWhen(cluster, request, ({ status }) => status?.ticket !== undefined);
  await stack.controller.kill();
  const changed = { spec: { description: "Sets the number of replicas, as of now." } };
  const action = await admin.patch<Action>(ACTIONS, { name: "scale-deployment" }, changed, { type: "merge" });
  await wake(stack.executor);
  await waitFor(async () => (await refusedTickets(stack, request)).length > 0, { timeoutMs: 60_000 });
  t.deepEqual(await refusedTickets(stack, request), ["ACTION_CHANGED"]);
  t.is(await generation(), before);

  await stack.controller.restart();
  const { status } = await storedWhen(cluster, request, hasReason("Ready", "Succeeded"));
  t.is(status?.decision?.action?.digest, objectDigest(action));
  t.not(status?.claim?.ticketId, first.status?.ticket?.id);
  t.is(status?.claim?.attempt, 2);
  t.is(await generation(), before + 1);
});

test.serial("a policy that asks for people after the ticket takes it back, and the next one counts on", async (t) => {
  // Controls: the decider revokes a ticket when the verdict becomes stricter; the CRD refuses a claim of a revoked one.
  t.timeout(300_000);
  const before = await generation();
  stack.executor.pause();
  const request = await bot.ask(scaling(7));
  await storedWhen(cluster, request, ({ status }) => status?.ticket !== undefined);
  const freeze = {
    apiVersion: "agentsafe.dev/v1alpha1",
    kind: "ActionPolicy",
    metadata: { name: "second-look" },
    spec: {
      guardrail: true,
      rules: [
        {
          name: "look-twice",
          match: { targets: { environments: ["dev"] } },
          decision: "require_approval",
          reason: "For a while, everything needs people",
          approval: { require: [{ count: 1, minPermission: "write" }] },
        },
      ],
    },
  };
  await admin.create(ACTION_POLICIES, freeze);
  try {
    const waiting = await storedWhen(cluster, request, hasReason("Ready", "AwaitingApproval"));
    t.truthy(waiting.status?.ticket?.revokedAt);
    t.is(waiting.status?.claim, undefined);
    const claim = {
      attempt: 1,
      ticketId: waiting.status?.ticket?.id,
      holder: "somebody",
      at: new Date().toISOString(),
    };
    const executor = clientOf(stack.kubeconfigOf("executor"));
    const body = { metadata: { resourceVersion: waiting.metadata.resourceVersion }, status: { claim } };
    const ref = { namespace, name: request.metadata.name };
    const refused = await refusalOf(
      executor.patch(requests, ref, body, { type: "merge", subresource: "status", dryRun: true }),
    );
    t.regex(refused ?? "accepted", /claim can't take a ticket that was revoked/);
    await wake(stack.executor);
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    t.is((await stored(cluster, request)).status?.claim, undefined);
    t.is(await generation(), before);
  } finally {
    await admin.delete(ACTION_POLICIES, { name: "second-look" });
  }
  const { status } = await storedWhen(cluster, request, hasReason("Ready", "Succeeded"));
  t.is(status?.claim?.attempt, 2);
  t.is(await generation(), before + 1);
});

test.serial("who is neither decider nor executor writes no ticket", async (t) => {
  // Controls: RBAC for the agent; policy agent-safe-request-status for the executor.
  const waiting = await bot.ask({ action: "restart-deployment", target: "prod/api-server" });
  await storedWhen(cluster, waiting, hasReason("Ready", "AwaitingApproval"));
  const ref = { namespace, name: waiting.metadata.name };
  const body = { status: { ticket: done.status?.ticket } };
  const write = (client: KubeClient) =>
    refusalOf(client.patch(requests, ref, body, { type: "merge", subresource: "status", dryRun: true }));
  t.regex((await write(bot.client)) ?? "accepted", /cannot patch resource/);
  const executor = clientOf(stack.kubeconfigOf("executor"));
  t.regex((await write(executor)) ?? "accepted", /status\.ticket may not be changed by the executor/);
  t.is(await write(decider), undefined, "the decider may");
});
