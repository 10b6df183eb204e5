/** Why an execution did not succeed. The codes are stable: they are in audit events and metrics. */
export type ExecutionErrorCode =
  | "PRECHECK_FAILED"
  | "NOT_OWNED"
  | "STATE_MISSING"
  | "BAD_DEFINITION"
  | "UNSUPPORTED"
  | "REFUSED"
  | "NO_ANSWER"
  | "ROLLOUT_FAILED"
  | "TIMED_OUT"
  | "LATE"
  | "ABORTED";

/**
 * `REFUSED`: the API server said no, nothing was changed. `NO_ANSWER`: it may or may not have been done.
 * `TIMED_OUT`: it was done, but did not come to its end in time. `LATE`: this process was too slow and did not act.
 */
export class ExecutionError extends Error {
  override readonly name = "ExecutionError";
  readonly code: ExecutionErrorCode;

  constructor(code: ExecutionErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
