import test from "ava";
import { ACTION_POLICIES, AGENTS, DELEGATIONS } from "../../controller/api/constants.ts";
import type { ActionPolicy, ActionRequest, Agent, Delegation } from "../../controller/api/types.ts";
import { lastEvents } from "../../controller/audit/show.ts";
import type { KubeClient } from "../../controller/runtime/index.ts";
import { accountClient, clientOf } from "../guard/support.ts";
import { useCluster, waitFor } from "../support/cluster.ts";
import { startStack, type TestStack } from "../support/stack.ts";
import { namespace } from "./support/agent.ts";
import {
  type Asker,
  asker,
  hasReason,
  refusedTickets,
  stored,
  storedWhen,
  takeWebhookAway,
  wake,
} from "./support/attack.ts";

const cluster = await useCluster({ own: true });
const admin = cluster.adminClient;
const apiVersion = "agentsafe.dev/v1alpha1" as const;
let stack: TestStack;
let bot: Asker;
let helper: Asker;
let intern: Asker;

/** An agent with a ServiceAccount of its name. */
async function newAgent(name: string, roles: string[]): Promise<Asker> {
  const client = await accountClient(cluster, namespace, name);
  await cluster.apply(`
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: "${name}", namespace: ${namespace}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: agent-safe-agent}
subjects: [{kind: ServiceAccount, namespace: ${namespace}, name: "${name}"}]
`);
  const spec: Agent["spec"] = { subjects: [{ kind: "ServiceAccount", namespace, name }], roles };
  await admin.create<Agent>(AGENTS, { apiVersion, kind: "Agent", metadata: { name }, spec });
  return asker(client);
}

/** Creates a Delegation and resolves once its status has this reason. */
async function lend(
  by: Asker,
  name: string,
  spec: Partial<Delegation["spec"]> & { to: string },
  reason = "Accepted",
): Promise<Delegation> {
  const object = {
    apiVersion,
    kind: "Delegation",
    metadata: { name, namespace },
    spec: { requester: by.self, ...spec },
  };
  const made = await by.client.create<Delegation>(DELEGATIONS, object as Delegation);
  return statusWhen(made, reason);
}

async function statusWhen({ metadata: { name } }: Delegation, reason: string): Promise<Delegation> {
  let seen: Delegation | undefined;
  await waitFor(
    async () => {
      seen = await admin.get<Delegation>(DELEGATIONS, { name, namespace });
      return seen.status?.conditions?.some((one) => one.type === "Ready" && one.reason === reason) ?? false;
    },
    { timeoutMs: 60_000, what: `${name} to be ${reason}; it is ${JSON.stringify(seen?.status)}` },
  );
  return seen as Delegation;
}

const messageOf = ({ status }: Pick<Delegation | ActionRequest, "status">) =>
  status?.conditions?.find(({ type }) => type === "Ready")?.message ?? "";
const refOf = ({ metadata: { name, uid = "" } }: Delegation) => ({ name, uid });
const under = (delegation: Delegation, what: object = {}) => ({
  ...{ action: "restart-deployment", target: "staging/api-server", delegationRef: refOf(delegation) },
  ...what,
});
const revoke = (client: KubeClient, { metadata: { name } }: Delegation) =>
  client.patch<Delegation>(DELEGATIONS, { name, namespace }, { spec: { revoked: true } }, { type: "merge" });
const succeeded = hasReason("Ready", "Succeeded");
const denied = (cause: string) => hasReason("Denied", cause);

async function deniedWith(by: Asker, spec: Record<string, unknown>, cause: string): Promise<ActionRequest> {
  return storedWhen(cluster, await by.ask(spec), denied(cause));
}

test.before(async (t) => {
  t.timeout(300_000);
  stack = await startStack({ cluster });
  bot = await asker(clientOf(stack.agents["deploy-bot"] ?? ""));
  [helper, intern] = await Promise.all([newAgent("helper", ["trainee"]), newAgent("intern", [])]);
  const deny = (name: string, action: string, callers: object) => ({
    ...{ name, priority: 900, decision: "deny" as const, reason: `not for ${name}` },
    match: { actions: [action], callers },
  });
  await admin.create<ActionPolicy>(ACTION_POLICIES, {
    ...{ apiVersion, kind: "ActionPolicy", metadata: { name: "bans" } },
    spec: {
      guardrail: false,
      rules: [
        deny("trainees", "scale-deployment", { roles: ["trainee"] }),
        deny("the-platform-group", "delete-pod", { groups: ["platform"] }),
      ],
    },
  });
});

