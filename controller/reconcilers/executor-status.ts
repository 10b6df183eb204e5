import { CONDITIONS, type ReadyReason } from "../api/constants.ts";
import type {
  ActionRequest,
  ActionRequestStatus,
  LogPosition,
  RequestClaim,
  RequestExecution,
  RequestRollback,
} from "../api/types.ts";
import { removeCondition, type Summary, setCondition, summarise } from "../runtime/index.ts";
import { hasOpenRound } from "./round-next.ts";

/** What the executor has to say about a request. Every status it writes is computed from one of these. */
export type ExecutionStage =
  | { kind: "claimed"; claim: RequestClaim }
  /** Begun, and its end was not seen. `stuck`: nothing can be observed, a person has to say. */
  | { kind: "unknown"; message: string; stuck: boolean; record?: LogPosition }
  | {
      kind: "finished";
      execution: RequestExecution & { result: NonNullable<RequestExecution["result"]>; reason: string };
      rollback?: RequestRollback;
      intent?: LogPosition;
      outcome: LogPosition;
      /** The credential is gone, nothing is left to do. */
      settled: boolean;
    }
  | { kind: "settled" };

type Told = { executed: "True" | "False" | "Unknown"; executedReason: string } & Omit<Summary, "generation">;

const MAX_MESSAGE = 1024;

/**
 * The whole status of `request` at a stage of its execution, `now` being RFC 3339. Pure. What the controller wrote is
 * carried over untouched.
 */
export function executionStatus(request: ActionRequest, stage: ExecutionStage, now: string): ActionRequestStatus {
  const before = request.status ?? {};
  // What is left to do at an approval provider comes first; the controller says when it is done.
  if (stage.kind === "settled") return hasOpenRound(request) ? before : { ...before, settled: true };
  const generation = request.metadata.generation ?? 1;
  const told = tell(stage);
  const message = told.message.slice(0, MAX_MESSAGE);
  const observed = { message, observedGeneration: generation };

  let conditions = setCondition(
    before.conditions,
    { type: CONDITIONS.Executed, status: told.executed, reason: told.executedReason, ...observed },
    now,
  );
  conditions =
    stage.kind === "finished"
      ? setCondition(conditions, { type: CONDITIONS.Finished, status: "True", reason: told.reason, ...observed }, now)
      : removeCondition(conditions, CONDITIONS.Finished);
  const { executed: _, executedReason: __, ...summary } = told;
  const status: ActionRequestStatus = {
    ...before,
    ...summarise(
      { conditions, observedGeneration: before.observedGeneration },
      { ...summary, message, generation },
      now,
    ),
  };
  if (stage.kind === "claimed") status.claim = stage.claim;
  if (stage.kind === "unknown" && stage.record !== undefined)
    status.audit = { ...before.audit, last: stage.record.index };
  if (stage.kind === "finished") {
    const { execution, rollback, intent, outcome, settled } = stage;
    status.execution = execution;
    if (rollback !== undefined) status.rollback = rollback;
    status.audit = { ...before.audit, ...(intent ? { intent } : {}), outcome, last: outcome.index };
    if (settled && !hasOpenRound(request)) status.settled = true;
  }
  return status;
}

function tell(stage: Exclude<ExecutionStage, { kind: "settled" }>): Told & { reason: ReadyReason } {
  switch (stage.kind) {
    case "claimed":
      return {
        ...{ executed: "Unknown", executedReason: "Executing", state: "reconciling", reason: "Executing" },
        message: `Executor ${stage.claim.holder} took ticket ${stage.claim.ticketId}.`,
      };
    case "unknown":
      return {
        ...{ executed: "Unknown", executedReason: "OutcomeUnknown", reason: "OutcomeUnknown", message: stage.message },
        ...(stage.stuck ? { state: "stalled" } : { state: "reconciling", progressReason: "Verifying" }),
      };
    case "finished":
      return { ...ends[stage.execution.result], message: stage.execution.reason };
  }
}

const ends: Record<NonNullable<RequestExecution["result"]>, Omit<Told, "message"> & { reason: ReadyReason }> = {
  SUCCESS: { executed: "True", executedReason: "Succeeded", state: "ready", reason: "Succeeded" },
  SKIPPED: { executed: "False", executedReason: "Skipped", state: "ready", reason: "DryRun" },
  TIMEOUT: { executed: "False", executedReason: "TimedOut", state: "stalled", reason: "TimedOut" },
  FAILURE: { executed: "False", executedReason: "Failed", state: "stalled", reason: "Failed" },
  ERROR: { executed: "False", executedReason: "Error", state: "stalled", reason: "Failed" },
};
