import type { ActionRequest } from "../api/types.ts";
import { auditable } from "../audit/canonical.ts";
import type { EventInput } from "../audit/event.ts";
import type { ExecutionReport } from "../execution/executor.ts";
import { capText } from "../execution/limits.ts";
import type { ExecutorScope } from "./executor-options.ts";

const MAX_TEXT_BYTES = 2048;

/** An event about a request, in the form of the log. */
export function requestEvent(
  scope: Pick<ExecutorScope, "identity" | "holder">,
  request: ActionRequest,
  type: EventInput["type"],
  data: Record<string, unknown>,
): EventInput {
  const { uid = "", namespace, name } = request.metadata;
  const attempt = request.status?.claim?.attempt ?? request.status?.ticket?.attempt;
  return {
    type,
    action: { uid, ns: namespace, name, ref: request.spec.action, ...(attempt === undefined ? {} : { attempt }) },
    actor: { kind: "executor", username: scope.identity, holder: scope.holder },
    target: { id: request.spec.target },
    data: auditable({ ...data, ticketId: request.spec.ticketId }) as Record<string, unknown>,
  };
}

/** The outcome of an execution; the states are blobs beside the log, since they may be large. */
export function outcomeEvent(
  scope: Pick<ExecutorScope, "identity" | "holder">,
  request: ActionRequest,
  report: Pick<ExecutionReport, "result" | "reason" | "message"> & Partial<ExecutionReport>,
  extra: Record<string, unknown>,
): EventInput {
  const { result, reason, message, prechecks = [], before, after, diff } = report;
  const checks = prechecks.map((check) => ({ name: check.name, passed: check.passed }));
  const changed = diff && {
    added: Object.keys(diff.added),
    removed: Object.keys(diff.removed),
    changed: Object.keys(diff.changed),
  };
  const data = { result, reason, message: capText(message, MAX_TEXT_BYTES), prechecks: checks, changed, ...extra };
  const blobs = Object.entries({ before, after }).flatMap(([name, state]) =>
    state === undefined || Object.keys(state).length === 0 ? [] : [{ name, content: JSON.stringify(state) }],
  );
  return { ...requestEvent(scope, request, "execution.outcome", data), ...(blobs.length > 0 ? { blobs } : {}) };
}
