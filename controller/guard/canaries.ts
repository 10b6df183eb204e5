import type { KubeClient } from "../runtime/client.ts";
import { isKubeError } from "../runtime/errors.ts";
import type { KubeObject, Resource } from "../runtime/types.ts";
import type { Canary } from "./canary.ts";
import type { CheckOptions } from "./compare.ts";

/** Roles that guard themselves. Each tries only what RBAC lets it attempt: a refusal by RBAC proves no policy. */
export type GuardRole = "controller" | "executor";

/** Where the roles live. The shipped policies name these namespaces, so others need other manifests. */
export interface CanaryPlaces {
  readonly systemNamespace: string;
  readonly credentialsNamespace: string;
}

const apiVersion = "agentsafe.dev/v1alpha1";
const ours = { group: "agentsafe.dev", version: "v1alpha1" };
const requests: Resource = { ...ours, plural: "actionrequests", namespaced: true };
const policies: Resource = { ...ours, plural: "actionpolicies", namespaced: false };
const auditLogs: Resource = { ...ours, plural: "auditlogs", namespaced: false };
const secrets: Resource = { group: "", version: "v1", plural: "secrets", namespaced: true };

const name = "agent-safe-canary";
const noUid = "00000000-0000-0000-0000-000000000000";

/** The canaries of a role: one for each policy that it has the rights to try. */
export function canariesOf(role: GuardRole, places: CanaryPlaces): Canary[] {
  return role === "controller" ? controllerCanaries(places) : executorCanaries(places);
}

function controllerCanaries({ systemNamespace: namespace }: CanaryPlaces): Canary[] {
  return [
    create("a request in another's name", "agent-safe-requester", requests, forgedRequest(namespace)),
    create("a request with a finalizer", "agent-safe-request-metadata", requests, {
      ...forgedRequest(namespace, { planRef: { name, uid: noUid } }),
      metadata: { name, namespace, finalizers: [`agentsafe.dev/${name}`] },
    }),
    patchAnyStatus("an outcome written by the controller", { execution: { reason: name } }),
    create("the log of another role", "agent-safe-status", auditLogs, auditLog()),
    {
      name: "a finalizer on a key",
      policy: "agent-safe-secrets",
      send: (client, options) =>
        accepted(
          client.patch(
            secrets,
            { namespace, name: "agent-safe-ticket-keys" },
            { metadata: { finalizers: [`agentsafe.dev/${name}`] } },
            { ...options, type: "merge", dryRun: true },
          ),
        ),
    },
    {
      name: "a label on a sentinel",
      policy: "agent-safe-sentinel",
      send: (client, options) =>
        accepted(
          client.patch(
            policies,
            { name: "agent-safe-sentinel" },
            { metadata: { labels: { [name]: "true" } } },
            { ...options, type: "merge", dryRun: true },
          ),
        ),
    },
  ];
}

function executorCanaries({ credentialsNamespace: namespace }: CanaryPlaces): Canary[] {
  const annotations = { "kubernetes.io/service-account.name": name };
  const token = { ...secret({ name, namespace, annotations }), type: "kubernetes.io/service-account-token" };
  return [
    create("a Secret for a lasting token", "agent-safe-secrets", secrets, token),
    patchAnyStatus("an approval written by the executor", { approval: { message: name } }),
    create("the log of another role", "agent-safe-status", auditLogs, auditLog()),
  ];
}

function forgedRequest(namespace: string, extra: object = {}): KubeObject & { spec: object } {
  const requester = { username: "agent-safe:canary" };
  return {
    apiVersion,
    kind: "ActionRequest",
    metadata: { name, namespace },
    spec: { action: name, target: `agent-safe/${name}`, params: {}, requester, ...extra },
  };
}

function auditLog(): KubeObject {
  return { apiVersion, kind: "AuditLog", metadata: { name } };
}

function secret(metadata: KubeObject["metadata"]): KubeObject {
  return { apiVersion: "v1", kind: "Secret", metadata };
}

function create(what: string, policy: string, resource: Resource, object: KubeObject): Canary {
  return {
    name: what,
    policy,
    send: (client, options) => accepted(client.create(resource, object, { ...options, dryRun: true })),
  };
}

/** Forges the status of any request that exists. While there is none, there is no status to protect. */
function patchAnyStatus(what: string, status: object): Canary {
  return {
    name: what,
    policy: "agent-safe-request-status",
    async send(client, options) {
      const request = await anyRequest(client, options);
      if (request === undefined) return "nothing";
      const { name: requestName = "", namespace } = request.metadata;
      const ref = namespace === undefined ? { name: requestName } : { name: requestName, namespace };
      try {
        return await accepted(
          client.patch(requests, ref, { status }, { ...options, type: "merge", subresource: "status", dryRun: true }),
        );
      } catch (error) {
        // It was cleared meanwhile.
        if (isKubeError(error, "NOT_FOUND")) return "nothing";
        throw error;
      }
    },
  };
}

async function anyRequest(client: KubeClient, options: CheckOptions): Promise<KubeObject | undefined> {
  for await (const page of client.listPages(requests, { ...options, limit: 1 })) return page.items[0];
  return undefined;
}

async function accepted(call: Promise<unknown>): Promise<"accepted"> {
  await call;
  return "accepted";
}
