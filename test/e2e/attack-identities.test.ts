import test from "ava";
import { AGENTS, TARGETS } from "../../controller/api/constants.ts";
import type { ActionRequest } from "../../controller/api/types.ts";
import type { KubeClient, KubeObject } from "../../controller/runtime/index.ts";
import {
  accountClient,
  clientOf,
  credentialsNamespace,
  refusalOf,
  resources,
  systemNamespace,
} from "../guard/support.ts";
import { useCluster } from "../support/cluster.ts";
import { startStack, type TestStack } from "../support/stack.ts";
import { namespace } from "./support/agent.ts";
import { type Asker, asker, hasReason, stored, storedWhen, takeWebhookAway } from "./support/attack.ts";

const cluster = await useCluster({ own: true });
const { requests, secrets, configMaps, deployments } = resources;
const admin = cluster.adminClient;
let stack: TestStack;
let bot: Asker;
let executor: KubeClient;
let controller: KubeClient;

test.before(async (t) => {
  t.timeout(300_000);
  stack = await startStack({ cluster });
  bot = await asker(clientOf(stack.agents["deploy-bot"] ?? ""));
  executor = clientOf(stack.kubeconfigOf("executor"));
  controller = clientOf(stack.kubeconfigOf("controller"));
});

const restart = (target: string) => ({ action: "restart-deployment", target });
const ended = (reason: string) => hasReason("Denied", reason);
const succeeded = hasReason("Ready", "Succeeded");

/** A Target that makes less of a Deployment than it is. */
function target(name: string, id: string, place: string, deployment: string): KubeObject {
  const kubernetes = { apiVersion: "apps/v1", kind: "Deployment", namespace: place, name: deployment };
  const spec = {
    ...{ id, type: "k8s-deployment", environment: "dev", sensitivity: "public", owner: "web-team" },
    resource: { kubernetes },
  };
  return { apiVersion: "agentsafe.dev/v1alpha1", kind: "Target", metadata: { name }, spec } as KubeObject;
}

function agent(name: string, account: string): KubeObject {
  const spec = { subjects: [{ kind: "ServiceAccount", namespace, name: account }], roles: ["deployer"] };
  return { apiVersion: "agentsafe.dev/v1alpha1", kind: "Agent", metadata: { name }, spec } as KubeObject;
}

const sameResource = target("aa-harmless", "dev/harmless", "prod", "api-server");
const sameId = target("aa-same-id", "staging/api-server", "dev", "web");

/** Somebody with the rights of an agent; whether an Agent maps it is another matter. */
async function account(name: string): Promise<Asker> {
  const client = await accountClient(cluster, namespace, name);
  await cluster.apply(`
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: "${name}", namespace: ${namespace}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: agent-safe-agent}
subjects: [{kind: ServiceAccount, namespace: ${namespace}, name: "${name}"}]
`);
  return asker(client);
}

test.serial("the webhook takes no second Target of one id or one resource", async (t) => {
  t.regex((await refusalOf(admin.create(TARGETS, sameId))) ?? "accepted", /staging-api-server/);
  t.regex((await refusalOf(admin.create(TARGETS, sameResource))) ?? "accepted", /prod-api-server/);
});

test.serial(
  "two Targets of one id or one resource, and two Agents of one account, are none, until one goes",
  async (t) => {
    t.timeout(400_000);
    const twin = await account("twin");
    const bringBack = await takeWebhookAway(cluster, stack);
    for (const object of [sameId, sameResource]) await admin.create(TARGETS, object);
    for (const name of ["twin-a", "twin-b"]) await admin.create(AGENTS, agent(name, "twin"));
    await bringBack();

    // Control: the engine's index by id and by resource. Alone, the harmless one would be allowed in dev.
    const duplicates = ["dev/harmless", "prod/api-server", "staging/api-server"];
    const asked: ActionRequest[] = [];
    for (const id of duplicates) asked.push(await bot.ask(restart(id)));
    for (const request of asked) {
      const { status } = await storedWhen(cluster, request, ended("DuplicateTarget"));
      t.is(status?.ticket, undefined, request.spec.target);
    }
    // Control: the index of Agents. Either of the two alone would be allowed.
    const confused = await storedWhen(cluster, await twin.ask(restart("dev/web")), ended("AmbiguousAgent"));
    t.regex(confused.status?.conditions?.find(({ type }) => type === "Denied")?.message ?? "", /twin-a, twin-b/);
    t.is(confused.status?.ticket, undefined);

    for (const name of ["aa-harmless", "aa-same-id"]) await admin.delete(TARGETS, { name });
    await admin.delete(AGENTS, { name: "twin-b" });
    await storedWhen(cluster, await bot.ask(restart("prod/api-server")), hasReason("Ready", "AwaitingApproval"));
    await storedWhen(cluster, await bot.ask(restart("dev/harmless")), ended("UnknownTarget"));
    await storedWhen(cluster, await bot.ask(restart("staging/api-server")), succeeded);
    await storedWhen(cluster, await twin.ask(restart("dev/web")), succeeded);
    // What was denied stays denied.
    for (const request of asked) t.true(ended("DuplicateTarget")(await stored(cluster, request)));
  },
);

test.serial("an account that no Agent maps may ask, and gets nothing; with an Agent it does", async (t) => {
  t.timeout(300_000);
  const nobody = await account("nobody");
  const denied = await storedWhen(cluster, await nobody.ask(restart("dev/web")), ended("UnknownAgent"));
  t.is(denied.status?.ticket, undefined);
  await admin.create(AGENTS, agent("somebody", "nobody"));
  await storedWhen(cluster, await nobody.ask(restart("dev/web")), succeeded);
  await admin.delete(AGENTS, { name: "somebody" });
  await storedWhen(cluster, await nobody.ask(restart("dev/web")), ended("UnknownAgent"));
});

