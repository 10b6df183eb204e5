import { CONDITIONS } from "../api/constants.ts";
import type { ActionRequest, ActionRequestStatus, LogPosition, RequestApproval } from "../api/types.ts";
import type { Vote } from "../approval/types.ts";
import { setCondition, summarise } from "../runtime/index.ts";
import { cut } from "./request-status.ts";

/** Bounds of the CRD. */
const MAX_VOTES = 64;

/** What a round has come to. Every status that is written about one is computed from these. */
export type RoundChange =
  /** Still waiting; `message` tells people for what. */
  | { kind: "waiting"; approval: RequestApproval; message: string; record?: LogPosition }
  /** People said yes; the request goes on by itself. */
  | { kind: "approved"; approval: RequestApproval; message: string; record: LogPosition }
  /** People said no, or too many rounds were void. */
  | { kind: "rejected"; approval: RequestApproval; message: string; record: LogPosition }
  /** Nobody decided in time. */
  | { kind: "expired"; approval: RequestApproval; message: string; record: LogPosition }
  /** Everything at the provider is done. */
  | { kind: "closed"; approval: RequestApproval };

/** The whole status of `request` after `change`, at `now` (RFC 3339). Pure. */
export function roundStatus(request: ActionRequest, change: RoundChange, now: string): ActionRequestStatus {
  const before = request.status ?? {};
  const status: ActionRequestStatus = { ...before };
  if (change.approval.round !== undefined) status.approval = change.approval;
  if (change.kind === "closed") return before.claim === undefined ? { ...status, settled: true } : status;
  const generation = request.metadata.generation ?? 1;
  const message = cut(change.message, 1024);
  if (change.record !== undefined) status.audit = { ...before.audit, last: change.record.index };
  const over = change.kind === "rejected" || change.kind === "expired";
  const reason = change.kind === "rejected" ? "Denied" : change.kind === "expired" ? "Expired" : "AwaitingApproval";
  let { conditions } = before;
  const about = { message, observedGeneration: generation };
  if (change.kind === "rejected") {
    conditions = setCondition(
      conditions,
      { type: CONDITIONS.Denied, status: "True", reason: "Rejected", ...about },
      now,
    );
  }
  if (over) conditions = setCondition(conditions, { type: CONDITIONS.Finished, status: "True", reason, ...about }, now);
  const summary = { state: over ? ("stalled" as const) : ("reconciling" as const), reason, message, generation };
  // Only a round that the provider knows of leaves something to do.
  if (over && change.approval.round === undefined) status.settled = true;
  return { ...status, ...summarise({ conditions, observedGeneration: before.observedGeneration }, summary, now) };
}

const STATES = { approve: "APPROVED", deny: "CHANGES_REQUESTED", none: "DISMISSED" } as const;

/** Votes as the status keeps them: the latest of each person. */
export function votesOf(votes: readonly Vote[]): RequestApproval["votes"] {
  return votes.slice(0, MAX_VOTES).map(({ at, reason, ...vote }) => ({
    ...{ ...vote, state: STATES[vote.verdict], at: new Date(at).toISOString() },
    ...(reason === undefined ? {} : { reason }),
  }));
}
