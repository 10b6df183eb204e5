import type { Action } from "../../api/types.ts";
import type { CallOptions, KubeClient, Resource } from "../../runtime/index.ts";
import type { Discovery } from "./discovery.ts";
import type { LiveObject } from "./objects.ts";
import { readObject } from "./objects.ts";
import type { ObjectReference } from "./reference.ts";
import { refTo } from "./reference.ts";

/** From a Pod through its ReplicaSet (or Job) to a Deployment (or CronJob) is two steps. */
const MAX_STEPS = 3;

const namespaces: Pick<Resource, "group" | "plural"> = { group: "", plural: "namespaces" };

/** Whether a binding of the action says that the object acted on is one that the target owns. */
export function bindsByOwner(action: Action): boolean {
  return Object.values(action.spec.bindings ?? {}).some(
    (binding) => typeof binding === "object" && binding.ownedBy === "target",
  );
}

/** Whether a reference lies within a target that is a namespace. */
export function liesWithin(reference: ObjectReference, target: ObjectReference): boolean {
  const isNamespace = target.resource.group === namespaces.group && target.resource.plural === namespaces.plural;
  return isNamespace && reference.ref.namespace === target.ref.name;
}

/**
 * Whether `object` is controlled, through any number of controllers up to three, by the live object of the target. Every
 * step is read live and compared by UID: names are reused. Throws KubeError.
 */
export async function isOwnedBy(
  object: LiveObject,
  owner: LiveObject,
  { client, discovery, call }: { client: KubeClient; discovery: Discovery; call: CallOptions },
): Promise<boolean> {
  let current: LiveObject | null = object;
  for (let step = 0; step < MAX_STEPS && current !== null; step += 1) {
    const controller: NonNullable<LiveObject["metadata"]["ownerReferences"]>[number] | undefined =
      current.metadata.ownerReferences?.find((reference) => reference.controller === true);
    if (controller === undefined) return false;
    if (controller.uid === owner.metadata.uid) return true;
    // One of the target's own kind that is not the target: what is above it is no concern of ours.
    if (controller.kind === owner.kind && controller.apiVersion === owner.apiVersion) return false;
    const resource = await discovery.byKind(controller.apiVersion, controller.kind);
    const reference = {
      apiVersion: controller.apiVersion,
      resource,
      ref: refTo(resource, object.metadata.namespace, controller.name),
    };
    current = await readObject(client, reference, call);
    if (current !== null && current.metadata.uid !== controller.uid) return false;
  }
  return false;
}
