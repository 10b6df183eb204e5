import { randomUUID } from "node:crypto";
import {
  ACTION_POLICIES,
  ACTION_REQUESTS,
  ACTIONS,
  AGENTS,
  CONTROLLER_ENDPOINT_NAME,
  roleUsername,
  SERVICE_ACCOUNTS,
  TARGETS,
  ticketIssuer,
} from "../api/constants.ts";
import type { Action, ActionPolicy, ActionRequest, Agent, Target } from "../api/types.ts";
import { AgentIndex } from "../identity/agent-index.ts";
import { PolicyEngine } from "../policy/engine.ts";
import { createAccounts } from "../reconcilers/accounts.ts";
import { createAuditStatus } from "../reconcilers/audit-status.ts";
import { createFreshness } from "../reconcilers/freshness.ts";
import { createLiveReads } from "../reconcilers/live-reads.ts";
import { every } from "../reconcilers/periodic.ts";
import { rejectionRecorder } from "../reconcilers/rejection-record.ts";
import { createRejectionsEndpoint } from "../reconcilers/rejections.ts";
import { createRequestReconciler } from "../reconcilers/request.ts";
import { createRequestMetrics } from "../reconcilers/request-metrics.ts";
import { createRetention } from "../reconcilers/retention.ts";
import {
  type Controller,
  createController,
  createGate,
  createQueue,
  type Informer,
  type KubeObject,
  keyOf,
  parseAddress,
  priority,
  progressCheck,
  syncedCheck,
} from "../runtime/index.ts";
import { issueTicket } from "../tickets/issue.ts";
import { createTicketKeys } from "../tickets/keys.ts";
import { createRoleEvents, createRoleGuard, createRoleLease, inform } from "./common.ts";
import type { RoleContext, RunningRole } from "./context.ts";
import { superviseDefinitions } from "./definitions.ts";
import { createRoleLog } from "./log.ts";

const minuteMs = 60_000;

/** The decider: informers feed the engine and the queues, one reconciler judges, a few keep the house. */
export async function runController(context: RoleContext): Promise<RunningRole> {
  const { client, clock, logger, metrics, settings } = context;
  // Work ends before the log and the lease do, so the informers have a signal of their own.
  const working = new AbortController();
  const controllers: Controller[] = [];

  const actions = inform<Action>(context, ACTIONS);
  const policies = inform<ActionPolicy>(context, ACTION_POLICIES);
  const targets = inform<Target>(context, TARGETS);
  const agentObjects = inform<Agent>(context, AGENTS);
  const requests = inform<ActionRequest>(context, ACTION_REQUESTS, "status.settled!=true");
  const accountObjects = inform<KubeObject>(context, SERVICE_ACCOUNTS, undefined, settings.credentialsNamespace);
  const accounts = createAccounts(
    (name) => accountObjects.get(`${settings.credentialsNamespace}/${name}`) !== undefined,
  );
  const informers: readonly Startable[] = [actions, policies, targets, agentObjects, requests, accountObjects];

  const engine = new PolicyEngine({ profile: "strict" });
  const agents = new AgentIndex();
  const queue = (name: string) => createQueue({ name, clock, metrics: metrics.queue });
  const requestQueue = queue("actionrequest");
  const judgeAll = () => {
    for (const request of requests.list()) requestQueue.add(keyOf(request));
  };

  const audit = createRoleLog(context, judgeAll);
  const keys = createTicketKeys({
    client,
    namespace: settings.systemNamespace,
    issuer: ticketIssuer(context.clusterUid),
    clock,
    newKeyId: randomUUID,
    logger,
  });
  const guard = createRoleGuard(context, "controller");
  const events = createRoleEvents(context, "controller");
  const lease = createRoleLease(context, "controller");

  const definitions = superviseDefinitions(context, {
    actions,
    policies,
    targets,
    agentObjects,
    engine,
    agents,
    accounts,
    judgeAll,
  });
  controllers.push(...definitions.controllers);
  accountObjects.on({
    add: (_, { initial }) => {
      if (initial) return;
      definitions.reexamineTargets();
      judgeAll();
    },
    delete: definitions.reexamineTargets,
  });

  const requestGate = createGate(requests, logger);
  requests.on({
    add: (request, { initial }) =>
      void requestQueue.add(keyOf(request), { priority: initial ? priority.initial : priority.normal }),
    update: (request) => void requestQueue.add(keyOf(request)),
  });
  const reconcile = createRequestReconciler({
    client,
    requests,
    engine,
    agents,
    accounts,
    freshness: createFreshness({
      client,
      reads: createLiveReads(client, 10_000),
      engine,
      agents,
      policies,
      targets,
      nonce: randomUUID,
      timeoutMs: 10_000,
    }),
    audit,
    guard,
    gate: requestGate,
    issueTicket: (subject) => issueTicket(keys.signer(), subject, { now: clock() }),
    newTicketId: randomUUID,
    clock,
    decisionTimeoutMs: settings.decisionTimeoutMs,
    events,
    metrics: createRequestMetrics(metrics.registry),
  });
  controllers.push(
    createController({
      name: "actionrequest",
      queue: requestQueue,
      reconcile: async (key) => (lease.isLeader() ? reconcile(key) : { requeueAfterMs: 1_000 }),
      gate: requestGate,
      workers: settings.workers,
      metrics: metrics.controller,
      logger,
    }),
  );

  const rejections = createRejectionsEndpoint({
    client,
    clock,
    logger,
    configMap: { namespace: settings.systemNamespace, name: CONTROLLER_ENDPOINT_NAME },
    url: settings.rejectionsUrl,
    username: roleUsername("webhook", settings.systemNamespace),
    record: rejectionRecorder(audit),
  });
  const background = startBackground(context, working.signal, {
    informers,
    guard,
    keys,
    audit,
    rejections,
    lease,
    onLeading: () => {
      for (const controller of controllers) controller.start();
      logger.info({ requests: requests.size }, "leading: requests are decided");
    },
  });

  return {
    health: { informers: progressCheck(informers, clock) },
    ready: {
      informers: syncedCheck(informers),
      audit: () => audit.unavailable() || true,
      guard: () => guard.ready() || guard.reason(),
      keys: () => keys.ready() || "no ticket key yet",
    },
    async stop() {
      await Promise.all(controllers.map((controller) => controller.stop()));
      working.abort();
      await Promise.allSettled(background);
      await events.flush(2_000);
      await rejections.close();
      await audit.close();
      await lease.stop();
    },
  };
}

