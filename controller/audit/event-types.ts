/**
 * The closed set of event types. A type is never renamed; a changed meaning gets a new name, so that old logs
 * keep saying what they said.
 */
export const EVENT_TYPES = [
  "log.genesis",
  "log.sealed",
  "epoch.started",
  "request.admitted",
  "request.rejected",
  "request.cancelled",
  "request.expired",
  "decision.made",
  "decision.undecided",
  "delegation.created",
  "delegation.revoked",
  "delegation.expired",
  "plan.decided",
  "plan.finished",
  "risk.updated",
  "approval.round.opened",
  "approval.vote",
  "approval.approved",
  "approval.denied",
  "approval.expired",
  "approval.void",
  "ticket.issued",
  "ticket.used",
  "ticket.revoked",
  "ticket.rejected",
  "credential.issued",
  "credential.revoked",
  "credential.fenced",
  "state.before",
  "state.after",
  "execution.intent",
  "execution.outcome",
  "execution.unknown",
  "execution.refused",
  "rollback.planned",
  "rollback.started",
  "rollback.finished",
  "policy.loaded",
  "policy.rejected",
  "policy.changed",
  "guard.failed",
  "guard.restored",
  "alert.fired",
  "alert.resolved",
  "admin.login",
  "admin.role.changed",
  "admin.key.rotated",
  "admin.breakglass",
  "export.started",
  "export.finished",
  "anchor.published",
  "anchor.verified",
  "anchor.mismatch",
] as const;

/** One of {@link EVENT_TYPES}. */
export type EventType = (typeof EVENT_TYPES)[number];

const known: ReadonlySet<string> = new Set(EVENT_TYPES);

/** True when `type` is in the closed set. */
export function isEventType(type: string): type is EventType {
  return known.has(type);
}
