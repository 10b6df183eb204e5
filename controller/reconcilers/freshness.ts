import { ACTION_POLICIES, ACTIONS, AGENTS, FRESH_AT_ANNOTATION, SENTINEL_NAME, TARGETS } from "../api/constants.ts";
import type { Action, ActionPolicy, Agent, Target } from "../api/types.ts";
import type { AgentIndex } from "../identity/agent-index.ts";
import type { PolicyEngine } from "../policy/engine.ts";
import { type Informer, isKubeError, type KubeClient } from "../runtime/index.ts";
import { createCoalescer } from "./coalesce.ts";

/** What a decision stands on, named by the request. */
export interface FreshnessSubject {
  action: string;
  target: string;
  /** Name of the Agent object that the requester maps to by the cache; absent when it maps to none. */
  agent?: string;
}

export interface FreshnessOptions {
  client: KubeClient;
  engine: PolicyEngine;
  agents: AgentIndex;
  policies: Informer<ActionPolicy>;
  targets: Informer<Target>;
  /** A value never used before, to make every sentinel patch a real write. */
  nonce: () => string;
  /** How long the watch may take to bring a sentinel, in milliseconds. */
  timeoutMs: number;
}

/**
 * Brings everything a decision stands on up to now: once the promise resolves, engine and agent index hold at least what
 * the API server held when it was asked for. Action, Agent and Target are read live; policies and Targets as sets (for
 * precedence, duplicates and containers) by patching the kind's sentinel and waiting for its own watch to bring it back,
 * since a quiet kind's watch says nothing about how old its silence is. Rejects when that can't be shown: then nothing is decided.
 */
export type Freshness = (subject: FreshnessSubject) => Promise<void>;

export function createFreshness(options: FreshnessOptions): Freshness {
  const { client, engine, agents } = options;

  const sentinel = createCoalescer(async (kind: string) => {
    const [resource, informer] =
      kind === "policies" ? ([ACTION_POLICIES, options.policies] as const) : ([TARGETS, options.targets] as const);
    const patched = await client.patch<ActionPolicy>(
      resource,
      { name: SENTINEL_NAME },
      { metadata: { annotations: { [FRESH_AT_ANNOTATION]: options.nonce() } } },
      { type: "merge" },
    );
    const version = patched.metadata.resourceVersion;
    if (version === undefined) throw new Error(`the sentinel of ${kind} came back without a resourceVersion`);
    await informer.waitForResourceVersion(version, { signal: AbortSignal.timeout(options.timeoutMs) });
  });

  const liveAction = createCoalescer(async (name: string) => {
    const action = await orNull(client.get<Action>(ACTIONS, { name }));
    if (action === null) engine.removeAction(name);
    else engine.upsertAction(action);
  });

  const liveAgent = createCoalescer(async (name: string) => {
    const agent = await orNull(client.get<Agent>(AGENTS, { name }));
    if (agent === null) agents.remove(name);
    else agents.upsert(agent);
  });

  const allAgents = createCoalescer(async () => {
    const { items } = await client.list<Agent>(AGENTS, {});
    for (const agent of items) agents.upsert(agent);
  });

  // The schema keeps what a field selector would read as syntax out of ids.
  const liveTarget = createCoalescer(async (id: string) => {
    const { items } = await client.list<Target>(TARGETS, { fieldSelector: `spec.id=${id}` });
    for (const target of items) engine.upsertTarget(target);
  });

  return async ({ action, agent, target }) => {
    await Promise.all([
      sentinel("policies"),
      sentinel("targets"),
      liveAction(action),
      liveTarget(target),
      // A requester that the cache can't place may belong to an Agent made a moment ago; a denial would be final.
      agent === undefined ? allAgents("") : liveAgent(agent),
    ]);
  };
}

async function orNull<T>(read: Promise<T>): Promise<T | null> {
  try {
    return await read;
  } catch (error) {
    if (isKubeError(error, "NOT_FOUND")) return null;
    throw error;
  }
}
