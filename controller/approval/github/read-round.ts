import type { Endpoints } from "@octokit/types";
import type { RoundPlace } from "../provider.ts";
import type { Review, ReviewState, RoundReading } from "../types.ts";
import type { GitHubClient } from "./client.ts";
import { GitHubError } from "./errors.ts";
import { historyOf } from "./history.ts";
import { reviewerOf } from "./people.ts";

const STATES: readonly ReviewState[] = ["APPROVED", "CHANGES_REQUESTED", "COMMENTED", "DISMISSED", "PENDING"];

/**
 * Reads a pull request whole. The pull request itself comes last: what was pushed while the rest was being read shows in its head.
 */
export async function readRound(
  client: GitHubClient,
  repository: { owner: string; repo: string },
  place: RoundPlace,
): Promise<RoundReading> {
  const pull = { ...repository, pull_number: place.number };
  const [reviews, events, commits] = await Promise.all([
    client.all("GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews", pull),
    client.all("GET /repos/{owner}/{repo}/issues/{issue_number}/timeline", {
      ...repository,
      issue_number: place.number,
    }),
    client.all("GET /repos/{owner}/{repo}/pulls/{pull_number}/commits", pull),
  ]);
  const found = await client.call("GET /repos/{owner}/{repo}/pulls/{pull_number}", pull);
  const headSHA = present(found.head?.sha, "head");
  const head = await client.call("GET /repos/{owner}/{repo}/git/commits/{commit_sha}", {
    ...repository,
    commit_sha: headSHA,
  });
  const history = historyOf(events, place.headSHA, found.merged);
  const people = commits.flatMap(({ author, committer }) => [author, committer]);
  const contributors = [found.user, ...people].flatMap((user) => (user && "id" in user ? [String(user.id)] : []));
  return {
    number: present(found.number, "number"),
    // Closing is final even when it is opened again: a poll that came late must not make it undone.
    state: history.closed ? "closed" : found.merged ? "merged" : found.state === "open" ? "open" : "closed",
    draft: found.draft !== false,
    author: reviewerOf(found.user),
    ...(history.closedBy ? { closedBy: history.closedBy } : {}),
    ...(found.merged_by ? { mergedBy: reviewerOf(found.merged_by) } : {}),
    headSHA,
    treeSHA: present(head.tree?.sha, "tree"),
    // A fork that was deleted is none of ours either.
    headRepositoryId: String(found.head.repo?.id ?? ""),
    baseRepositoryId: String(present(found.base?.repo?.id, "base")),
    baseBranch: present(found.base.ref, "base"),
    openedAt: time(found.created_at),
    pushedAfterOpening: history.moved || commits.some(({ sha }) => sha !== place.headSHA),
    reviews: reviews.map(reviewOf),
    contributors: [...new Set(contributors)],
  };
}

type GitHubReview = Endpoints["GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews"]["response"]["data"][number];

function reviewOf(review: GitHubReview): Review {
  const state = STATES.find((known) => known === review.state);
  if (state === undefined) throw new GitHubError("UNEXPECTED", `GitHub tells of a review that is ${review.state}`, 200);
  return {
    id: String(present(review.id, "id of a review")),
    reviewer: reviewerOf(review.user),
    state,
    commit: review.commit_id ?? "",
    // Of drafts nobody knows when they will be sent.
    submittedAt: state === "PENDING" ? 0 : time(review.submitted_at),
    text: review.body ?? "",
  };
}

function time(text: string | null | undefined): number {
  const at = Date.parse(text ?? "");
  if (Number.isNaN(at)) throw new GitHubError("UNEXPECTED", "GitHub's answer lacks a time", 200);
  return at;
}

function present<T extends string | number | bigint>(value: T | null | undefined, what: string): T {
  if (value === undefined || value === null || value === "") {
    throw new GitHubError("UNEXPECTED", `GitHub's answer lacks the ${what} of a pull request`, 200);
  }
  return value;
}
