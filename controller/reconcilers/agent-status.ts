import { AGENTS } from "../api/constants.ts";
import type { Agent, AgentStatus } from "../api/types.ts";
import type { AgentBudgetView, Ledger } from "../limits/ledger.ts";
import type { RiskLimits } from "../limits/risk-limits.ts";
import { type Informer, isKubeError, type KubeClient } from "../runtime/index.ts";
import { type Json, mergePatch } from "./merge-patch.ts";

export interface AgentStatusOptions {
  client: Pick<KubeClient, "patchStatus">;
  agents: Pick<Informer<Agent>, "list">;
  ledger: Pick<Ledger, "has" | "view">;
  /** The limits that hold for an Agent; undefined while they are not known. */
  limitsOf: (agent: Agent) => RiskLimits | undefined;
  /** Epoch ms. */
  clock: () => number;
}

/** What this writes of the status; the rest is others'. */
export type AgentUsage = Pick<AgentStatus, "budget" | "breaker" | "cumulativeRisk" | "lastRequestAt">;

/**
 * Shows on each Agent what it has used of its limits. Call it every 10 s, no oftener. It writes what changed, in one patch an
 * agent, and nothing for agents that ask for nothing. A write of another in between is no error: the next turn has its state.
 */
export function createAgentStatus({ client, agents, ledger, limitsOf, clock }: AgentStatusOptions) {
  return async (): Promise<void> => {
    for (const agent of agents.list()) {
      const { name, resourceVersion = "", deletionTimestamp } = agent.metadata;
      const id = agent.spec.agentId ?? name;
      if (deletionTimestamp !== undefined || !(ledger.has(id) || agent.status?.lastRequestAt)) continue;
      const limits = limitsOf(agent);
      if (limits === undefined) continue;
      const usage = agentUsage(agent.status, ledger.view(id, clock(), limits));
      const status = mergePatch(ownPart(agent.status) as Json, usage as Json);
      if (status === undefined) continue;
      try {
        await client.patchStatus<Agent>(AGENTS, { name }, { metadata: { resourceVersion }, status });
      } catch (error) {
        if (!isKubeError(error, "CONFLICT", "NOT_FOUND")) throw error;
      }
    }
  };
}

/** What an Agent's status says about its use. Pure. When it last asked stays known after its charges are forgotten. */
export function agentUsage(before: AgentStatus | undefined, view: AgentBudgetView): AgentUsage {
  const { budget, breaker, cumulativeRisk, lastRequestAt } = view;
  const usage: AgentUsage = {};
  if (budget) usage.budget = budget;
  if (breaker) {
    usage.breaker = { state: breaker.state };
    if (breaker.until !== undefined) usage.breaker.until = isoTime(breaker.until);
  }
  if (cumulativeRisk) usage.cumulativeRisk = cumulativeRisk;
  const last = lastRequestAt === undefined ? before?.lastRequestAt : isoTime(lastRequestAt);
  if (last !== undefined) usage.lastRequestAt = last;
  return usage;
}

function ownPart({ budget, breaker, cumulativeRisk, lastRequestAt }: AgentStatus = {}): AgentUsage {
  return { budget, breaker, cumulativeRisk, lastRequestAt };
}

function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+/, "");
}
