import { CONDITIONS } from "../api/constants.ts";
import type { ActionRequest } from "../api/types.ts";
import { isTrue } from "../runtime/index.ts";

/** What has to be done about the round of approval of a request. */
export type RoundStep =
  | { do: "nothing" }
  /** What people are to approve is fixed and written down before anybody hears of it. */
  | { do: "begin"; round: number }
  /** It is written down; the provider may or may not have it. */
  | { do: "ensure" }
  /** It is open: read it. */
  | { do: "look" }
  /** The request is over: merge or close, and leave the receipt. */
  | { do: "finish" };

/** The next step of a request's round, from its state alone. */
export function nextRound(request: ActionRequest): RoundStep {
  const { status, metadata } = request;
  const { approval, decision } = status ?? {};
  if (status === undefined || metadata.deletionTimestamp !== undefined || status.settled === true)
    return { do: "nothing" };
  if (isTrue(status.conditions, CONDITIONS.Finished)) {
    return !hasOpenRound(request) ? { do: "nothing" } : { do: "finish" };
  }
  if (status.claim !== undefined || decision?.result !== "require_approval") return { do: "nothing" };
  if (approval?.round === undefined || approval.verdict === "Void") {
    return { do: "begin", round: (approval?.round ?? 0) + 1 };
  }
  if (approval.verdict !== "Pending") return { do: "nothing" };
  return approval.headSHA === undefined ? { do: "ensure" } : { do: "look" };
}

/** Whether a request may go on by what people approved, as far as its status tells; the ticket needs a fresh look on top. */
export function isApproved({ status }: ActionRequest, now: number): boolean {
  const { verdict, validUntil } = status?.approval ?? {};
  return verdict === "Approved" && now < Date.parse(validUntil ?? "");
}

/** Whether something is still to be done at the provider after the request is over. */
export function hasOpenRound({ status }: ActionRequest): boolean {
  return status?.approval?.round !== undefined && status.approval.closedAt === undefined;
}
