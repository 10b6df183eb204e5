import { CONDITIONS } from "../api/constants.ts";
import { parseDuration } from "../api/duration.ts";
import type { Delegation, DelegationStatus } from "../api/types.ts";
import type { ChainProblem, DelegationChain } from "../identity/delegation-chain.ts";
import { getCondition, summarise } from "../runtime/index.ts";

/** A status message is no longer than this. */
const MAX_MESSAGE = 1024;

/** What came of following a Delegation up to its root. */
export type ChainFinding = DelegationChain | ChainProblem;

/** The reason of `Ready` that a finding comes to. */
export function reasonOf(finding: ChainFinding): ChainProblem["reason"] | "Accepted" {
  return "reason" in finding ? finding.reason : "Accepted";
}

/** The reason that the status has so far; undefined before the first look. */
export function knownReason({ status }: Delegation): string | undefined {
  return getCondition(status?.conditions, CONDITIONS.Ready)?.reason;
}

/**
 * The whole status of a Delegation after `finding`; `now` is RFC 3339. Pure. Who was in the chain stays told when it has ended.
 */
export function delegationStatus(delegation: Delegation, finding: ChainFinding, now: string): DelegationStatus {
  const generation = delegation.metadata.generation ?? 1;
  const holds = !("reason" in finding);
  const message = holds ? accepted(delegation, finding) : finding.message;
  const summary = summarise(
    delegation.status,
    {
      state: holds ? "ready" : "stalled",
      reason: reasonOf(finding),
      message: message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE - 1)}…` : message,
      generation,
    },
    now,
  );
  return { ...delegation.status, ...(holds && chainStatus(finding)), ...summary };
}

function accepted({ spec }: Delegation, chain: DelegationChain): string {
  const suspended = chain.suspended ? "; somebody in the chain is suspended, so whatever it asks for is denied" : "";
  return `${spec.to} may act as ${chain.agent} until ${rfc3339(chain.expiresAt)}${suspended}.`;
}

function chainStatus(chain: DelegationChain): Partial<DelegationStatus> {
  const root = chain.links[0]?.id;
  const delegator = chain.links.at(-1)?.id;
  return {
    ...(root !== undefined && { root }),
    ...(delegator !== undefined && { delegator }),
    agent: chain.agent,
    depth: chain.links.length,
    expiresAt: rfc3339(chain.expiresAt),
    chain: chain.links.map(({ id, name, uid, digest, roles, groups, delegation, at }) => ({
      id,
      ...(name !== undefined && { name }),
      ...(uid !== undefined && { uid }),
      ...(digest !== undefined && { digest }),
      roles: [...(roles ?? [])],
      groups: [...(groups ?? [])],
      ...(delegation !== undefined && { delegation }),
      ...(at !== undefined && { at }),
    })),
  };
}

/** When a Delegation's own lifetime ends, in epoch ms; NaN when nobody knows when it began. */
export function ownEnd({ metadata, spec }: Delegation): number {
  return Date.parse(metadata.creationTimestamp ?? "") + parseDuration(spec.ttl ?? "1h");
}

function rfc3339(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}
