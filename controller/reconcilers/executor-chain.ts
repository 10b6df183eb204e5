import { objectDigest } from "../api/digest.ts";
import type { ActionRequest, Agent, Delegation } from "../api/types.ts";
import { AgentIndex } from "../identity/agent-index.ts";
import { DelegationIndex } from "../identity/delegation-index.ts";
import { resolveRequester } from "../identity/resolve-requester.ts";
import type { LiveReads } from "./live-reads.ts";

/** Everybody that a request was judged as, as they are now. */
export interface LiveChain {
  /** The requester's own Agent. */
  agent: Agent;
  /** Agents of those who lent, and what they lent. */
  delegators: readonly Agent[];
  delegations: readonly Delegation[];
}

/** What makes a chain no longer good, as an executor tells it. */
export interface ChainRefusal {
  code: "AGENT_GONE" | "AGENT_REPLACED" | "AGENT_SUSPENDED" | "DELEGATION_INVALID";
  message: string;
}

type Named = { name?: string; uid?: string };

/**
 * Reads every Agent and every Delegation of the chain that the status names, live and at one time. It says only what to read:
 * whether these are the ones that were judged is for `holdChain` and the ticket to say.
 */
export async function readChain(reads: LiveReads, request: ActionRequest): Promise<LiveChain | ChainRefusal> {
  const asked = request.status?.agent;
  const { namespace = "" } = request.metadata;
  const links = asked?.delegation ?? [];
  const [own, delegators, delegations] = await Promise.all([
    readAgent(reads, asked),
    Promise.all(links.map((link) => readAgent(reads, link))),
    Promise.all(
      links.map(async ({ delegation: name }) =>
        name === undefined ? undefined : await reads.delegation({ namespace, name }),
      ),
    ),
  ]);
  if ("code" in own) return own;
  const agents: Agent[] = [];
  for (const found of delegators) {
    if ("code" in found) return found;
    agents.push(found);
  }
  // One that is gone is missed when the chain is followed.
  return { agent: own, delegators: agents, delegations: delegations.filter((found) => found !== undefined) };
}

async function readAgent(reads: LiveReads, asked: Named | undefined): Promise<Agent | ChainRefusal> {
  const name = asked?.name;
  if (name === undefined) return { code: "AGENT_GONE", message: "the status names no Agent" };
  const agent = await reads.agent(name);
  if (agent === undefined) return { code: "AGENT_GONE", message: `there is no Agent ${name}` };
  // Links that an older decider wrote have no UID; the ticket's digest covers it all the same.
  if (asked?.uid !== undefined && agent.metadata.uid !== asked.uid)
    return { code: "AGENT_REPLACED", message: `Agent ${name} is not the one that was judged` };
  return agent;
}

/** Who the request is by now: its id and the digest that its ticket must be bound to; or why nobody. Pure; `now` in epoch ms. */
export function holdChain(
  request: ActionRequest,
  chain: LiveChain,
  now: number,
): { id: string; digest: string } | ChainRefusal {
  const { agent, delegators, delegations } = chain;
  for (const { metadata, spec } of [...delegators, agent]) {
    const whose = delegators.length > 0 ? ` ${metadata.name}` : "";
    if (spec.suspended === true) return { code: "AGENT_SUSPENDED", message: `the agent${whose} is suspended` };
  }
  const { requester, delegationRef } = request.spec;
  if (delegationRef === undefined) {
    return { id: request.status?.agent?.id ?? "", digest: objectDigest(agent) };
  }
  const indexes = { agents: new AgentIndex(), delegations: new DelegationIndex() };
  for (const one of [agent, ...delegators]) indexes.agents.upsert(one);
  for (const one of delegations) indexes.delegations.upsert(one);
  const { namespace = "" } = request.metadata;
  const found =
    requester === undefined ? undefined : resolveRequester(indexes, { requester, delegationRef, namespace, now });
  if (found === undefined || "error" in found) {
    const message = found?.message ?? "its requester is not the agent that was judged any more";
    return { code: "DELEGATION_INVALID", message };
  }
  return { id: found.agent.id, digest: found.agent.digest ?? "" };
}
