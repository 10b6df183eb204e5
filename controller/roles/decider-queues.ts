import type { ActionPlan, ActionRequest } from "../api/types.ts";
import { DEPENDS_ON, dependsOn } from "../reconcilers/dependents.ts";
import {
  type Controller,
  createController,
  createGate,
  createQueue,
  type Gate,
  type Informer,
  type KubeObject,
  keyOf,
  priority,
  type ReconcileResult,
  type WorkQueue,
} from "../runtime/index.ts";
import type { RoleContext } from "./context.ts";

type Reconcile = (key: string) => Promise<ReconcileResult | undefined>;
type Leader = { isLeader(): boolean };

/** What waits to be judged: open requests and plans, and who is told when what they stand on changes. */
export interface DeciderQueues {
  /** Looks at all of them again. */
  judgeAll(): void;
  /** Looks again at those that stand on one of these keys, before what else waits: someone may have been stopped. */
  judgeDependents(keys: readonly string[]): void;
  requestController(lease: Leader, make: (gate: Gate) => Reconcile): Controller;
  planController(lease: Leader, make: (gate: Gate) => Reconcile): Controller;
}

/** Before fresh work: a stop must not wait behind it. */
const urgent = 100;
/** Name of the index of requests by the plan that they are steps of, as `<namespace>/<plan>`. */
const OF_PLAN = "plan";

export function createDeciderQueues(
  context: RoleContext,
  { requests, plans }: { requests: Informer<ActionRequest>; plans: Informer<ActionPlan> },
): DeciderQueues {
  const { clock, logger, metrics, settings } = context;
  const queue = (name: string) => createQueue({ name, clock, metrics: metrics.queue });
  const requestQueue = queue("actionrequest");
  const planQueue = queue("actionplan");
  requests.addIndex(DEPENDS_ON, dependsOn);
  plans.addIndex(DEPENDS_ON, dependsOn);
  requests.addIndex(OF_PLAN, (request) => [planKeyOf(request)].flatMap((key) => key ?? []));

  feed(requests, requestQueue, (request) => {
    const plan = planKeyOf(request);
    if (plan !== undefined) planQueue.add(plan);
  });
  // A step that nobody has claimed goes no further than its plan.
  feed(plans, planQueue, (plan) => {
    for (const request of requests.byIndex(OF_PLAN, keyOf(plan))) requestQueue.add(keyOf(request));
  });

  const dependents = <T extends KubeObject>(informer: Informer<T>, keys: readonly string[]) =>
    new Set(keys.flatMap((key) => informer.byIndex(DEPENDS_ON, key).map(keyOf)));

  const controller = (
    name: string,
    of: { queue: WorkQueue; informer: Parameters<typeof createGate>[0]; lease: Leader },
    make: (gate: Gate) => Reconcile,
  ) => {
    const gate = createGate(of.informer, logger);
    const reconcile = make(gate);
    return createController({
      ...{ name, gate, queue: of.queue, workers: settings.workers, metrics: metrics.controller, logger },
      reconcile: async (key) => (of.lease.isLeader() ? reconcile(key) : { requeueAfterMs: 1_000 }),
    });
  };

  return {
    judgeAll() {
      for (const request of requests.list()) requestQueue.add(keyOf(request));
      for (const plan of plans.list()) planQueue.add(keyOf(plan));
    },
    judgeDependents(keys) {
      for (const key of dependents(requests, keys)) requestQueue.add(key, { priority: urgent });
      for (const key of dependents(plans, keys)) planQueue.add(key, { priority: urgent });
    },
    requestController: (lease, make) =>
      controller("actionrequest", { queue: requestQueue, informer: requests, lease }, make),
    planController: (lease, make) => controller("actionplan", { queue: planQueue, informer: plans, lease }, make),
  };
}

/** Queues every object that comes or changes, and tells of it. One that left the selection is told of too. */
function feed<T extends KubeObject>(informer: Informer<T>, queue: WorkQueue, tell: (object: T) => void): void {
  informer.on({
    add(object, { initial }) {
      queue.add(keyOf(object), { priority: initial ? priority.initial : priority.normal });
      tell(object);
    },
    update(object) {
      queue.add(keyOf(object));
      tell(object);
    },
    delete: tell,
  });
}

function planKeyOf({ metadata, spec }: ActionRequest): string | undefined {
  return spec.planRef === undefined ? undefined : `${metadata.namespace}/${spec.planRef.name}`;
}
