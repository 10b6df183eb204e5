/** Everything of ours in an approvals repository lives under this prefix of branch names. */
export const BRANCH_PREFIX = "agent-safe/";

interface RoundName {
  /** UID of the namespace kube-system. */
  cluster: string;
  namespace: string;
  name: string;
  uid: string;
  /** From 1. */
  round: number;
  digest: string;
}

/**
 * The branch of a round. The same round always has the same branch, so that a controller that starts anew finds it; a name of an
 * object would not do, since one may end in `.lock`, which Git refuses.
 */
export function branchName({ cluster, uid, round, digest }: RoundName): string {
  return `${BRANCH_PREFIX}${cluster}/${uid}/r${round}-${hex(digest).slice(0, 12)}`;
}

/** Where the plain-Git reviews of a round stand: one branch a reviewer. */
export function reviewBranchPrefix({ uid, round }: Pick<RoundName, "uid" | "round">): string {
  return `${BRANCH_PREFIX}reviews/${uid}/r${round}/`;
}

/** The folder of a request's files, by the day on which the round was opened (epoch ms). */
export function requestFolder({ cluster, namespace, name, uid }: RoundName, openedAt: number): string {
  const [year, month] = new Date(openedAt).toISOString().split("-");
  return `requests/${cluster}/${namespace}/${year}/${month}/${name}-${uid.slice(0, 8)}`;
}

/** Where the receipt of a request is put once it is done. */
export function outcomeFolder(folder: string): string {
  return folder.replace(/^requests\//, "outcomes/");
}

function hex(digest: string): string {
  return digest.replace(/^sha256:/, "");
}