/** What is done with all informers alike, whatever they hold. */
type Startable = Pick<Informer<KubeObject>, "start" | "synced" | "hasSynced" | "lastEventAt" | "resource">;

interface Background {
  informers: readonly Startable[];
  guard: { start(signal: AbortSignal): Promise<void> };
  keys: { start(signal: AbortSignal): Promise<void> };
  audit: ReturnType<typeof createRoleLog>;
  rejections: ReturnType<typeof createRejectionsEndpoint>;
  lease: { start(): Promise<void> };
  onLeading: () => void;
}

/** Starts everything that runs beside the reconcilers, and the reconcilers once caches are full and the lease is held. */
function startBackground(context: RoleContext, signal: AbortSignal, parts: Background): Promise<unknown>[] {
  const { client, clock, logger, settings } = context;
  const fatal = (what: string) => (error: unknown) => {
    if (!signal.aborted) context.die(`${what} failed: ${error instanceof Error ? error.message : String(error)}`);
  };
  const { host = "0.0.0.0", port } = parseAddress(settings.rejectionsAddress);
  const retention = createRetention({ client, clock, ttlMs: settings.finishedTtlMs, logger });
  const auditStatus = createAuditStatus({ client, clock, role: context.role, audit: parts.audit });
  const leading = Promise.all([...parts.informers.map((informer) => informer.synced), parts.lease.start()]).then(
    parts.onLeading,
  );
  return [
    ...parts.informers.map((informer) => informer.start(signal)),
    parts.guard.start(signal),
    parts.keys.start(signal).catch(fatal("the ticket key ring")),
    parts.audit.start(signal),
    parts.rejections
      .listen(host, port)
      .then(() => parts.rejections.run(signal))
      .catch(fatal("the rejections endpoint")),
    leading.catch(fatal("starting")),
    every(10_000, auditStatus, { signal, logger, name: "audit status" }),
    every(10 * minuteMs, () => retention(signal), { signal, logger, name: "retention" }),
  ];
}
