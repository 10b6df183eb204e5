import type { ActionPlan, ActionRequest, Agent, Delegation } from "../api/types.ts";

/** What requests and plans have in common that says what they stand on. */
type Dependent = Pick<ActionRequest | ActionPlan, "metadata" | "spec" | "status">;

/** Name of the index of open requests, and of plans, by what they stand on. */
export const DEPENDS_ON = "dependsOn";

const agentName = (name: string) => `agent:${name}`;
const agentId = (id: string) => `id:${id}`;
const user = (username: string) => `user:${username}`;
const group = (name: string) => `group:${name}`;
const delegationKey = (namespace: string | undefined, name: string) => `delegation:${namespace}/${name}`;

/**
 * Keys of the agents and Delegations that a request, or plan, stands on: as it was last judged, and, for what was not there
 * then, by who asks. So that a change is told to those whom it concerns and not to all.
 */
export function dependsOn({ metadata, spec, status }: Dependent): string[] {
  const { requester, delegationRef } = spec;
  const agent = status?.agent;
  const keys = new Set<string>();
  if (requester !== undefined) keys.add(user(requester.username));
  for (const name of requester?.groups ?? []) keys.add(group(name));
  if (delegationRef !== undefined) keys.add(delegationKey(metadata.namespace, delegationRef.name));
  for (const link of [agent, ...(agent?.delegation ?? [])]) {
    if (link?.name !== undefined) keys.add(agentName(link.name));
    // The id of one that was lent power holds those of all before it; by itself an id may have a / too.
    if (link !== undefined) for (const id of [link.id, ...link.id.split("/")]) keys.add(agentId(id));
  }
  for (const link of agent?.delegation ?? []) {
    if (link.delegation !== undefined) keys.add(delegationKey(metadata.namespace, link.delegation));
  }
  return [...keys];
}

/** Keys of an Agent: its name, its id, and whoever it claims to be. */
export function keysOfAgent({ metadata, spec }: Agent): string[] {
  const keys = [agentName(metadata.name), agentId(spec.agentId ?? metadata.name)];
  for (const { kind, namespace, name, issuer, subject } of spec.subjects ?? []) {
    if (kind === "ServiceAccount") keys.push(user(`system:serviceaccount:${namespace}:${name}`));
    else if (kind === "Group") keys.push(group(name ?? ""));
    else keys.push(user(kind === "JWT" ? `jwt:${issuer}#${subject}` : (name ?? "")));
  }
  return keys;
}

/** Keys of a Delegation: itself. Those who act under a later link of the chain have it among theirs once they were judged. */
export function keysOfDelegation({ metadata }: Delegation): string[] {
  return [delegationKey(metadata.namespace, metadata.name)];
}
