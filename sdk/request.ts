import { CANCEL_ANNOTATION } from "../controller/api/constants.ts";
import type { ActionPlan, ActionRequest } from "../controller/api/types.ts";
import type { Cluster } from "./cluster.ts";
import { createOnce } from "./create.ts";
import { type AgentObject, newObject, type ObjectRef, RESOURCE_OF, refOf } from "./objects.ts";

type RequestSpec = ActionRequest["spec"];
type PlanSpec = ActionPlan["spec"];

interface Named {
  /** Name of the object; default one that nobody had before. */
  name?: string;
  namespace?: string;
}

/** What is asked for; see the fields of an ActionRequest's spec. Who asks is stamped by the cluster. */
export interface RequestInput extends Named, Omit<RequestSpec, "requester" | "planRef"> {}

/** What is asked for together; see the fields of an ActionPlan's spec. */
export interface PlanInput extends Named, Omit<PlanSpec, "requester"> {}

function named({ name, namespace }: Named, cluster: Cluster, prefix: string) {
  return { name: name ?? `${prefix}-${cluster.randomId()}`, namespace: namespace ?? cluster.namespace };
}

/** Creates an ActionRequest. */
export function createRequest(cluster: Cluster, { name, namespace, ...spec }: RequestInput): Promise<ActionRequest> {
  return createOnce(
    cluster,
    newObject<ActionRequest>("ActionRequest", named({ name, namespace }, cluster, "request"), spec),
  );
}

/** Creates an ActionPlan. */
export function createPlan(cluster: Cluster, { name, namespace, ...spec }: PlanInput): Promise<ActionPlan> {
  return createOnce(cluster, newObject<ActionPlan>("ActionPlan", named({ name, namespace }, cluster, "plan"), spec));
}

/** Takes a request or plan back. It ends as `Cancelled` unless it was finished or its effect had begun. */
export function cancel(cluster: Cluster, ref: ObjectRef): Promise<AgentObject> {
  const { kind, name, namespace, uid } = refOf(ref, cluster.namespace);
  const metadata = { ...(uid !== undefined && { uid }), annotations: { [CANCEL_ANNOTATION]: "true" } };
  return cluster.client.patch<AgentObject>(
    RESOURCE_OF[kind],
    { name, namespace },
    { metadata },
    { type: "merge", signal: cluster.closing },
  );
}
