import type { KubeClient } from "../../../controller/runtime/client.ts";
import type { KubeObject } from "../../../controller/runtime/types.ts";
import { type TestCluster, waitFor } from "../../support/cluster.ts";
import {
  accountClient,
  actionRequest,
  clientOf,
  credentialsNamespace,
  installGuarded,
  refusalOf,
  resources,
  systemNamespace,
  whoami,
} from "../support.ts";

/** Who attacks, and on what. */
export interface World {
  /** Where the agents' requests are. */
  readonly namespace: string;
  readonly admin: KubeClient;
  /** The agent that made the requests below. */
  readonly bot: KubeClient;
  readonly other: KubeClient;
  readonly controller: KubeClient;
  readonly executor: KubeClient;
  readonly server: KubeClient;
  /** The webhook's account, with no rights but its own. */
  readonly webhook: KubeClient;
  readonly identities: Readonly<Record<"bot" | "other", Record<string, unknown>>>;
  /** A spec with the bot as its requester. */
  own(spec?: object): Record<string, unknown>;
  /** The reference of one of its requests: `fresh`, `cancelled`, `ticketed`, `claimed`, `settled`. */
  named(name: string): { name: string; namespace: string };
}

/** An attack that one policy has to stop. A dry run, so that it changes nothing for the next one when it succeeds. */
export interface Attack {
  readonly what: string;
  /** What the refusal has to say. */
  readonly says: RegExp;
  run(): Promise<unknown>;
}

const { requests, secrets } = resources;
const at = "2026-01-01T00:00:00Z";

export const dry = { dryRun: true } as const;
export const dryMerge = { type: "merge", dryRun: true } as const;
export const dryStatus = { type: "merge", subresource: "status", dryRun: true } as const;
export const condition = (type: string, reason = "Test", status = "True") => ({
  type,
  status,
  reason,
  message: "",
  lastTransitionTime: at,
});
export const ticket = { id: "ticket-1", attempt: 1, token: "not-checked-here" };
export const claim = { ticketId: "ticket-1", attempt: 1, holder: "test", at };
/** The conditions of a request with a ticket. */
export const judged = [condition("PolicyEvaluated"), condition("TicketIssued")];
/** An owner that does not exist. */
export const absent = {
  apiVersion: "v1",
  kind: "ConfigMap",
  name: "absent",
  uid: "00000000-0000-0000-0000-000000000000",
};
export const parent = { name: "parent", uid: "11111111-1111-1111-1111-111111111111" };
export const auditLog = (name: string): KubeObject => ({
  apiVersion: "agentsafe.dev/v1alpha1",
  kind: "AuditLog",
  metadata: { name },
});

/** Creates an ActionRequest as a dry run. */
export function ask(
  world: World,
  client: KubeClient,
  spec: Record<string, unknown>,
  metadata: KubeObject["metadata"] = {},
): Promise<unknown> {
  return client.create(requests, actionRequest({ ...world.named("asked"), ...metadata }, spec), dry);
}

/** Changes a request as a dry run. */
export function change(world: World, client: KubeClient, name: string, body: object): Promise<unknown> {
  return client.patch(requests, world.named(name), body, dryMerge);
}

/** Writes the status of a request as a dry run. */
export function write(world: World, client: KubeClient, name: string, status: object): Promise<unknown> {
  return client.patch(requests, world.named(name), { status }, dryStatus);
}

/** Creates a Secret as a dry run. */
export function secret(client: KubeClient, namespace: string, type: string, metadata: object = {}): Promise<unknown> {
  const object = { apiVersion: "v1", kind: "Secret", metadata: { name: "forged", namespace, ...metadata }, type };
  return client.create(secrets, object, dry);
}

/** Rights far beyond those of any role of ours, so that what refuses is not RBAC. No verb of ours is among them. */
const broadRights = (namespace: string) => `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: broad}
rules:
- apiGroups: [agentsafe.dev]
  resources: ["*"]
  verbs: [get, list, watch, create, update, patch, delete, deletecollection]
- apiGroups: [""]
  resources: [secrets, configmaps]
  verbs: [get, list, create, update, patch, delete]
- apiGroups: [apps]
  resources: [deployments]
  verbs: [get, list, create, update, patch, delete]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: broad}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: broad}
subjects:
- {kind: ServiceAccount, namespace: ${namespace}, name: bot}
- {kind: ServiceAccount, namespace: ${namespace}, name: other}
- {kind: ServiceAccount, namespace: ${systemNamespace}, name: agent-safe-controller}
- {kind: ServiceAccount, namespace: ${systemNamespace}, name: agent-safe-executor}
- {kind: ServiceAccount, namespace: ${systemNamespace}, name: agent-safe-server}
`;

/** Gives our accounts and the agents more rights than they should ever have; RBAC takes a moment to notice. */
export async function grantBroadRights(cluster: TestCluster, world: World): Promise<void> {
  await cluster.apply(broadRights(world.namespace));
  await waitFor(() => world.other.list(secrets, { namespace: "kube-system" }).then(() => true), {
    what: "broad rights",
  });
}

/** Installs everything but the webhooks, and makes the accounts. The agents have the rights of agents. */
export async function createWorld(cluster: TestCluster): Promise<World> {
  await installGuarded(cluster);
  const namespace = await cluster.namespace("agents");
  await cluster.apply(`
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: agents, namespace: ${namespace}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: agent-safe-agent}
subjects: [{kind: Group, name: "system:serviceaccounts:${namespace}"}]
`);
  const system = (name: string) => accountClient(cluster, systemNamespace, name);
  const bot = await accountClient(cluster, namespace, "bot");
  const other = await accountClient(cluster, namespace, "other");
  const identities = { bot: await whoami(bot), other: await whoami(other) };
  return {
    namespace,
    admin: clientOf(cluster.kubeconfig),
    bot,
    other,
    controller: await system("agent-safe-controller"),
    executor: await system("agent-safe-executor"),
    server: await system("agent-safe-server"),
    webhook: await system("agent-safe-webhook"),
    identities,
    own: (spec = {}) => ({ requester: identities.bot, ...spec }),
    named: (name) => ({ name, namespace }),
  };
}

/** Brings requests into the states that are attacked, each step by the role whose step it is. */
export async function prepareRequests(world: World): Promise<void> {
  const writeStatus = (client: KubeClient, name: string, status: object) =>
    client.patch(requests, world.named(name), { status }, { type: "merge", subresource: "status" });
  for (const name of ["fresh", "cancelled", "ticketed", "claimed", "settled"]) {
    await waitFor(
      async () => {
        const refusal = await refusalOf(world.bot.create(requests, actionRequest(world.named(name), world.own())));
        return refusal === undefined || refusal.includes("already exists");
      },
      { what: `request ${name}` },
    );
  }
  const cancel = { metadata: { annotations: { "agentsafe.dev/cancel": "true" } } };
  await world.bot.patch(requests, world.named("cancelled"), cancel, { type: "merge" });
  for (const name of ["ticketed", "claimed"]) {
    await writeStatus(world.controller, name, { decision: { result: "allow" }, ticket, conditions: judged });
  }
  await writeStatus(world.executor, "claimed", { claim });
  await writeStatus(world.controller, "settled", { conditions: [condition("Finished")] });
  await writeStatus(world.controller, "settled", { settled: true });
  await world.executor.create(secrets, {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "kept", namespace: credentialsNamespace },
    type: "agentsafe.dev/credential",
  } as KubeObject);
}