let lent: Delegation;
let lentOn: Delegation;

test.serial("an agent acts with what was lent to it, and not without", async (t) => {
  t.timeout(300_000);
  lent = await lend(bot, "lent", {
    ...{ to: "helper", roles: ["deployer"], maxDepth: 2, ttl: "1h" },
    targets: { environments: ["staging"] },
  });
  t.like(lent.status, { root: "deploy-bot", delegator: "deploy-bot", agent: "deploy-bot/helper", depth: 1 });
  t.is(
    lent.status?.expiresAt,
    new Date(Date.parse(lent.metadata.creationTimestamp ?? "") + 3_600_000).toISOString().replace(".000", ""),
  );

  const alone = await deniedWith(helper, { ...under(lent), delegationRef: undefined }, "NoMatchingRule");
  t.is(alone.status?.agent?.id, "helper");
  const acted = await storedWhen(cluster, await helper.ask(under(lent)), succeeded);
  t.like(acted.status?.agent, { id: "deploy-bot/helper", name: "helper", roles: ["deployer"], groups: [] });
  t.deepEqual(
    acted.status?.agent?.delegation?.map(({ id, delegation }) => [id, delegation]),
    [["deploy-bot", "lent"]],
  );

  lentOn = await lend(helper, "lent-on", {
    to: "intern",
    parentRef: refOf(lent),
    roles: ["deployer"],
    actions: ["restart-*"],
  });
  t.like(lentOn.status, {
    root: "deploy-bot",
    delegator: "deploy-bot/helper",
    agent: "deploy-bot/helper/intern",
    depth: 2,
  });
  const second = await storedWhen(cluster, await intern.ask(under(lentOn)), succeeded);
  t.is(second.status?.agent?.id, "deploy-bot/helper/intern");
});

test.serial("what was not lent is out of scope, on every link, and a ban on anybody in the chain holds", async (t) => {
  t.timeout(300_000);
  const scale = { action: "scale-deployment", params: { replicas: 2 } };
  const [dev, other, own, before] = await Promise.all([
    deniedWith(intern, under(lentOn, { target: "dev/web" }), "OutOfScope"),
    deniedWith(intern, under(lentOn, scale), "OutOfScope"),
    // deploy-bot may scale; helper, who is a trainee by itself, may not in its name either.
    deniedWith(helper, under(lent, scale), "Rule"),
    storedWhen(cluster, await bot.ask({ target: "staging/api-server", ...scale }), succeeded),
  ]);
  t.regex(messageOf(dev), /deploy-bot.*lent/);
  t.regex(messageOf(other), /deploy-bot\/helper.*restart-\*/);
  t.is(own.status?.decision?.rule, "trainees");
  t.is(before.status?.agent?.id, "deploy-bot");
});

test.serial("nobody acts under what is another's, forged, too deep or over", async (t) => {
  t.timeout(300_000);
  await newAgent("fourth", []);
  const [notTheirs, forgedRef, tooDeep, forgedParent, tooMuch, brief] = await Promise.all([
    deniedWith(intern, under(lent), "DelegationInvalid"),
    deniedWith(helper, under(lent, { delegationRef: { name: "lent", uid: "0000" } }), "DelegationInvalid"),
    lend(intern, "too-deep", { to: "fourth", parentRef: refOf(lentOn), roles: ["deployer"] }, "Invalid"),
    lend(
      helper,
      "forged-parent",
      { to: "intern", parentRef: { name: "lent", uid: "0000" }, roles: ["deployer"] },
      "Invalid",
    ),
    lend(helper, "too-much", { to: "intern", parentRef: refOf(lent), roles: ["trainee"] }, "Invalid"),
    lend(bot, "brief", { to: "helper", roles: ["deployer"], ttl: "1s" }, "Expired"),
  ]);
  t.regex(messageOf(notTheirs), /Delegation lent is for agent "helper", not for "intern"/);
  t.regex(messageOf(forgedRef), /Delegation lent has the UID/);
  t.regex(messageOf(tooDeep), /link 3 of its chain, and Delegation lent allows 2/);
  t.regex(messageOf(forgedParent), /has the UID .*, not "0000"/);
  t.regex(messageOf(tooMuch), /roles that helper was not lent: "trainee"/);
  t.regex(messageOf(brief), /Delegation brief expired at/);
  for (const one of [forgedParent, tooMuch]) await deniedWith(intern, under(one), "DelegationInvalid");
  t.regex(messageOf(await deniedWith(helper, under(brief), "DelegationInvalid")), /expired/);
});

