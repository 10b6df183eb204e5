import { digest } from "../api/digest.ts";
import { show } from "../policy/field-error.ts";
import type { AgentError, ResolvedAgent } from "../policy/types.ts";
import type { Requester } from "./agent-index.ts";
import { type DelegationChain, type IdentityIndexes, resolveChain } from "./delegation-chain.ts";

/** Who asks, and under what. */
export interface RequesterInput {
  requester: Requester;
  /** The Delegation that the request names; it is looked up in the request's namespace. */
  delegationRef?: { name: string; uid: string };
  namespace: string;
  /** Epoch ms. */
  now: number;
}

/** The agent that is judged; `expiresAt` (epoch ms) is when what was lent to it ends. */
export type RequesterResolution = { agent: ResolvedAgent; expiresAt?: number } | AgentError;

/**
 * The agent of a requester: its own Agent, or, when it names a Delegation, that agent with what was lent to it and the chain
 * of those who lent. Its digest then covers everybody in the chain and every Delegation. Pure.
 */
export function resolveRequester(indexes: IdentityIndexes, input: RequesterInput): RequesterResolution {
  const { requester, delegationRef, namespace, now } = input;
  const found = indexes.agents.resolve(requester);
  if ("error" in found || delegationRef === undefined) return found;
  const { agent } = found;
  const chain = resolveChain(indexes, { ...delegationRef, namespace }, now);
  if ("reason" in chain) return invalid(chain.message);
  if (chain.to !== agent.id)
    return invalid(`Delegation ${delegationRef.name} is for agent ${show(chain.to)}, not for ${show(agent.id)}`);
  return { agent: delegated(agent, chain), expiresAt: chain.expiresAt };
}

function delegated(own: ResolvedAgent, chain: DelegationChain): ResolvedAgent {
  return {
    id: chain.agent,
    ...(own.name !== undefined && { name: own.name }),
    ...(own.uid !== undefined && { uid: own.uid }),
    digest: digest({
      agent: own.digest ?? "",
      delegators: chain.links.map((link) => ({ uid: link.uid ?? "", digest: link.digest ?? "" })),
      delegations: chain.delegations,
    }),
    roles: chain.roles,
    groups: chain.groups,
    delegation: chain.links,
    own: { id: own.id, roles: own.roles, groups: own.groups },
    suspended: chain.suspended || own.suspended,
  };
}

function invalid(message: string): AgentError {
  return { error: "DelegationInvalid", names: [], message };
}
