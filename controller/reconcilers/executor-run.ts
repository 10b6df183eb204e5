import { ACTION_REQUESTS, CONDITIONS } from "../api/constants.ts";
import { parseDuration } from "../api/duration.ts";
import type { ActionRequest, LogPosition, RequestClaim } from "../api/types.ts";
import { AuditError } from "../audit/errors.ts";
import { CredentialError } from "../credentials/errors.ts";
import type { Credential } from "../credentials/issue.ts";
import { expressionContext } from "../execution/context.ts";
import { ExecutionError } from "../execution/errors.ts";
import type { ExecutionInput, ExecutionReport } from "../execution/executor.ts";
import { planRollback } from "../execution/rollback.ts";
import { failpoint } from "../runtime/failpoint.ts";
import { isKubeError } from "../runtime/index.ts";
import { obtainCredential, withdrawCredential } from "./executor-credential.ts";
import { outcomeEvent, requestEvent } from "./executor-events.ts";
import type { ExecutorScope } from "./executor-options.ts";
import type { Redeemable } from "./executor-redeem.ts";
import { isOpen, isRecovering, readAgain, writeStage, writeStageIfOpen } from "./executor-write.ts";

const DEFAULT_TIMEOUT = "5m";

/** How a claimed execution went on. `superseded`: somebody else has taken it over, and has the last word. */
export type RunEnd = "finished" | "unknown" | "superseded" | "not-claimed";

/**
 * Takes a ticket and does what it says: claim, intent, credential, effect, outcome, in this order; each is durable before
 * the next begins. Throws when a step can't be done now; what was begun is then found again by its claim and recovered.
 */
export async function runClaimed(scope: ExecutorScope, redeemable: Redeemable): Promise<RunEnd> {
  const { clock, monotonic, holder, times, client } = scope;
  const { ticket } = redeemable;
  const claimedAt = monotonic();
  const startedAt = new Date(clock()).toISOString();
  const write = { client, clock, timeoutMs: times.callMs };
  const claim: RequestClaim = { attempt: ticket.attempt, ticketId: ticket.id, holder, at: startedAt };
  failpoint("before-claim");
  let request: ActionRequest;
  try {
    request = await writeStage(redeemable.request, { kind: "claimed", claim }, write);
  } catch (error) {
    // Somebody else claimed it, or the controller took the ticket back: both are as good as if we had never asked.
    if (isKubeError(error, "CONFLICT", "NOT_FOUND", "INVALID", "FORBIDDEN")) {
      scope.logger.info({ request: redeemable.request.metadata.name, err: error }, "the ticket could not be claimed");
      return "not-claimed";
    }
    throw error;
  }
  failpoint("after-claim");

  const intent = await scope.audit.append(intentEvent(scope, request, redeemable));
  failpoint("after-intent");
  const run: Claimed = {
    ...redeemable,
    request,
    claimedAt,
    startedAt,
    intent: { origin: intent.origin, index: intent.index },
  };
  const report = await execute(scope, run);
  if (report === "superseded") return "superseded";
  scope.metrics?.executed(report.result);
  return tellUntilHeard(scope, request.metadata.uid ?? "", createTeller(scope, run, report));
}

/** Tells an end. While log or API server can't take it, the teller is kept, and the next reconcile of the request goes on with it. */
export async function tellUntilHeard(scope: ExecutorScope, uid: string, tell: () => Promise<RunEnd>): Promise<RunEnd> {
  scope.untold.set(uid, tell);
  const end = await tell();
  scope.untold.delete(uid);
  return end;
}