const merge = { type: "merge", dryRun: true } as const;
const keyName = "agent-safe-ticket-keys";
const serviceAccounts = { group: "", version: "v1", plural: "serviceaccounts", namespaced: true };

function tokenSecret(place: string): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: "stolen",
      namespace: place,
      annotations: { "kubernetes.io/service-account.name": "agent-safe-controller" },
    },
    type: "kubernetes.io/service-account-token",
  } as KubeObject;
}

const mint = (client: KubeClient, place: string, name: string) =>
  client.createSubresource(serviceAccounts, { namespace: place, name }, "token", {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    spec: { expirationSeconds: 600 },
  });

const claimOf = (ticketId: string) => ({ attempt: 1, ticketId, holder: "x", at: "2026-01-01T00:00:00Z" });

async function waiting(): Promise<{ namespace: string; name: string }> {
  const request = await bot.ask(restart("prod/web-frontend"));
  await storedWhen(cluster, request, hasReason("Ready", "AwaitingApproval"));
  return { namespace, name: request.metadata.name };
}

/** Each refused by this control; and where nothing but RBAC stands in the way, the same call by the admin goes through. */
async function refused(t: { regex(text: string, says: RegExp, what: string): void }, calls: Call[]): Promise<void> {
  for (const { what, says, run } of calls) t.regex((await refusalOf(run())) ?? "accepted", says, what);
}

interface Call {
  what: string;
  says: RegExp;
  run(): Promise<unknown>;
}

test.serial("the executor's account gets no power to decide", async (t) => {
  const ref = await waiting();
  const status = (body: object) => () =>
    executor.patch(requests, ref, { status: body }, { type: "merge", subresource: "status", dryRun: true });
  const forbidden = /is forbidden: User "system:serviceaccount:agent-safe-system:agent-safe-executor" cannot/;
  const key = { namespace: systemNamespace, name: keyName };
  await refused(t, [
    {
      what: "a token Secret of the decider, in its namespace",
      says: forbidden,
      run: () => executor.create(secrets, tokenSecret(systemNamespace), { dryRun: true }),
    },
    {
      // Control: policy agent-safe-secrets, for RBAC lets the executor create Secrets here.
      what: "a token Secret where it may create Secrets",
      says: /agent-safe-secrets.*service-account-token is refused/,
      run: () => executor.create(secrets, tokenSecret(credentialsNamespace), { dryRun: true }),
    },
    {
      what: "a token of the decider",
      says: forbidden,
      run: () => mint(executor, systemNamespace, "agent-safe-controller"),
    },
    { what: "the signing key", says: forbidden, run: () => executor.get(secrets, key) },
    {
      what: "all Secrets of the system",
      says: forbidden,
      run: () => executor.list(secrets, { namespace: systemNamespace }),
    },
    { what: "keys of its own", says: forbidden, run: () => executor.patch(configMaps, key, { data: {} }, merge) },
    {
      what: "a Target of its own",
      says: forbidden,
      run: () => executor.create(TARGETS, sameResource, { dryRun: true }),
    },
    {
      // Control: policy agent-safe-request-status.
      what: "a decision",
      says: /agent-safe-request-status.*status\.decision may not be changed by the executor/,
      run: status({ decision: { result: "allow" } }),
    },
    {
      what: "a claim without a ticket",
      says: /claim/,
      run: status({ claim: claimOf("x") }),
    },
    {
      what: "a Deployment, without a credential for it",
      says: forbidden,
      run: () => executor.patch(deployments, { namespace: "dev", name: "web" }, { spec: { paused: true } }, merge),
    },
  ]);
  t.truthy(await admin.get(secrets, key), "the key is where it was looked for");
});

test.serial("the decider's account touches no target and takes no ticket", async (t) => {
  const ref = await waiting();
  const forbidden = /is forbidden: User "system:serviceaccount:agent-safe-system:agent-safe-controller" cannot/;
  const web = { namespace: "dev", name: "web" };
  const paused = { spec: { paused: true } };
  const { items } = await admin.list<KubeObject>(serviceAccounts, { namespace: credentialsNamespace });
  const action = items.find(({ metadata }) => metadata.name !== "default")?.metadata.name ?? "";
  await refused(t, [
    { what: "a Deployment", says: forbidden, run: () => controller.patch(deployments, web, paused, merge) },
    { what: "to look at it", says: forbidden, run: () => controller.get(deployments, web) },
    { what: "an action's token", says: forbidden, run: () => mint(controller, credentialsNamespace, action) },
    {
      what: "a credential",
      says: forbidden,
      run: () =>
        controller.create(secrets, {
          ...tokenSecret(credentialsNamespace),
          type: "agentsafe.dev/credential",
        } as KubeObject),
    },
    { what: "an Agent of its own", says: forbidden, run: () => controller.create(AGENTS, agent("x", "x")) },
    {
      // Control: policy agent-safe-request-status.
      what: "a claim",
      says: /agent-safe-request-status.*status\.claim may not be changed by the controller/,
      run: () =>
        controller.patch(
          requests,
          ref,
          { status: { ticket: { id: "x", attempt: 1, token: "x" }, claim: claimOf("x") } },
          { type: "merge", subresource: "status", dryRun: true },
        ),
    },
  ]);
  t.not(action, "");
  t.truthy(await admin.patch(deployments, web, paused, merge), "it is RBAC alone that refuses");
});
