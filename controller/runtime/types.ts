import type { OwnerReference } from "../api/object.ts";

export type { Resource } from "../api/resources.ts";

/** Names one object of a resource; `namespace` only for namespaced resources. */
export interface Ref {
  readonly name: string;
  readonly namespace?: string;
}

/** The metadata fields that the runtime itself reads. Times are RFC 3339 strings, as the API server sends them. */
export interface ObjectMeta {
  name?: string;
  generateName?: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: OwnerReference[];
  managedFields?: unknown[];
}

/** Anything the API server stores. Unknown fields are kept: objects are the plain JSON that was received. */
export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
}

/** The part of a pino logger that the runtime uses. */
export interface Logger {
  debug(details: object, message: string): void;
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

function ignore(): void {
  // A logger was not given: there is nowhere to write to.
}

/** The logger of callers that pass none. */
export const silentLogger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/** `namespace/name`, or `name` for cluster-scoped objects: the key of caches and queues. */
export function keyOf(object: KubeObject | Ref): string {
  const meta = "metadata" in object ? object.metadata : object;
  const name = meta.name ?? "";
  return meta.namespace ? `${meta.namespace}/${name}` : name;
}

/** The reverse of {@link keyOf}. */
export function refOf(key: string): Ref {
  const slash = key.indexOf("/");
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
