import type { ActionRequest, LogPosition, RequestApproval } from "../api/types.ts";
import { visible } from "../approval/defuse.ts";
import type { Vote } from "../approval/types.ts";
import type { EventInput } from "../audit/event.ts";

export type RoundEvent = Extract<EventInput["type"], `approval.${string}`>;

/** What the log says of a round: what was shown, who said what, and what came of it. */
export function roundRecord(
  request: ActionRequest,
  type: RoundEvent,
  approval: RequestApproval,
  more: Record<string, unknown> = {},
): EventInput {
  const { uid = "", namespace, name } = request.metadata;
  const { provider, round, digest, repository, url, number, branch, headSHA, treeSHA, deadline } = approval;
  return {
    type,
    action: { uid, ns: namespace, name, ref: request.spec.action },
    target: { id: request.spec.target },
    actor: { kind: "controller" },
    data: { ...{ provider, round, digest, repository, url, number, branch, headSHA, treeSHA, deadline }, ...more },
  };
}

/** A review as the log keeps it; what people write is bounded and shown as it is. */
export function voteData({
  reviewId,
  userId,
  login,
  verdict,
  counted,
  reason,
  commit,
  at,
}: Vote): Record<string, unknown> {
  const said = { reviewId, userId, login: visible(login).slice(0, 253), verdict, counted, commit };
  return { ...said, ...(reason === undefined ? {} : { reason }), at: new Date(at).toISOString() };
}

/** Where the last event about a request stands. */
export type Recorded = Pick<LogPosition, "origin" | "index">;
