import { ACTION_POLICIES, FRESH_AT_ANNOTATION, SENTINEL_NAME, TARGETS } from "../api/constants.ts";
import type { ActionPolicy, Target } from "../api/types.ts";
import type { AgentIndex } from "../identity/agent-index.ts";
import { MAX_DELEGATION_DEPTH } from "../identity/delegation-chain.ts";
import { type DelegationIndex, delegationKey } from "../identity/delegation-index.ts";
import type { PolicyEngine } from "../policy/engine.ts";
import type { ResolvedAgent } from "../policy/types.ts";
import type { Informer, KubeClient } from "../runtime/index.ts";
import { createCoalescer } from "./coalesce.ts";
import type { Asker, Judge } from "./judge.ts";
import type { LiveReads } from "./live-reads.ts";
import type { RiskLimitsIndex } from "./risk-limits.ts";

/** What a decision stands on: who asks, and for what. A plan uses several actions and targets. */
export interface FreshnessSubject {
  asker: Asker;
  uses: readonly { action: string; target: string }[];
}

export interface FreshnessOptions {
  client: KubeClient;
  reads: LiveReads;
  engine: PolicyEngine;
  agents: AgentIndex;
  delegations: DelegationIndex;
  profiles: Pick<RiskLimitsIndex, "get" | "upsert" | "remove" | "profileOf">;
  resolve: Judge["resolve"];
  policies: Informer<ActionPolicy>;
  targets: Informer<Target>;
  /** A value never used before, to make every sentinel patch a real write. */
  nonce: () => string;
  /** How long the watch may take to bring a sentinel, in milliseconds. */
  timeoutMs: number;
}

/**
 * Brings everything a decision stands on up to now: once the promise resolves, engine and indexes hold at least what the API
 * server held when it was asked for. Actions, Targets, the Agents and Delegations of the whole chain and the RiskProfile are
 * read live; policies and Targets as sets (for precedence, duplicates and containers) by patching the kind's sentinel and
 * waiting for its own watch to bring it back, since a quiet kind's watch says nothing about how old its silence is. Rejects
 * when that can't be shown: then nothing is decided.
 */
export type Freshness = (subject: FreshnessSubject) => Promise<void>;

export function createFreshness(options: FreshnessOptions): Freshness {
  const { client, reads, engine, agents, delegations, profiles } = options;

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
  const profile = async (name: string) => {
    const known = profiles.get(name);
    const live = await reads.riskProfile(name);
    if (live !== undefined) profiles.upsert(live);
    else if (profiles.get(name) === known) profiles.remove(name);
  };

  /** Link by link up to the root: what a Delegation names as its parent never changes, but is only known once it is read. */
  const chain = async ({ namespace, delegationRef }: Asker) => {
    let next = delegationRef?.name;
    for (let depth = 0; next !== undefined && depth < MAX_DELEGATION_DEPTH; depth += 1) {
      const key = delegationKey(namespace, next);
      const known = delegations.get(key);
      const live = await reads.delegation({ namespace, name: next });
      if (live !== undefined) delegations.upsert(live);
      else if (delegations.get(key) === known) delegations.remove(key);
      next = live?.spec.parentRef?.name;
    }
  };

  /** Everybody in the chain, and the limits of whoever pays. */
  const who = async (asker: Asker) => {
    if (asker.delegationRef !== undefined) await chain(asker);
    const before = options.resolve(asker);
    if ("error" in before) {
      await allAgents();
      const found = options.resolve(asker);
      if ("agent" in found) await profile(profiles.profileOf(found.agent));
      return;
    }
    const expected = profiles.profileOf(before.agent);
    await Promise.all([profile(expected), ...namesIn(before.agent).map(agent)]);
    // What was read may say that another profile holds, or that it is somebody else altogether.
    const after = options.resolve(asker);
    if ("error" in after) return;
    const actual = profiles.profileOf(after.agent);
    const more = namesIn(after.agent).filter((name) => !namesIn(before.agent).includes(name));
    await Promise.all([...(actual === expected ? [] : [profile(actual)]), ...more.map(agent)]);
  };

  return async ({ asker, uses }) => {
    await Promise.all([
      sentinel("policies"),
      sentinel("targets"),
      ...unique(uses.map((use) => use.action)).map(action),
      ...unique(uses.map((use) => use.target)).map(target),
      who(asker),
    ]);
  };
}

/** Names of the Agents in a chain, the receiver's own included. */
function namesIn({ name, delegation }: ResolvedAgent): string[] {
  return unique(
    [name, ...delegation.map((link) => link.name)].flatMap((found) => (found === undefined ? [] : [found])),
  );
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}