function createTeller(scope: ExecutorScope, run: Claimed, report: Reported): () => Promise<RunEnd> {
  const write = { client: scope.client, clock: scope.clock, timeoutMs: scope.times.callMs };
  const finishedAt = new Date(scope.clock()).toISOString();
  let outcome: LogPosition | undefined;
  return async () => {
    const current = await readAgain(run.request, write);
    if (current === undefined || !isOpen(current) || isRecovering(current, run.request)) return "superseded";
    if (report.result === "UNKNOWN") return tellUnknown(scope, { ...run, request: current }, report);
    // It is recorded once, however often its telling is tried.
    outcome ??= await append(scope, current, report, run.intent);
    failpoint("after-outcome-log");
    return tellOutcome(scope, run, { current, report: { ...report, result: report.result }, outcome, finishedAt });
  };
}

interface Claimed extends Redeemable {
  /** Monotonic ms. */
  claimedAt: number;
  startedAt: string;
  intent: LogPosition;
}

type Reported = ExecutionReport & { revoked: boolean };

async function execute(scope: ExecutorScope, run: Claimed): Promise<Reported | "superseded"> {
  let credential: Credential | null = null;
  try {
    if (run.executor.needsCredential) credential = await obtainCredential(scope, run);
  } catch (error) {
    if (!(error instanceof CredentialError)) throw error;
    scope.logger.warn({ request: run.request.metadata.name, code: error.code, err: error }, "no credential");
    if (error.code === "FENCED") return "superseded";
    return { result: "ERROR", reason: error.code, message: error.message, prechecks: [], revoked: true };
  }
  failpoint("after-credential");
  try {
    const report = await run.executor.execute(inputOf(scope, run, credential));
    return { ...report, revoked: await withdraw(scope, run.request, credential) };
  } catch (error) {
    await withdraw(scope, run.request, credential);
    throw error;
  }
}

async function withdraw(scope: ExecutorScope, request: ActionRequest, credential: Credential | null): Promise<boolean> {
  const revoked = await withdrawCredential(scope, request, credential);
  failpoint("after-revoke");
  return revoked;
}

/** What an executor is given for one claimed request. */
export function inputOf(scope: ExecutorScope, run: Claimed, credential: Credential | null): ExecutionInput {
  const { clock, monotonic, times, client } = scope;
  const { action, target, params, ticket, request } = run;
  const { uid = "", namespace = "", name } = request.metadata;
  const keepBefore = action.spec.execution.observe?.includes("before_state") ?? false;
  const write = { client, clock, timeoutMs: times.callMs };
  return {
    ...{ action, target, params, clock, client: credential?.client ?? null },
    request: { uid, namespace, name },
    headers: auditHeaders(ticket.id, uid),
    signal: AbortSignal.any([
      scope.stopping,
      AbortSignal.timeout(parseDuration(action.spec.execution.timeout ?? DEFAULT_TIMEOUT)),
    ]),
    assertMayAct() {
      if (scope.stopping.aborted) throw new ExecutionError("ABORTED", "the executor was stopped before it acted");
      const late = monotonic() - run.claimedAt;
      if (late <= times.actWindowMs && scope.guard.ready()) return;
      throw new ExecutionError(
        "LATE",
        late > times.actWindowMs
          ? `the executor was too slow (${Math.round(late)} ms) and did not act`
          : "the guard is not ready",
      );
    },
    async onBefore(before) {
      if (!keepBefore) return;
      // Kept for the one who has to find out, after a crash, whether it was done.
      const execution = { attempt: ticket.attempt, executor: run.executor.name, startedAt: run.startedAt, before };
      const { resourceVersion = "" } = run.request.metadata;
      const body = { metadata: { resourceVersion, uid }, status: { execution } };
      const written = await keep(scope, run.request, body, write.timeoutMs);
      run.request = written;
    },
    onStep: failpoint,
  };
}

async function keep(
  { client }: ExecutorScope,
  request: ActionRequest,
  body: { metadata: { resourceVersion: string; uid: string }; status: unknown },
  timeoutMs: number,
): Promise<ActionRequest> {
  const { name, namespace } = request.metadata;
  try {
    return await client.patchStatus<ActionRequest>(ACTION_REQUESTS, { name, namespace }, body, { timeoutMs });
  } catch (cause) {
    throw new ExecutionError("ABORTED", "the state before could not be kept, so nothing was done", { cause });
  }
}

