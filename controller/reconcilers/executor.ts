import { CONDITIONS, CREDENTIALS_NAMESPACE, DEFAULT_AUDIENCE } from "../api/constants.ts";
import type { ActionRequest } from "../api/types.ts";
import { sweepCredentials } from "../credentials/sweep.ts";
import { dryRunExecutor } from "../execution/dry-run.ts";
import { createDiscovery } from "../execution/kubernetes/discovery.ts";
import { createKubernetesExecutor } from "../execution/kubernetes/executor.ts";
import { createController, createQueue, isTrue, priority, type ReconcileResult } from "../runtime/index.ts";
import { requestEvent } from "./executor-events.ts";
import { createTargetLocks } from "./executor-locks.ts";
import { defaultTimes, type ExecutorReconcilerOptions, type ExecutorScope } from "./executor-options.ts";
import { awaitsPerson, recover } from "./executor-recover.ts";
import { hasOpenTicket, type Redeemable, RefusalError, redeem } from "./executor-redeem.ts";
import { claim, runClaimed } from "./executor-run.ts";
import { settle } from "./executor-settle.ts";
import { tellUntilHeard } from "./executor-tell.ts";
import { readAgain } from "./executor-write.ts";
import { createLiveReads } from "./live-reads.ts";

/** Refusals that may pass by themselves while the ticket lives. */
const PASSING = new Set(["UNKNOWN_KEY", "NOT_YET_VALID", "KEYS_MALFORMED"]);
/** Longer than any action's timeout: an execution ends by its own deadline, not by this. */
const RECONCILE_TIMEOUT_MS = 24 * 3_600_000;
const REMEMBERED_REFUSALS = 10_000;

export interface ExecutorReconciler {
  /** Watches requests and executes tickets until `stop`. */
  start(): void;
  /** Takes no more tickets and waits for what runs; a wait for a rollout is broken off and told as such. */
  stop(): Promise<void>;
  /** Requests that are being executed right now. */
  readonly running: number;
}

/**
 * The executor: takes tickets of its audience, does what they say exactly once, and finds out the end of what a process
 * that died had begun. It needs a synced informer of unsettled requests; everything that matters it reads live.
 */
