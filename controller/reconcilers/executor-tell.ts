import { CONDITIONS } from "../api/constants.ts";
import type { ActionRequest, LogPosition } from "../api/types.ts";
import { AuditError } from "../audit/errors.ts";
import { expressionContext } from "../execution/context.ts";
import type { ExecutionReport } from "../execution/executor.ts";
import { planRollback } from "../execution/rollback.ts";
import { failpoint } from "../runtime/failpoint.ts";
import { outcomeEvent, requestEvent } from "./executor-events.ts";
import type { ExecutorScope } from "./executor-options.ts";
import { storeOutput } from "./executor-output.ts";
import type { Redeemable } from "./executor-redeem.ts";
import type { ExecutionStage } from "./executor-status.ts";
import { isOpen, isRecovering, readAgain, writeStageIfOpen } from "./executor-write.ts";

/** How a claimed execution went on. `superseded`: somebody else has taken it over, and has the last word. */
export type RunEnd = "finished" | "unknown" | "superseded" | "not-claimed";

/** An execution that this process has claimed and whose intent is in the log. */
export interface Claimed extends Redeemable {
  /** Monotonic ms. */
  claimedAt: number;
  /** RFC 3339. */
  startedAt: string;
  intent: LogPosition;
}

/** What came of it, and whether its credential is gone. */
export type Reported = ExecutionReport & { revoked: boolean };

/** Tells an end. While log or API server can't take it, the teller is kept, and the next reconcile of the request goes on with it. */
export async function tellUntilHeard(scope: ExecutorScope, uid: string, tell: () => Promise<RunEnd>): Promise<RunEnd> {
  scope.untold.set(uid, tell);
  const end = await tell();
  scope.untold.delete(uid);
  return end;
}

/** Writes the outcome to the log, then to the status; what was done already is not done again when it is called again. */
export function createTeller(scope: ExecutorScope, run: Claimed, report: Reported): () => Promise<RunEnd> {
  const finishedAt = new Date(scope.clock()).toISOString();
  let outcome: LogPosition | undefined;
  let stage: ExecutionStage | undefined;
  return async () => {
    const current = await currentOf(scope, run);
    if (current === undefined || !isOpen(current) || isRecovering(current, run.request)) return "superseded";
    const { result } = report;
    if (result === "UNKNOWN") return tellUnknown(scope, current, report);
    outcome ??= await append(scope, current, report, run.intent);
    failpoint("after-outcome-log");
    stage ??= await stageOf(scope, run, { report: { ...report, result }, outcome, finishedAt });
    return tellOutcome(scope, current, stage, report);
  };
}

/** A claim is left alone for a while, so right after it nobody can have taken the execution over; later one has to look. */
const UNDISTURBED_MS = 5_000;

async function currentOf(scope: ExecutorScope, run: Claimed): Promise<ActionRequest | undefined> {
  const undisturbed = Math.min(UNDISTURBED_MS, scope.times.graceMs);
  if (scope.monotonic() - run.claimedAt < undisturbed) return run.request;
  return readAgain(run.request, writeOptions(scope));
}

function writeOptions({ client, clock, times }: ExecutorScope) {
  return { client, clock, timeoutMs: times.callMs };
}

async function tellUnknown(
  scope: ExecutorScope,
  request: ActionRequest,
  { reason, message }: Reported,
): Promise<RunEnd> {
  const { origin, index } = await scope.audit.append(
    requestEvent(scope, request, "execution.unknown", { reason, message }),
  );
  await writeStageIfOpen(
    request,
    { kind: "unknown", message, stuck: false, record: { origin, index } },
    writeOptions(scope),
  );
  return "unknown";
}

interface Told {
  report: Reported & { result: Exclude<ExecutionReport["result"], "UNKNOWN"> };
  outcome: LogPosition;
  finishedAt: string;
}

async function stageOf(
  scope: ExecutorScope,
  run: Claimed,
  { report, outcome, finishedAt }: Told,
): Promise<ExecutionStage> {
  const { result, prechecks, output, before, after, diff, revoked } = report;
  const stored = await storeOutput(scope, run.request, report.secretOutput);
  const message = stored.problem === undefined ? report.message : `${report.message}; ${stored.problem}`;
  const execution = {
    ...{ attempt: run.ticket.attempt, executor: run.executor.name, startedAt: run.startedAt, finishedAt },
    ...{ result, reason: message.slice(0, 4096), output, before, after, diff: diff && { ...diff }, prechecks },
    ...(stored.name === undefined ? {} : { outputSecretRef: { name: stored.name } }),
  };
  const context = expressionContext({ ...run, request: identityOf(run.request), clock: scope.clock }, before);
  const rollback = result === "SUCCESS" ? planRollback(run.action, context) : undefined;
  return { kind: "finished", execution, rollback, intent: run.intent, outcome, settled: revoked };
}

async function tellOutcome(
  scope: ExecutorScope,
  current: ActionRequest,
  stage: ExecutionStage,
  { result, message }: Reported,
): Promise<RunEnd> {
  const written = await writeStageIfOpen(current, stage, writeOptions(scope));
  failpoint("after-status");
  if (written === undefined) return "superseded";
  const [type, reason] =
    result === "SUCCESS" || result === "SKIPPED"
      ? (["Normal", "Executed"] as const)
      : (["Warning", "ExecutionFailed"] as const);
  const { apiVersion, kind } = written;
  const regarding = { apiVersion, kind, ...identityOf(written) };
  scope.events?.emit({ regarding, type, reason, action: CONDITIONS.Executed, note: `${result}: ${message}` });
  return "finished";
}

/** Name, namespace and UID of a stored request. */
export function identityOf({ metadata }: ActionRequest): { uid: string; namespace: string; name: string } {
  const { uid = "", namespace = "", name } = metadata;
  return { uid, namespace, name };
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
