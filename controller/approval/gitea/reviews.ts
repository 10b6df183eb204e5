import { ProviderError } from "../provider.ts";
import type { Review, ReviewState } from "../types.ts";
import { type Fields, id, person, text, time } from "./fields.ts";

const states: Readonly<Record<string, ReviewState>> = {
  APPROVED: "APPROVED",
  REQUEST_CHANGES: "CHANGES_REQUESTED",
  COMMENT: "COMMENTED",
};

/** A review that was not sent, or not yet: the server lets such entries go again, and nothing was said by them. */
const unsent: ReadonlySet<string> = new Set(["PENDING", "REQUEST_REVIEW"]);

/**
 * A review in our terms; undefined for what is none. `stale` and `official` are not looked at: the first is taken back by
 * pushing back, and the second is true of whoever pushed the last commit. `dismissed` the server also says of every review that its
 * author has followed by another: a denial goes by that only when somebody did dismiss it.
 * @param dismissed ids of the reviews of which the history tells that somebody dismissed them
 */
export function reviewOf(from: Fields, dismissed: ReadonlySet<string>): Review | undefined {
  const state = text(from, "state");
  if (unsent.has(state)) return undefined;
  const known = states[state];
  if (known === undefined)
    throw new ProviderError("UNEXPECTED", `a review has the unknown state ${JSON.stringify(state)}`);
  const gone = from.dismissed === true && (known !== "CHANGES_REQUESTED" || dismissed.has(id(from, "id")));
  return {
    id: id(from, "id"),
    reviewer: person(from.user, "reviewer"),
    state: gone ? "DISMISSED" : known,
    commit: text(from, "commit_id"),
    submittedAt: time(from, "submitted_at"),
    text: text(from, "body"),
  };
}