test.serial("an executor that is told nothing finds the revocation itself", async (t) => {
  t.timeout(300_000);
  const parent = await lend(bot, "to-be-revoked", { to: "helper", roles: ["deployer"], maxDepth: 2 });
  const child = await lend(helper, "under-it", { to: "intern", parentRef: refOf(parent), roles: ["deployer"] });
  stack.executor.pause();
  const request = await storedWhen(cluster, await intern.ask(under(child)), hasReason("Ready", "TicketIssued"));
  stack.controller.pause();
  try {
    await revoke(bot.client, parent);
    await wake(stack.executor);
    await waitFor(async () => (await refusedTickets(stack, request)).length > 0, {
      timeoutMs: 60_000,
      what: "a refusal",
    });
    t.deepEqual(await refusedTickets(stack, request), ["DELEGATION_INVALID"]);
    t.is((await stored(cluster, request)).status?.claim, undefined);
  } finally {
    await wake(stack.controller);
  }
  t.regex(
    messageOf(await storedWhen(cluster, request, denied("DelegationInvalid"))),
    /Delegation to-be-revoked is revoked/,
  );
  await Promise.all([statusWhen(parent, "Revoked"), statusWhen(child, "Revoked")]);
});

test.serial("a revocation takes a ticket back that is out", async (t) => {
  t.timeout(300_000);
  stack.executor.pause();
  const request = await storedWhen(cluster, await intern.ask(under(lentOn)), hasReason("Ready", "TicketIssued"));
  try {
    await revoke(bot.client, lent);
    const { status } = await storedWhen(cluster, request, denied("DelegationInvalid"), 20_000);
    t.is(status?.ticket, undefined);
  } finally {
    await wake(stack.executor);
  }
  await Promise.all([statusWhen(lent, "Revoked"), statusWhen(lentOn, "Revoked")]);
  t.is((await stored(cluster, request)).status?.claim, undefined);
  const again = bot.client.patch(
    DELEGATIONS,
    { name: "lent", namespace },
    { spec: { revoked: false } },
    { type: "merge" },
  );
  await t.throwsAsync(again, { message: /revoked never goes back to false/ });
});

test.serial("with the webhook gone a revocation holds, and nobody takes the ticket meanwhile", async (t) => {
  t.timeout(400_000);
  const brief = await lend(bot, "without-webhook", { to: "helper", roles: ["deployer"] });
  stack.executor.pause();
  const request = await storedWhen(cluster, await helper.ask(under(brief)), hasReason("Ready", "TicketIssued"));
  const bringBack = await takeWebhookAway(cluster, stack);
  await revoke(bot.client, brief);
  await stack.executor.restart({ wait: false });
  await bringBack();
  const { status } = await storedWhen(cluster, request, denied("DelegationInvalid"));
  t.is(status?.claim, undefined);
  t.is(status?.ticket, undefined);
});

test.serial("the log says once of each Delegation that it was made, and how it ended", async (t) => {
  const { events } = await lastEvents(`${stack.auditDirectory}/controller`, 1000, { type: "delegation.*" });
  const told = events.map(({ type, target }) => `${type} ${target?.ref}`);
  t.is(new Set(told).size, told.length, told.join("\n"));
  for (const [type, name] of [
    ["created", "lent"],
    ["revoked", "lent"],
    ["created", "lent-on"],
    ["revoked", "lent-on"],
    ["created", "too-deep"],
    ["created", "brief"],
    ["expired", "brief"],
    ["revoked", "under-it"],
  ]) {
    t.true(told.includes(`delegation.${type} ${namespace}/${name}`), `${type} ${name}`);
  }
});
