import type { Workload, WorkloadRequest } from "../workload-types.ts";

/** One request as the engines get it: the day and the hour are worked out beforehand, as our own input has a number too. */
export type ClockedRequest = WorkloadRequest & { day: number; hour: number };

/** The name of the deciding policy; null when none matched. */
export type PeerDecision = string | null;

/** Another policy engine, asked the same questions. */
export interface Peer {
  name: string;
  /** What its column is, in a few words. */
  about: string;
  /**
   * Loads a workload, in the form in which this engine is fastest as far as we know, and gives the function to time. It looks up target
   * and agent, works out the effective risk, and matches: what our own decision does.
   * @param installed the folder into which `installPeers` put packages and programs
   */
  load(workload: Workload, installed: string): Promise<(request: ClockedRequest) => PeerDecision>;
}

/** What every engine is told of a request; the fields of the target are absent when it is unknown. */
export interface Question {
  action: string;
  known: boolean;
  env?: string;
  sen?: string;
  type?: string;
  team?: string;
  tier?: string;
  app?: string;
  agent: string;
  roles: readonly string[];
  groups: readonly string[];
  risk: string;
  day: number;
  hour: number;
}

/** Looks up what a request names; `undefined` when the action is not in the catalogue, which is denied before any policy. */
export function questioner(workload: Workload): (request: ClockedRequest) => Question | undefined {
  const targets = new Map(workload.targets.map((t) => [t.id, t]));
  const agents = new Map(workload.agents.map((a) => [a.agent_id, a]));
  const actions = new Map(workload.actions.map((a) => [a.name, a]));
  return ({ action, target, agent, day, hour }) => {
    const known = actions.get(action);
    if (known === undefined) return undefined;
    const t = targets.get(target);
    const who = agents.get(agent);
    return {
      action,
      known: t !== undefined,
      env: t?.environment,
      sen: t?.sensitivity,
      type: t?.type,
      team: t?.labels.team,
      tier: t?.labels.tier,
      app: t?.labels.app,
      agent,
      roles: who?.roles ?? [],
      groups: who?.groups ?? [],
      risk: workload.risk_matrix[known.risk_class]?.[t?.sensitivity ?? "critical"] ?? "critical",
      day,
      hour,
    };
  };
}

/** The policies in the order in which they are looked at: highest priority first, ties in file order. */
export function ranked(workload: Workload): Workload["policies"] {
  return [...workload.policies].sort((a, b) => b.priority - a.priority);
}
