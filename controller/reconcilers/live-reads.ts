import { ACTION_PLANS, ACTIONS, AGENTS, DELEGATIONS, RISK_PROFILES, TARGETS } from "../api/constants.ts";
import type { Action, ActionPlan, Agent, Delegation, RiskProfile, Target } from "../api/types.ts";
import { isKubeError, type KubeClient, type Ref, refOf } from "../runtime/index.ts";
import { createCoalescer } from "./coalesce.ts";

/**
 * What a request stands on, read from the API server. Each answer is from a read that began after the question, and callers
 * that wait at the same time share one. All reject with KubeError when the API server can't be asked.
 */
export interface LiveReads {
  /** Undefined when there is none. */
  action(name: string): Promise<Action | undefined>;
  agent(name: string): Promise<Agent | undefined>;
  agents(): Promise<Agent[]>;
  riskProfile(name: string): Promise<RiskProfile | undefined>;
  delegation(ref: Ref): Promise<Delegation | undefined>;
  plan(ref: Ref): Promise<ActionPlan | undefined>;
  /** A Target by its object's name. */
  target(name: string): Promise<Target | undefined>;
  /** All Targets of an id: by their `spec.id`, or by their name when they have none. More than one is as bad as none. */
  targets(id: string): Promise<Target[]>;
}

/** An id that may be an object's name. */
const objectName = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;

export function createLiveReads(client: KubeClient, timeoutMs: number): LiveReads {
  const call = { timeoutMs };
  const target = createCoalescer((name) => orUndefined(client.get<Target>(TARGETS, { name }, call)));
  const agents = createCoalescer(async () => (await client.list<Agent>(AGENTS, call)).items);
  const delegation = createCoalescer((key) => orUndefined(client.get<Delegation>(DELEGATIONS, refOf(key), call)));
  const plan = createCoalescer((key) => orUndefined(client.get<ActionPlan>(ACTION_PLANS, refOf(key), call)));
  return {
    action: createCoalescer((name) => orUndefined(client.get<Action>(ACTIONS, { name }, call))),
    agent: createCoalescer((name) => orUndefined(client.get<Agent>(AGENTS, { name }, call))),
    agents: () => agents(""),
    riskProfile: createCoalescer((name) => orUndefined(client.get<RiskProfile>(RISK_PROFILES, { name }, call))),
    delegation: ({ namespace, name }) => delegation(`${namespace}/${name}`),
    plan: ({ namespace, name }) => plan(`${namespace}/${name}`),
    target,
    targets: createCoalescer(async (id) => {
      // The schema keeps what a field selector would read as syntax out of ids.
      const listing = client.list<Target>(TARGETS, { ...call, fieldSelector: `spec.id=${id}` });
      const [{ items }, named] = await Promise.all([listing, objectName.test(id) ? target(id) : undefined]);
      return named !== undefined && named.spec.id === undefined ? [...items, named] : items;
    }),
  };
}

async function orUndefined<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (isKubeError(error, "NOT_FOUND")) return undefined;
    throw error;
  }
}
