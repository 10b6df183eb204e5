import { reviewBranchPrefix } from "../names.ts";
import type { Review } from "../types.ts";
import type { Mirror } from "./mirror.ts";
import { parseReview } from "./review-message.ts";
import { isUserId, type Signer } from "./signers.ts";

/** Reviews of one person in one round that are looked at; more are a flood. */
const MAX_REVIEWS = 50;
/** A commit larger than this is no review. */
const MAX_COMMIT_BYTES = 65_536;

interface RoundOfReviews {
  uid: string;
  round: number;
  headSHA: string;
  digest: string;
  /** Epoch ms. */
  openedAt: number;
}

export interface ReadReviewsOptions {
  mirror: Mirror;
  signers: readonly Signer[];
  /** File of the signers' keys, for git. */
  allowedSignersFile: string;
}

/**
 * The signed reviews of a round. Each person has a branch that begins at the round's head, so that a signature covers what was
 * reviewed; who somebody is comes from the key alone, never from what the commit says of its author. Git has no clock of its own:
 * the order on the branch stands for time.
 */
export async function readReviews(round: RoundOfReviews, options: ReadReviewsOptions): Promise<Review[]> {
  const { mirror, signers } = options;
  const prefix = reviewBranchPrefix(round);
  const reviews: Review[] = [];
  for (const [branch, tip] of await mirror.branches(prefix)) {
    const userId = branch.slice(prefix.length);
    const signer = signers.find((one) => one.userId === userId);
    if (signer === undefined || !isUserId(userId)) continue;
    for (const [index, { sha, message }] of (await signedCommits(round, tip, userId, options)).entries()) {
      const said = parseReview(message);
      if (said?.digest !== round.digest || said.request !== round.uid || said.round !== round.round) continue;
      reviews.push({
        id: sha,
        reviewer: { userId, login: signer.login ?? userId },
        state: said.verdict === "approve" ? "APPROVED" : "CHANGES_REQUESTED",
        commit: round.headSHA,
        submittedAt: round.openedAt + index + 1,
        text: said.text,
      });
    }
  }
  return reviews;
}

/** The commits after the head on a reviewer's branch that this reviewer signed, oldest first. */
async function signedCommits(
  { headSHA }: RoundOfReviews,
  tip: string,
  userId: string,
  { mirror: { git }, allowedSignersFile }: ReadReviewsOptions,
): Promise<{ sha: string; message: string }[]> {
  const range = [tip, `^${headSHA}`, "--"];
  const list = (await git(["rev-list", "--first-parent", `--max-count=${MAX_REVIEWS}`, ...range])).trim();
  const shas = list === "" ? [] : list.split("\n").reverse();
  const first = shas[0];
  // A branch that did not begin at the head is about something else.
  if (first === undefined || (await parentOf(git, first)) !== headSHA) return [];
  const sizes = await git(["cat-file", "--batch-check=%(objectsize)"], { input: `${shas.join("\n")}\n` });
  if (sizes.split("\n").some((size) => Number(size) > MAX_COMMIT_BYTES)) return [];
  const log = await git(["log", "--no-walk=unsorted", "-z", "--format=%H %G? %GS%n%B", ...shas, "--"], {
    config: ["gpg.format=ssh", `gpg.ssh.allowedSignersFile=${allowedSignersFile}`],
  });
  const entries = log.split("\0").filter((entry) => entry !== "");
  return entries.flatMap((entry) => {
    const end = entry.indexOf("\n");
    const [sha = "", status, ...name] = entry.slice(0, end).split(" ");
    return status === "G" && name.join(" ") === userId ? [{ sha, message: entry.slice(end + 1) }] : [];
  });
}

async function parentOf(git: Mirror["git"], sha: string): Promise<string> {
  return (await git(["rev-list", "--parents", "--max-count=1", sha])).trim().split(" ").slice(1).join(" ");
}
