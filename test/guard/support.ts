import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../controller/guard/expected.ts";
import { createClient, type KubeClient } from "../../controller/runtime/client.ts";
import { isKubeError, messageOf } from "../../controller/runtime/errors.ts";
import { createTransport } from "../../controller/runtime/transport.ts";
import type { KubeObject, Resource } from "../../controller/runtime/types.ts";
import { type TestCluster, waitFor } from "../support/cluster.ts";

const ours = { group: "agentsafe.dev", version: "v1alpha1" };
const core = { group: "", version: "v1", namespaced: true };

/** What the attacks aim at. */
export const resources = {
  requests: { ...ours, plural: "actionrequests", namespaced: true },
  plans: { ...ours, plural: "actionplans", namespaced: true },
  delegations: { ...ours, plural: "delegations", namespaced: true },
  profiles: { ...ours, plural: "riskprofiles", namespaced: false },
  targets: { ...ours, plural: "targets", namespaced: false },
  policies: { ...ours, plural: "actionpolicies", namespaced: false },
  auditLogs: { ...ours, plural: "auditlogs", namespaced: false },
  secrets: { ...core, plural: "secrets" },
  configMaps: { ...core, plural: "configmaps" },
  deployments: { group: "apps", version: "v1", plural: "deployments", namespaced: true },
} as const satisfies Record<string, Resource>;

export const systemNamespace = "agent-safe-system";
export const credentialsNamespace = "agent-safe-credentials";

/** A client with the rights of the kubeconfig's user. */
export function clientOf(kubeconfig: string): KubeClient {
  return createClient(createTransport({ kubeconfig, userAgent: "agent-safe-test" }));
}

/** A client of a ServiceAccount, which is made when it is missing. */
export async function accountClient(cluster: TestCluster, namespace: string, name: string): Promise<KubeClient> {
  return clientOf(await cluster.asServiceAccount(namespace, name));
}

/** Applies a folder of manifests as the admin, as an installation does. */
export async function applyFolder(cluster: TestCluster, folder: string): Promise<void> {
  const result = await cluster.kubectl([
    ...["apply", "--server-side", "--force-conflicts"],
    ...[folder === "crds" ? "-f" : "-k", join(packageRoot, folder)],
  ]);
  if (result.code !== 0) throw new Error(result.stderr);
}

/** Definitions, roles, policies and sentinels; not the webhooks, which nothing here serves. */
export async function installGuarded(cluster: TestCluster): Promise<void> {
  await applyFolder(cluster, "crds");
  const established = await cluster.kubectl(["wait", "--for=condition=Established", "--timeout=60s", "crd", "--all"]);
  if (established.code !== 0) throw new Error(established.stderr);
  await applyFolder(cluster, "config/rbac");
  await applyFolder(cluster, "config/admission");
  await waitFor(() => applyFolder(cluster, "config/rbac/sentinels").then(() => true), { what: "the sentinels" });
}

/** The text of a manifest of the project. */
export function manifest(path: string): string {
  return readFileSync(join(packageRoot, path), "utf8");
}

/** Who the API server takes the client for, as `spec.requester` wants it. */
export async function whoami(client: KubeClient): Promise<Record<string, unknown>> {
  const review = await client.raw<{ status: { userInfo: Record<string, unknown> } }>(
    "POST",
    "/apis/authentication.k8s.io/v1/selfsubjectreviews",
    { body: { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" } },
  );
  return review.status.userInfo;
}

/** An ActionRequest as its creator would send it. */
export function actionRequest(
  metadata: KubeObject["metadata"],
  spec: Record<string, unknown>,
): KubeObject & { spec: object } {
  return {
    apiVersion: "agentsafe.dev/v1alpha1",
    kind: "ActionRequest",
    metadata,
    spec: { action: "restart-deployment", target: "dev/web", params: {}, reason: "a test", ...spec },
  };
}

/** The refusal of a call, or undefined when it went through. Anything but an answer of the API server is thrown. */
export async function refusalOf(call: Promise<unknown>): Promise<string | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    if (isKubeError(error) && error.status >= 400 && error.status < 500) return messageOf(error);
    throw error;
  }
}
