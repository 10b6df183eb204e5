import { join } from "node:path";
import { ACTION_REQUESTS, roleUsername, ticketIssuer } from "../api/constants.ts";
import type { ActionRequest } from "../api/types.ts";
import { createAuditStatus } from "../reconcilers/audit-status.ts";
import { createExecutorReconciler } from "../reconcilers/executor.ts";
import { executorHolder } from "../reconcilers/executor-holder.ts";
import { createExecutorMetrics } from "../reconcilers/executor-metrics.ts";
import { every } from "../reconcilers/periodic.ts";
import { progressCheck, syncedCheck } from "../runtime/index.ts";
import { createTicketVerifierKeys } from "../tickets/verifier-keys.ts";
import { createRoleEvents, createRoleGuard, createRoleLease, inform } from "./common.ts";
import type { RoleContext, RunningRole } from "./context.ts";
import { createRoleLog } from "./log.ts";

/** The executor: redeems tickets of its audience, and recovers what others began while it holds the lease. */
export async function runExecutor(context: RoleContext): Promise<RunningRole> {
  const { client, clock, logger, metrics, settings } = context;
  const working = new AbortController();
  const requests = inform<ActionRequest>(context, ACTION_REQUESTS, "status.settled!=true");
  const audit = createRoleLog(context, () => undefined);
  const keys = createTicketVerifierKeys({ client, namespace: settings.systemNamespace, clock, logger });
  const guard = createRoleGuard(context, "executor");
  const lease = createRoleLease(context, "executor");
  const events = createRoleEvents(context, "executor");
  const executor = createExecutorReconciler({
    client,
    transport: context.transport,
    informers: { requests },
    audit,
    keys,
    guard,
    lease,
    clock,
    monotonic: context.monotonic,
    issuer: ticketIssuer(context.clusterUid),
    holder: await executorHolder(context.holder, join(settings.auditDir, context.role)),
    identity: roleUsername("executor", settings.systemNamespace),
    credentialsNamespace: settings.credentialsNamespace,
    workers: settings.workers,
    events,
    metrics: createExecutorMetrics(metrics.registry),
    controllerMetrics: metrics.controller,
    queueMetrics: metrics.queue,
    logger,
  });

  const auditStatus = createAuditStatus({ client, clock, role: context.role, audit });
  const leading = lease.start();
  const background = [
    requests.start(working.signal),
    guard.start(working.signal),
    keys.start(working.signal),
    audit.start(working.signal),
    every(10_000, auditStatus, { signal: working.signal, logger, name: "audit status" }),
    // Tickets are safe with any number of executors; the lease only says who recovers.
    requests.synced.then(() => executor.start()),
    leading,
  ];
  for (const part of background) {
    part.catch((error: unknown) => {
      if (!working.signal.aborted)
        context.die(`starting failed: ${error instanceof Error ? error.message : String(error)}`);
    });
  }

  return {
    health: { informers: progressCheck([requests], clock) },
    ready: {
      informers: syncedCheck([requests]),
      audit: () => audit.unavailable() || true,
      guard: () => guard.ready() || guard.reason(),
      keys: () => keys.ready() || "no public ticket key yet",
    },
    async stop() {
      await executor.stop();
      working.abort();
      await events.flush(2_000);
      await audit.close();
      await lease.stop();
      await Promise.allSettled(background);
    },
  };
}
