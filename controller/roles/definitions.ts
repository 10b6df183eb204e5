import type { Resource } from "../api/constants.ts";
import { ACTION_POLICIES, ACTIONS, AGENTS, TARGETS } from "../api/constants.ts";
import type { Action, ActionPolicy, Agent, Target } from "../api/types.ts";
import type { AgentIndex } from "../identity/agent-index.ts";
import type { PolicyEngine } from "../policy/engine.ts";
import type { Accounts } from "../reconcilers/accounts.ts";
import { createDefinitionReconciler, type Definition, type Finding } from "../reconcilers/definition.ts";
import { examineAction, examineAgent, examinePolicy, examineTarget } from "../reconcilers/examine.ts";
import {
  type Controller,
  createController,
  createGate,
  createQueue,
  type Informer,
  keyOf,
  priority,
} from "../runtime/index.ts";
import type { RoleContext } from "./context.ts";

export interface DefinitionParts {
  actions: Informer<Action>;
  policies: Informer<ActionPolicy>;
  targets: Informer<Target>;
  agentObjects: Informer<Agent>;
  engine: PolicyEngine;
  agents: AgentIndex;
  accounts: Accounts;
  /** Looks at all open requests again. */
  judgeAll: () => void;
}

/** What a kind's changes are told to. */
interface Feed<T> {
  upsert(object: T): void;
  remove(name: string): void;
  /** The server's history went back: take the cache as it is now. */
  rebuild(): void;
}

/** Changes come in bursts, and what one Target is worth hangs on others: they are looked at together, this long after. */
const reexamineMs = 5_000;

/**
 * Feeds definitions to engine and agent index at once and in the order of their watches (freshness relies on that), and keeps
 * their own status through queues.
 */
export function superviseDefinitions(context: RoleContext, parts: DefinitionParts) {
  const { client, clock, logger, metrics, signal } = context;
  const { actions, policies, targets, agentObjects, engine, agents, accounts, judgeAll } = parts;
  const controllers: Controller[] = [];
  let timer: NodeJS.Timeout | undefined;

  function supervise<T extends Definition>(
    resource: Resource,
    informer: Informer<T>,
    feed: Feed<T>,
    examine: (object: T) => Finding,
    onChange: () => void = () => undefined,
  ) {
    const name = resource.plural.replace(/(ie)?s$/, (_, ie) => (ie === undefined ? "" : "y"));
    const queue = createQueue({ name, clock, metrics: metrics.queue });
    const gate = createGate(informer, logger);
    const changed = () => {
      onChange();
      judgeAll();
    };
    informer.on({
      add(object, { initial }) {
        feed.upsert(object);
        queue.add(keyOf(object), { priority: initial ? priority.initial : priority.normal });
        if (!initial) changed();
      },
      update(object, old) {
        queue.add(keyOf(object));
        // A change of status or annotations (the sentinels' above all) changes no decision.
        if (object.metadata.generation === old.metadata.generation && object.metadata.uid === old.metadata.uid) return;
        feed.upsert(object);
        changed();
      },
      delete(object) {
        feed.remove(keyOf(object));
        changed();
      },
      rewind: () => feed.rebuild(),
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
  );

  return { controllers, reexamineTargets };
}
