import type { CallOptions, KubeClient, KubeObject, Resource } from "../../runtime/index.ts";
import { isKubeError } from "../../runtime/index.ts";
import type { ObjectReference } from "./reference.ts";

/** An object as it is served; fields beyond metadata are whatever its kind has. */
export interface LiveObject extends KubeObject {
  spec?: Record<string, unknown>;
  status?: Record<string, unknown>;
  [field: string]: unknown;
}

const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** Reads an object with the action's own account; `null` when it does not exist. Throws KubeError. */
export async function readObject(
  client: KubeClient,
  reference: ObjectReference,
  options: CallOptions,
): Promise<LiveObject | null> {
  try {
    return await client.get<LiveObject>(reference.resource, reference.ref, options);
  } catch (error) {
    if (isKubeError(error, "NOT_FOUND")) return null;
    throw error;
  }
}

/**
 * An object as expressions and paths may see it: without bookkeeping, and for Secrets without their data, so that no
 * path, however written, can carry a secret into a status.
 */
export function visibleObject(object: LiveObject, resource: Pick<Resource, "group" | "plural">): LiveObject {
  const { managedFields: _, annotations, ...metadata } = object.metadata;
  const kept = annotations && Object.fromEntries(Object.entries(annotations).filter(([key]) => key !== LAST_APPLIED));
  const visible: LiveObject = { ...object, metadata: { ...metadata, ...(kept ? { annotations: kept } : {}) } };
  if (isSecret(resource)) {
    delete visible.data;
    delete visible.stringData;
  }
  return visible;
}

/** Whether the content of a resource's objects must never be shown. The items of a list do not say their kind, so the resource does. */
export function isSecret({ group, plural }: Pick<Resource, "group" | "plural">): boolean {
  return group === "" && plural === "secrets";
}
