import type { Resource } from "../api/constants.ts";
import { ACTION_POLICIES, ACTIONS, AGENTS, RISK_PROFILES, TARGETS } from "../api/constants.ts";
import type { Action, ActionPolicy, Agent, Delegation, RiskProfile, Target } from "../api/types.ts";
import type { AgentIndex } from "../identity/agent-index.ts";
import type { DelegationIndex } from "../identity/delegation-index.ts";
import type { PolicyEngine } from "../policy/engine.ts";
import type { Accounts } from "../reconcilers/accounts.ts";
import { createDefinitionReconciler, type Definition, type Finding } from "../reconcilers/definition.ts";
import { keysOfAgent, keysOfDelegation } from "../reconcilers/dependents.ts";
import { examineAction, examineAgent, examinePolicy, examineTarget } from "../reconcilers/examine.ts";
import type { RiskLimitsIndex } from "../reconcilers/risk-limits.ts";
import { examineRiskProfile } from "../reconcilers/risk-profile.ts";
import {
  type Controller,
  createController,
  createGate,
  createQueue,
  type Informer,
  type KubeObject,
  keyOf,
  priority,
} from "../runtime/index.ts";
import type { RoleContext } from "./context.ts";

export interface DefinitionParts {
  actions: Informer<Action>;
  policies: Informer<ActionPolicy>;
  targets: Informer<Target>;
  agentObjects: Informer<Agent>;
  riskProfiles: Informer<RiskProfile>;
  delegationObjects: Informer<Delegation>;
  engine: PolicyEngine;
  agents: AgentIndex;
  delegations: DelegationIndex;
  profiles: RiskLimitsIndex;
  accounts: Accounts;
  /** Looks at all open requests and plans again. */
  judgeAll: () => void;
  /** Looks again at those that stand on one of these (keys as in dependents.ts), before everything else that waits. */
  judgeDependents: (keys: readonly string[]) => void;
  /** A RiskProfile changed; it may look further back than charges are kept. */
  onLimits: () => void;
}

/** What a kind's changes are told to. */
interface Feed<T> {
  upsert(object: T): void;
  remove(name: string): void;
  /** The server's history went back: take the cache as it is now. */
  rebuild(): void;
}

interface Listeners<T> {
  /** Its meaning changed, or it came or went after the first list; the states before and after. */
  changed(states: readonly T[]): void;
  /** Its status may be out of date. */
  seen?(object: T, initial: boolean): void;
}

/** Tells the changes of a kind, at once and in the order of its watch: freshness relies on that. */
function feed<T extends KubeObject>(informer: Informer<T>, into: Feed<T>, { changed, seen }: Listeners<T>): void {
  informer.on({
    add(object, { initial }) {
      into.upsert(object);
      seen?.(object, initial);
      if (!initial) changed([object]);
    },
    update(object, old) {
      seen?.(object, false);
      // A change of status or annotations (the sentinels' above all) changes no decision.
      if (object.metadata.generation === old.metadata.generation && object.metadata.uid === old.metadata.uid) return;
      into.upsert(object);
      changed([object, old]);
    },
    delete(object) {
      into.remove(keyOf(object));
      changed([object]);
    },
    rewind: () => into.rebuild(),
  });
}

/** Changes come in bursts, and what one Target is worth hangs on others: they are looked at together, this long after. */
const reexamineMs = 5_000;

/** Feeds definitions to engine and indexes, and keeps their own status through queues. */
export function superviseDefinitions(context: RoleContext, parts: DefinitionParts) {
  const { client, clock, logger, metrics, signal } = context;
  const { actions, policies, targets, agentObjects, riskProfiles, delegationObjects } = parts;
  const { engine, agents, delegations, profiles, accounts, judgeAll, judgeDependents } = parts;
  const controllers: Controller[] = [];
  let timer: NodeJS.Timeout | undefined;

  function supervise<T extends Definition>(
    resource: Resource,
    informer: Informer<T>,
    into: Feed<T>,
    examine: (object: T) => Finding,
    onChange: () => void = () => undefined,
    judgeAgain: (changed: readonly T[]) => void = judgeAll,
  ) {
    const name = resource.plural.replace(/(ie)?s$/, (_, ie) => (ie === undefined ? "" : "y"));
    const queue = createQueue({ name, clock, metrics: metrics.queue });
    const gate = createGate(informer, logger);
    feed(informer, into, {
      changed: (states) => {
        onChange();
        judgeAgain(states);
      },
      seen: (object, initial) => queue.add(keyOf(object), { priority: initial ? priority.initial : priority.normal }),
    });
    const reconcile = createDefinitionReconciler({ client, resource, informer, gate, examine, clock });
    controllers.push(
      createController({ name, queue, reconcile, gate, workers: 2, metrics: metrics.controller, logger }),
    );
    return queue;
  }

  function reexamineTargets(): void {
    if (timer !== undefined || signal.aborted) return;
    timer = setTimeout(() => {
      timer = undefined;
      for (const target of targets.list()) targetQueue.add(keyOf(target), { priority: priority.initial });
    }, reexamineMs);
    timer.unref();
  }

  const rebuild = () =>
    engine.replaceAll({ actions: actions.list(), policies: policies.list(), targets: targets.list() });
  supervise(
    ACTIONS,
    actions,
    { upsert: (action) => engine.upsertAction(action), remove: (name) => engine.removeAction(name), rebuild },
    examineAction,
    reexamineTargets,
  );
  supervise(
    ACTION_POLICIES,
    policies,
    { upsert: (policy) => engine.upsertPolicy(policy), remove: (name) => engine.removePolicy(name), rebuild },
    examinePolicy,
  );
  const targetQueue = supervise(
    TARGETS,
    targets,
    { upsert: (target) => engine.upsertTarget(target), remove: (name) => engine.removeTarget(name), rebuild },
    examineTarget(engine, accounts, () => actions.list()),
    reexamineTargets,
  );
  const agentQueue = supervise(
    AGENTS,
    agentObjects,
    {
      upsert: (agent) => agents.upsert(agent),
      remove: (name) => agents.remove(name),
      rebuild: () => {
        for (const name of agents.names()) agents.remove(name);
        for (const agent of agentObjects.list()) agents.upsert(agent);
      },
    },
    examineAgent(agents),
    // A subject that two claim is nobody's, and free again when one of them goes.
    () => {
      for (const agent of agentObjects.list()) agentQueue.add(keyOf(agent));
    },
    (changed) => judgeDependents(changed.flatMap(keysOfAgent)),
  );

  supervise(
    RISK_PROFILES,
    riskProfiles,
    {
      upsert: (profile) => profiles.upsert(profile),
      remove: (name) => profiles.remove(name),
      rebuild: () => {
        for (const name of profiles.names()) profiles.remove(name);
        for (const profile of riskProfiles.list()) profiles.upsert(profile);
      },
    },
    examineRiskProfile,
    parts.onLimits,
    ([profile]) => {
      const limited = agentObjects
        .list()
        .filter(({ spec }) => (spec.riskProfile ?? "default") === profile?.metadata.name);
      judgeDependents(limited.flatMap(keysOfAgent));
    },
  );
  feed(
    delegationObjects,
    {
      upsert: (delegation) => delegations.upsert(delegation),
      remove: (key) => delegations.remove(key),
      rebuild: () => {
        for (const key of delegations.keys()) delegations.remove(key);
        for (const delegation of delegationObjects.list()) delegations.upsert(delegation);
      },
    },
    { changed: (states) => judgeDependents(states.flatMap(keysOfDelegation)) },
  );

  return { controllers, reexamineTargets };
}
