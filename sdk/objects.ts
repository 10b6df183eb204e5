import { ACTION_PLANS, ACTION_REQUESTS, API_VERSION, DELEGATIONS, type Resource } from "../controller/api/constants.ts";
import type { ActionPlan, ActionRequest, Delegation } from "../controller/api/types.ts";

/** What an agent creates in a cluster. */
export type AgentObject = ActionRequest | ActionPlan | Delegation;

/** Names one of them. What `request`, `requestPlan` and `delegate` gave can be used as it is; an object without a kind is an ActionRequest. */
export type ObjectRef =
  | AgentObject
  | { kind?: AgentObject["kind"]; name: string; namespace?: string | undefined; uid?: string | undefined };

/** The collection of a kind. */
export const RESOURCE_OF: Readonly<Record<AgentObject["kind"], Resource>> = {
  ActionRequest: ACTION_REQUESTS,
  ActionPlan: ACTION_PLANS,
  Delegation: DELEGATIONS,
};

/** A new object without status. What is undefined in `spec` is left out. */
export function newObject<T extends AgentObject>(
  kind: T["kind"],
  { name, namespace }: { name: string; namespace: string },
  spec: Partial<T["spec"]>,
): T {
  const given = Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== undefined));
  return { apiVersion: API_VERSION, kind, metadata: { name, namespace }, spec: given } as unknown as T;
}

/** Kind, name, namespace and, where known, UID. */
export function refOf(ref: ObjectRef, namespace: string) {
  const meta = "metadata" in ref ? ref.metadata : ref;
  return { kind: ref.kind ?? "ActionRequest", name: meta.name, namespace: meta.namespace ?? namespace, uid: meta.uid };
}
