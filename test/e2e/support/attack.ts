import type { ActionRequest } from "../../../controller/api/types.ts";
import { lastEvents } from "../../../controller/audit/show.ts";
import { isKubeError, type KubeClient, type KubeObject, type Resource } from "../../../controller/runtime/index.ts";
import { resources as installed } from "../../../hack/lib/resources.ts";
import { actionRequest, resources, whoami } from "../../guard/support.ts";
import { type TestCluster, waitFor } from "../../support/cluster.ts";
import type { TestRole, TestStack } from "../../support/stack.ts";
import { namespace } from "./agent.ts";

/** Somebody who asks, with their own rights. */
export interface Asker {
  client: KubeClient;
  /** Who the API server takes them for: what `spec.requester` has to be when no webhook fills it in. */
  self: Record<string, unknown>;
  /** Creates a request and returns it as stored. The requester is named, so that it works without the webhook too. */
  ask(spec: Record<string, unknown>, name?: string): Promise<ActionRequest>;
}

export async function asker(client: KubeClient): Promise<Asker> {
  const self = await whoami(client);
  return {
    client,
    self,
    ask(spec, name) {
      const metadata = { namespace, ...(name === undefined ? { generateName: "attack-" } : { name }) };
      const request = actionRequest(metadata, { requester: self, ...spec });
      return client.create(resources.requests, request as never) as Promise<unknown> as Promise<ActionRequest>;
    },
  };
}

/** The request as it is stored now. */
export function stored(cluster: TestCluster, { metadata: { name } }: ActionRequest): Promise<ActionRequest> {
  return cluster.adminClient.get<ActionRequest>(resources.requests, { name, namespace });
}

/** The request once `holds` of it; of forged ones too, whose status nobody of ours wrote. */
export async function storedWhen(
  cluster: TestCluster,
  request: ActionRequest,
  holds: (request: ActionRequest) => boolean,
  timeoutMs = 120_000,
): Promise<ActionRequest> {
  let seen: ActionRequest | undefined;
  try {
    await waitFor(
      async () => {
        seen = await stored(cluster, request);
        return holds(seen);
      },
      { timeoutMs },
    );
  } catch (cause) {
    throw new Error(`${request.metadata.name} does not get there: ${JSON.stringify(seen?.status)}`, { cause });
  }
  return seen as ActionRequest;
}

export const hasReason =
  (type: string, reason: string) =>
  (request: ActionRequest): boolean =>
    request.status?.conditions?.some((condition) => condition.type === type && condition.reason === reason) ?? false;

/** Whether nothing was decided about it and nobody took it. */
export function isUntouched({ status }: ActionRequest): boolean {
  return status?.decision?.result === undefined && status?.ticket === undefined && status?.claim === undefined;
}

/** Codes of the tickets of this request that the executor turned down, as its log has them. */
export async function refusedTickets(stack: TestStack, { metadata: { uid } }: ActionRequest): Promise<unknown[]> {
  const filter = { type: "ticket.rejected", request: uid };
  const { events } = await lastEvents(`${stack.auditDirectory}/executor`, 10, filter);
  return events.map(({ data }) => data.code);
}

/** Version of a Deployment's spec: any effect on it counts it up. */
export async function generationOf(cluster: TestCluster, place: string, name: string): Promise<number> {
  const found = await cluster.adminClient.get<KubeObject>(resources.deployments, { namespace: place, name });
  return found.metadata.generation ?? 0;
}

/** Resumes a paused role; one that was paused for so long that it lost its lease ends, and is started again. */
export async function wake(role: TestRole): Promise<void> {
  role.resume();
  await waitFor(async () => !role.running() || (await role.ready()), { timeoutMs: 120_000, what: `the ${role.role}` });
  if (!role.running()) await role.restart();
}

/** Both roles that act: ready, or neither. */
export async function untilActing(stack: TestStack, acting: boolean, timeoutMs = 120_000): Promise<void> {
  const roles = [stack.controller, stack.executor];
  await waitFor(async () => (await Promise.all(roles.map((role) => role.ready()))).every((is) => is === acting), {
    timeoutMs,
    what: `controller and executor to be ${acting ? "ready" : "not ready"}`,
  });
}

const webhooks = [installed.mutatingWebhooks, installed.validatingWebhooks];

/** Deletes the webhook configurations and kills the webhook; the returned function brings both back as they were. */
export async function takeWebhookAway(cluster: TestCluster, stack: TestStack): Promise<() => Promise<void>> {
  const { adminClient } = cluster;
  const saved: [Resource, KubeObject][] = [];
  for (const kind of webhooks) {
    const { metadata, ...found } = await adminClient.get<KubeObject>(kind, { name: "agent-safe" });
    saved.push([kind, { ...found, metadata: { name: metadata.name, labels: metadata.labels } }]);
    await adminClient.delete(kind, { name: "agent-safe" });
  }
  await stack.webhook.kill();
  // The API server asks it for some moments more.
  const probe = { apiVersion: "agentsafe.dev/v1alpha1", kind: "Agent", metadata: { name: "probe" } };
  const spec = { subjects: [{ kind: "User", name: "probe" }] };
  const unasked = () => adminClient.create(agents, { ...probe, spec } as KubeObject, { dryRun: true });
  await waitFor(() => unasked().then(() => true), { what: "writes that ask no webhook", timeoutMs: 60_000 });
  const asking = () =>
    adminClient.create(resources.requests, actionRequest({ name: "probe", namespace }, {}), { dryRun: true });
  await waitFor(() => asking().catch((error) => isKubeError(error) && error.status < 500), {
    what: "requests that ask no webhook",
    timeoutMs: 60_000,
  });
  return async () => {
    for (const [kind, object] of saved) await adminClient.create(kind, object);
    await stack.webhook.restart();
    await untilActing(stack, true);
  };
}

const agents = { group: "agentsafe.dev", version: "v1alpha1", plural: "agents", namespaced: false };
