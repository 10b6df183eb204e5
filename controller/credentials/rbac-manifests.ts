import { CREDENTIALS_NAMESPACE } from "../api/constants.ts";
import type { ObjectMeta } from "../api/types.ts";

/** A manifest; plain data, ready to be written as YAML. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  [field: string]: unknown;
}

/** One RBAC rule; `names` holds it to these objects. */
export interface Grant {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
  names?: string[];
}

/** Where a role and its binding are; without a namespace they are cluster-wide. */
export interface Place {
  name: string;
  namespace?: string;
  action?: string;
}

const RBAC = "rbac.authorization.k8s.io";

export function serviceAccountOf(name: string, action: string): Manifest {
  return {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: metadataOf({ name, namespace: CREDENTIALS_NAMESPACE, action }),
    // Nothing runs as this account: its tokens are minted one by one.
    automountServiceAccountToken: false,
  };
}

/** A Role, or a ClusterRole; rules that no name bounds are said in an annotation, for the one who reviews them. */
export function roleOf(place: Place, grants: readonly Grant[]): Manifest {
  const exceptions = grants
    .filter(({ names }) => names === undefined)
    .map(
      ({ verbs, resources }) =>
        `${verbs.join(",")} ${resources.join(",")} ${place.namespace === undefined ? "everywhere" : "in the whole namespace"}`,
    );
  const metadata = metadataOf(place);
  if (exceptions.length > 0)
    metadata.annotations = { ...metadata.annotations, "agentsafe.dev/exceptions": exceptions.join("; ") };
  return {
    apiVersion: `${RBAC}/v1`,
    kind: place.namespace === undefined ? "ClusterRole" : "Role",
    metadata,
    rules: grants.map(({ apiGroups, resources, verbs, names }) => ({
      apiGroups,
      resources,
      ...(names ? { resourceNames: names } : {}),
      verbs,
    })),
  };
}

export function bindingOf(place: Place, subject: { kind: string; name: string; namespace: string }): Manifest {
  const kind = place.namespace === undefined ? "ClusterRole" : "Role";
  return {
    apiVersion: `${RBAC}/v1`,
    kind: `${kind}Binding`,
    metadata: metadataOf(place),
    roleRef: { apiGroup: RBAC, kind, name: place.name },
    subjects: [subject],
  };
}

export function metadataOf({ name, namespace, action }: Place): ObjectMeta {
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    labels: { "app.kubernetes.io/part-of": "agent-safe", "app.kubernetes.io/managed-by": "agent-safe-rbac" },
    ...(action === undefined ? {} : { annotations: { "agentsafe.dev/action": action } }),
  };
}