/** The ticket's id is a UUID: the API server keeps it as the id of its own audit event. */
export function auditHeaders(ticketId: string, requestUid: string): Record<string, string> {
  return { "audit-id": ticketId, "user-agent": `agent-safe-executor (request/${requestUid})` };
}

function intentEvent(
  scope: ExecutorScope,
  request: ActionRequest,
  { ticket, action, params, executor, agent }: Redeemable,
) {
  return requestEvent(scope, request, "execution.intent", {
    ticket: ticket.id,
    executor: executor.name,
    agent: agent.spec.agentId ?? agent.metadata.name,
    action: action.metadata.name,
    params: Object.keys(params).toSorted(),
    decision: request.status?.audit?.decision,
  });
}

async function tellUnknown(scope: ExecutorScope, run: Claimed, report: Reported): Promise<RunEnd> {
  const { client, clock, times } = scope;
  const record = await scope.audit.append(
    requestEvent(scope, run.request, "execution.unknown", { reason: report.reason, message: report.message }),
  );
  const stage = {
    kind: "unknown",
    message: report.message,
    stuck: false,
    record: { origin: record.origin, index: record.index },
  } as const;
  await writeStageIfOpen(run.request, stage, { client, clock, timeoutMs: times.callMs });
  return "unknown";
}

interface Told {
  current: ActionRequest;
  report: Reported & { result: Exclude<ExecutionReport["result"], "UNKNOWN"> };
  outcome: LogPosition;
  finishedAt: string;
}

async function tellOutcome(
  scope: ExecutorScope,
  run: Claimed,
  { current, report, outcome, finishedAt }: Told,
): Promise<RunEnd> {
  const { client, clock, times } = scope;
  const { result, message, prechecks, output, before, after, diff, revoked } = report;
  const execution = {
    ...{ attempt: run.ticket.attempt, executor: run.executor.name, startedAt: run.startedAt, finishedAt },
    ...{ result, reason: message.slice(0, 4096), output, before, after, diff: diff && { ...diff }, prechecks },
  };
  const context = expressionContext(inputOf(scope, run, null), before);
  const rollback = result === "SUCCESS" ? planRollback(run.action, context) : undefined;
  const stage = { kind: "finished", execution, rollback, intent: run.intent, outcome, settled: revoked } as const;
  const written = await writeStageIfOpen(current, stage, { client, clock, timeoutMs: times.callMs });
  failpoint("after-status");
  if (written === undefined) return "superseded";
  const [type, reason] =
    result === "SUCCESS" || result === "SKIPPED"
      ? (["Normal", "Executed"] as const)
      : (["Warning", "ExecutionFailed"] as const);
  const { apiVersion, kind, metadata } = written;
  const regarding = { apiVersion, kind, name: metadata.name, namespace: metadata.namespace, uid: metadata.uid };
  scope.events?.emit({ regarding, type, reason, action: CONDITIONS.Executed, note: `${result}: ${message}` });
  return "finished";
}

/** An outcome that is too large to be told is told without its particulars rather than not at all. */
async function append(
  scope: ExecutorScope,
  request: ActionRequest,
  report: Reported,
  intent: LogPosition,
): Promise<LogPosition> {
  const extra = { intent: intent.index, revoked: report.revoked };
  try {
    const { origin, index } = await scope.audit.append(outcomeEvent(scope, request, report, extra));
    return { origin, index };
  } catch (error) {
    if (!(error instanceof AuditError) || error.retryable) throw error;
    scope.logger.error({ err: error }, "the outcome does not fit into the log; its short form is kept");
    const { result, reason } = report;
    const { origin, index } = await scope.audit.append(
      outcomeEvent(scope, request, { result, reason, message: reason }, extra),
    );
    return { origin, index };
  }
}
