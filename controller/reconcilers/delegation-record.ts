import type { Delegation } from "../api/types.ts";
import { auditable } from "../audit/canonical.ts";
import type { EventInput } from "../audit/event.ts";
import { type ChainFinding, reasonOf } from "./delegation-status.ts";

/** What the log says of a Delegation: that it was made, and that it ended. */
export type DelegationEvent = "delegation.created" | "delegation.revoked" | "delegation.expired";

/**
 * What is to be told, given the reason that is known (undefined before the first look) and what was found now. What somebody
 * else makes it, as an Agent that comes or goes, is told where that happens. Pure.
 */
export function eventsFor(known: string | undefined, finding: ChainFinding): DelegationEvent[] {
  const events: DelegationEvent[] = known === undefined ? ["delegation.created"] : [];
  const reason = reasonOf(finding);
  if (reason === "Revoked" && known !== "Revoked") events.push("delegation.revoked");
  if (reason === "Expired" && known !== "Expired") events.push("delegation.expired");
  return events;
}

/** The event itself. Who revoked is not known: the API server's own audit log says so. */
export function delegationRecord(type: DelegationEvent, delegation: Delegation, finding: ChainFinding): EventInput {
  const { metadata, spec, status } = delegation;
  const { to, parentRef, roles, groups, actions, targets, ttl, maxDepth, reason, requester } = spec;
  const chain = "reason" in finding ? undefined : finding;
  const lender = chain?.links.at(-1)?.id ?? status?.delegator;
  return {
    type,
    actor: {
      kind: lender === undefined ? "user" : "agent",
      username: requester?.username,
      uid: requester?.uid,
      agent: lender,
    },
    target: { kind: "Delegation", id: metadata.uid ?? "", ref: `${metadata.namespace}/${metadata.name}` },
    data: auditable({
      result: reasonOf(finding),
      message: "reason" in finding ? finding.message : undefined,
      ...(type === "delegation.created" && { to, parentRef, roles, groups, actions, targets, ttl, maxDepth, reason }),
      agent: chain?.agent ?? status?.agent,
      expiresAt: chain === undefined ? status?.expiresAt : new Date(chain.expiresAt).toISOString(),
    }) as Record<string, unknown>,
  };
}
