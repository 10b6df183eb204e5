import { ACTION_POLICIES, FRESH_AT_ANNOTATION, SENTINEL_NAME, TARGETS } from "../api/constants.ts";
import type { ActionPolicy, Target } from "../api/types.ts";
import type { AgentIndex } from "../identity/agent-index.ts";
import type { PolicyEngine } from "../policy/engine.ts";
import type { Informer, KubeClient } from "../runtime/index.ts";
import { createCoalescer } from "./coalesce.ts";
import type { LiveReads } from "./live-reads.ts";

/** What a decision stands on, named by the request. */
export interface FreshnessSubject {
  action: string;
  target: string;
  /** Name of the Agent object that the requester maps to by the cache; absent when it maps to none. */
  agent?: string;
}

export interface FreshnessOptions {
  client: KubeClient;
  reads: LiveReads;
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
  const { client, reads, engine, agents } = options;

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

  // An object that is gone is forgotten, unless the watch has brought another of its name meanwhile.
  const action = async (name: string) => {
    const known = engine.getAction(name);
    const live = await reads.action(name);
    if (live !== undefined) engine.upsertAction(live);
    else if (engine.getAction(name) === known) engine.removeAction(name);
  };
  const agent = async (name: string) => {
    const known = agents.get(name);
    const live = await reads.agent(name);
    if (live !== undefined) agents.upsert(live);
    else if (agents.get(name) === known) agents.remove(name);
  };
  // A requester that the cache can't place may belong to an Agent made a moment ago; a denial would be final.
  const allAgents = async () => {
    for (const live of await reads.agents()) agents.upsert(live);
  };
  const target = async (id: string) => {
    for (const live of await reads.targets(id)) engine.upsertTarget(live);
  };

  return async (subject) => {
    await Promise.all([
      sentinel("policies"),
      sentinel("targets"),
      action(subject.action),
      target(subject.target),
      subject.agent === undefined ? allAgents() : agent(subject.agent),
    ]);
  };
}
