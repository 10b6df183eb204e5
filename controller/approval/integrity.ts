import type { Reviewer, Round, RoundReading } from "./types.ts";

/**
 * Why a round is no longer what was opened, or undefined while it is. The provider's own word on this (stale, dismissed) is not
 * asked: it is revived by pushing back, and follows a push that leaves the patch the same.
 */
export function violation(round: Round, reading: RoundReading, self: string): string | undefined {
  if (reading.number !== round.number) return `it is pull request ${reading.number}, not ${round.number}`;
  if (reading.author.userId !== self) return `it was opened by ${name(reading.author)}, not by the controller`;
  if (reading.headRepositoryId !== round.repositoryId || reading.baseRepositoryId !== round.repositoryId) {
    return "it comes from, or goes to, another repository";
  }
  if (reading.baseBranch !== round.baseBranch) return "it goes to another branch now";
  if (reading.headSHA !== round.headSHA) return "its head is not the commit that was pushed";
  if (reading.treeSHA !== round.treeSHA) return "its files are not those that were pushed";
  if (reading.pushedAfterOpening) return "something was pushed to its branch after it was opened";
  if (reading.draft) return "it was turned into a draft";
  return rewound(round, reading);
}

/** A review that was seen and is gone, belongs to somebody else, or counts again after it had been dismissed. */
function rewound(round: Round, reading: RoundReading): string | undefined {
  const now = new Map(reading.reviews.map((review) => [review.id, review]));
  for (const seen of round.seen) {
    const review = now.get(seen.id);
    if (review === undefined) return "a review that was seen is gone";
    if (review.reviewer.userId !== seen.userId) return "a review that was seen is another person's now";
    if (review.state !== seen.state && !mayBecome(seen.state, review.state)) {
      return `a review that was ${seen.state} is ${review.state} now`;
    }
  }
  return undefined;
}

/** A review is sent once and may be dismissed; nothing else happens to one by right. */
function mayBecome(before: string, after: string): boolean {
  return before === "PENDING" || (after === "DISMISSED" && before !== "COMMENTED");
}

function name({ userId, login }: Reviewer): string {
  return `${login} (${userId})`;
}
