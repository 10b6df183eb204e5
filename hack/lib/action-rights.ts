import type { Action, Target } from "../../controller/api/types.ts";
import { generateRbac } from "../../controller/credentials/rbac.ts";
import type { KubeClient } from "../../controller/runtime/client.ts";
import { isKubeError } from "../../controller/runtime/errors.ts";
import type { KubeObject, Resource } from "../../controller/runtime/types.ts";
import { applyManifests } from "./apply.ts";
import { resources } from "./resources.ts";

/** Carried by everything that is generated. */
const generated = "app.kubernetes.io/managed-by=agent-safe-rbac";

const kinds: Record<string, Resource> = {
  ServiceAccount: resources.serviceAccounts,
  Role: rbac("roles", true),
  RoleBinding: rbac("rolebindings", true),
  ClusterRole: rbac("clusterroles", false),
  ClusterRoleBinding: rbac("clusterrolebindings", false),
};

/**
 * Gives the accounts of the actions exactly the rights that `agent-safe rbac generate` says: applies what is missing and
 * deletes what is generated no more. Elsewhere these manifests go through Git like the rest.
 * A namespace that doesn't exist (yet) is left out. Rejects with KubeError or RbacError.
 */
export async function applyActionRights(client: KubeClient): Promise<void> {
  const [actions, targets, namespaces] = await Promise.all([
    client.list<Action>(resources.actions),
    client.list<Target>(resources.targets),
    client.list(resources.namespaces),
  ]);
  const existing = new Set(namespaces.items.map(({ metadata }) => metadata.name));
  const wanted = generateRbac({ actions: actions.items, targets: targets.items }).filter(
    ({ metadata }) => metadata.namespace === undefined || existing.has(metadata.namespace),
  );
  await applyManifests(client, wanted);
  await deleteOthers(client, new Set(wanted.map(({ kind, metadata }) => keyOf(kind, metadata))));
}

async function deleteOthers(client: KubeClient, wanted: ReadonlySet<string>): Promise<void> {
  for (const [kind, resource] of Object.entries(kinds)) {
    const { items } = await client.list<KubeObject>(resource, { labelSelector: generated });
    const others = items.filter(({ metadata }) => !wanted.has(keyOf(kind, metadata)));
    await Promise.all(others.map(({ metadata }) => deleteIfThere(client, resource, metadata)));
  }
}

async function deleteIfThere(client: KubeClient, resource: Resource, metadata: KubeObject["metadata"]): Promise<void> {
  const { name = "", namespace, uid } = metadata;
  try {
    await client.delete(resource, { name, ...(namespace === undefined ? {} : { namespace }) }, { uid });
  } catch (error) {
    if (!isKubeError(error) || error.status !== 404) throw error; // its namespace may be going away
  }
}

function keyOf(kind: string, { name, namespace }: { name?: string; namespace?: string }): string {
  return `${kind}/${namespace ?? ""}/${name}`;
}

function rbac(plural: string, namespaced: boolean): Resource {
  return { group: "rbac.authorization.k8s.io", version: "v1", plural, namespaced };
}
