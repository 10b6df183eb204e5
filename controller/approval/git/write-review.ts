import { digest as digestOf } from "../../api/digest.ts";
import { reviewBranchPrefix } from "../names.ts";
import { ProviderError } from "../provider.ts";
import { type MirrorOptions, openMirror } from "./mirror.ts";
import { formatReview } from "./review-message.ts";
import { isUserId } from "./signers.ts";

export interface ReviewToWrite {
  /** The round's branch. */
  branch: string;
  headSHA: string;
  /** Path of `envelope.json` on it. */
  envelopePath: string;
  digest: string;
  uid: string;
  round: number;
  verdict: "approve" | "deny";
  text: string;
  /** Who reviews, as the ApprovalProvider lists them. */
  userId: string;
  /** Private SSH key, or the public one of a key that the agent holds. */
  keyFile: string;
}

/**
 * Signs a review and pushes it. What is approved is read from the repository and hashed here, so that a wrong digest, whoever gave it,
 * is not signed. Answers the review's commit.
 * @throws ProviderError
 */
export async function writeReview(review: ReviewToWrite, options: MirrorOptions): Promise<string> {
  const { branch, headSHA, envelopePath, digest, uid, round, userId, keyFile } = review;
  if (!isUserId(userId)) throw new ProviderError("UNEXPECTED", `${userId} can't be part of a branch's name`);
  const mirror = await openMirror(options);
  await mirror.fetch();
  const tip = (await mirror.branches(branch)).get(branch);
  if (tip !== headSHA) throw new ProviderError("HEAD_MOVED", `branch ${branch} is not what the request names`);
  const envelope: unknown = JSON.parse(await mirror.git(["cat-file", "blob", `${headSHA}:${envelopePath}`]));
  if (digestOf(envelope) !== digest) {
    throw new ProviderError("UNEXPECTED", `${envelopePath} has the digest ${digestOf(envelope)}, not ${digest}`);
  }
  const own = `${reviewBranchPrefix({ uid, round })}${userId}`;
  const before = (await mirror.branches(own)).get(own);
  const commit = await mirror.git(["commit-tree", "-S", "-p", before ?? headSHA, "-F", "-", `${headSHA}^{tree}`], {
    input: formatReview({ ...review, request: uid }),
    config: [
      ...["gpg.format=ssh", `user.signingKey=${keyFile}`],
      ...[`user.name=${userId}`, "user.email=reviewer@invalid"],
    ],
  });
  await mirror.push(own, before ?? "", commit.trim());
  return commit.trim();
}