export function createExecutorReconciler(options: ExecutorReconcilerOptions): ExecutorReconciler {
  const { client, clock, logger, informers } = options;
  const stopping = new AbortController();
  const times = { ...defaultTimes, ...options.times };
  const executors = [
    createKubernetesExecutor({ discovery: createDiscovery(client, clock), callTimeoutMs: times.callMs }),
    dryRunExecutor,
    ...(options.executors ?? []),
  ];
  const scope: ExecutorScope = {
    ...options,
    times,
    audiences: options.audiences ?? [DEFAULT_AUDIENCE],
    credentialsNamespace: options.credentialsNamespace ?? CREDENTIALS_NAMESPACE,
    executor: (name) => executors.find((executor) => executor.name === name),
    reads: createLiveReads(client, times.callMs),
    running: new Set(),
    untold: new Map(),
    stopping: stopping.signal,
  };
  const queue = createQueue({ name: "executor", clock, metrics: options.queueMetrics });
  const locks = createTargetLocks();
  const refused = new Set<string>();

  async function reconcile(key: string): Promise<ReconcileResult | undefined> {
    const cached = informers.requests.get(key);
    const uid = cached?.metadata.uid;
    if (cached === undefined || uid === undefined || cached.status?.settled === true || scope.running.has(uid))
      return undefined;
    const tell = scope.untold.get(uid);
    if (tell !== undefined) {
      await tellUntilHeard(scope, uid, tell);
      return undefined;
    }
    if (cached.status?.claim !== undefined) {
      if (isTrue(cached.status.conditions, CONDITIONS.Finished)) return settle(scope, cached);
      return awaitsPerson(cached) ? undefined : recover(scope, cached);
    }
    if (!hasOpenTicket(cached, scope.audiences, clock())) return undefined;
    if (!mayClaim()) return { requeueAfterMs: times.retryMs };
    return take(key, cached, uid);
  }

  function mayClaim(): boolean {
    return scope.guard.ready() && scope.keys.ready() && scope.audit.unavailable() === "" && !stopping.signal.aborted;
  }

  async function take(key: string, cached: ActionRequest, uid: string): Promise<ReconcileResult | undefined> {
    let redeemable: Redeemable | undefined;
    try {
      redeemable = await redeem(scope, cached);
    } catch (error) {
      if (!(error instanceof RefusalError)) throw error;
      const again = await refuse(cached, error);
      return error.code === "INTENT_EXISTS" ? tellFromLog(cached) : again;
    }
    if (redeemable === undefined) return undefined;
    // Two effects on one object at a time would make nonsense of both their states before and after.
    const free = redeemable.executor.needsCredential
      ? locks.take(redeemable.target.metadata.uid ?? "", () => queue.add(key))
      : () => undefined;
    if (free === undefined) return undefined;
    scope.running.add(uid);
    try {
      const end = await runClaimed(scope, redeemable);
      logger.info({ request: key, uid, end }, "execution ended");
      return end === "unknown" ? { requeueAfterMs: times.retryMs } : undefined;
    } finally {
      scope.running.delete(uid);
      free();
    }
  }

  /**
   * The log knows of an execution that the request does not, as after the restore of an older etcd. The ticket is claimed but
   * not carried out: from its claim on the request is one whose end is to be told, and the log, or a look, has it.
   */
  async function tellFromLog(seen: ActionRequest): Promise<ReconcileResult | undefined> {
    const request = await readAgain(seen, { client, clock, timeoutMs: times.callMs });
    const ticket = request?.status?.ticket;
    if (request === undefined || ticket === undefined || !hasOpenTicket(request, scope.audiences, clock()))
      return undefined;
    const claimed = await claim(scope, { request, ticket }, new Date(clock()).toISOString());
    return claimed === undefined ? { requeueAfterMs: times.retryMs } : recover(scope, claimed);
  }

  async function refuse(request: ActionRequest, error: RefusalError): Promise<ReconcileResult | undefined> {
    const { uid, name, namespace } = request.metadata;
    const again = PASSING.has(error.code) ? { requeueAfterMs: times.retryMs } : undefined;
    const once = `${uid}/${request.status?.ticket?.id}/${error.code}`;
    if (refused.has(once)) return again;
    scope.metrics?.refused(error.code);
    logger.warn({ request: name, namespace, code: error.code, err: error }, "ticket refused");
    await scope.audit.append(
      requestEvent(scope, request, "ticket.rejected", {
        code: error.code,
        message: error.message,
        ticket: request.status?.ticket?.id,
      }),
    );
    // Only what is on record is known: while the log is away, it is told again.
    if (refused.size >= REMEMBERED_REFUSALS) refused.clear();
    refused.add(once);
    const { apiVersion, kind } = request;
    scope.events?.emit({
      regarding: { apiVersion, kind, name, namespace, uid },
      type: "Warning",
      reason: "TicketRefused",
      action: "Redeem",
      note: error.message,
    });
    return again;
  }

  async function sweep(): Promise<void> {
    if (!informers.requests.hasSynced || !scope.lease.isLeader()) return;
    const open = new Set(informers.requests.list().map(({ metadata }) => metadata.uid));
    const isOpen = (uid: string) => open.has(uid) || scope.running.has(uid);
    await sweepCredentials({
      client,
      namespace: scope.credentialsNamespace,
      isOpen,
      clock,
      timeoutMs: times.callMs,
      logger,
    });
  }

  const controller = createController({
    name: "executor",
    queue,
    reconcile,
    workers: options.workers ?? 32,
    timeoutMs: RECONCILE_TIMEOUT_MS,
    metrics: options.controllerMetrics,
    logger,
  });
  let stopWatching: () => void = () => undefined;
  let sweeper: NodeJS.Timeout | undefined;
  const enqueue = ({ metadata: { namespace, name } }: ActionRequest, rank: number = priority.normal) =>
    void queue.add(`${namespace}/${name}`, { priority: rank });

  return {
    start() {
      stopWatching = informers.requests.on({
        add: (request, { initial }) => enqueue(request, initial ? priority.initial : priority.normal),
        update: (request) => enqueue(request),
      });
      controller.start();
      sweeper = setInterval(() => {
        sweep().catch((error: unknown) => logger.warn({ err: error }, "credentials were not swept"));
      }, times.sweepMs);
      sweeper.unref();
    },
    async stop() {
      stopWatching();
      clearInterval(sweeper);
      stopping.abort();
      await controller.stop();
    },
    get running() {
      return scope.running.size;
    },
  };
}
