/** Permissions on the approvals repository, from the least to the greatest. */
export const PERMISSIONS = ["none", "read", "triage", "write", "maintain", "admin"] as const;
export type Permission = (typeof PERMISSIONS)[number];

/** Somebody at a provider. The id counts: a login can be renamed and registered anew. */
export interface Reviewer {
  userId: string;
  login: string;
  /** An app, a bot or a machine user: none of these is a person who approves. */
  bot?: boolean;
}

export type ReviewState = "APPROVED" | "CHANGES_REQUESTED" | "COMMENTED" | "DISMISSED" | "PENDING";

/** One review as the provider tells it. */
export interface Review {
  /** The provider's id of the review. */
  id: string;
  reviewer: Reviewer;
  state: ReviewState;
  /** Commit that it is about. Providers move it: that it fits is needed and proves nothing by itself. */
  commit: string;
  /** Epoch ms by the provider's clock. */
  submittedAt: number;
  text: string;
}

/** A review that was seen before, as it was then. */
export interface SeenReview {
  id: string;
  userId: string;
  state: ReviewState;
}

/** What the controller knows of a round that it opened. */
export interface Round {
  digest: string;
  headSHA: string;
  treeSHA: string;
  /** The provider's id of the repository, which a rename does not change. */
  repositoryId: string;
  baseBranch: string;
  /** Number of the pull request; 0 where the provider has none. */
  number: number;
  /** Epoch ms, our clock. */
  deadline: number;
  seen: readonly SeenReview[];
}

/** One fresh, authenticated and complete read of a round. */
export interface RoundReading {
  number: number;
  state: "open" | "closed" | "merged";
  draft: boolean;
  /** Who opened it; it must be us. */
  author: Reviewer;
  closedBy?: Reviewer;
  mergedBy?: Reviewer;
  headSHA: string;
  treeSHA: string;
  headRepositoryId: string;
  baseRepositoryId: string;
  baseBranch: string;
  /** Epoch ms by the provider's clock. */
  openedAt: number;
  /** Whether its history tells of a push after it was opened, by force or not, whatever the head is now. */
  pushedAfterOpening: boolean;
  /** All of them, in the order of the provider. */
  reviews: readonly Review[];
  /** User ids of whoever wrote or pushed its commits. */
  contributors: readonly string[];
}

/** What the provider says of a person now. What could not be learnt is `unknown`, and then nothing is granted by it. */
export interface Standing {
  teams: ReadonlySet<string>;
  permission: Permission | "unknown";
}

/** How many of whom must approve. Without teams and users anybody with the permission counts. */
export interface ApproverGroup {
  count: number;
  teams?: readonly string[];
  /** User ids. */
  users?: readonly string[];
  minPermission?: Permission;
}

/** What policy asks of people. */
export interface Requirement {
  require: readonly ApproverGroup[];
  /** How many different people who say no make a denial. */
  denyCount: number;
  confirmDigest: boolean;
  /** Whether the text of an approving review is good enough; always true where policy asks for no text. */
  reasonFits: (text: string) => boolean;
  breakGlassTeams?: readonly string[];
}

/** A review as it was counted, for the status, the log and the pull request. */
export interface Vote {
  reviewId: string;
  userId: string;
  login: string;
  verdict: "approve" | "deny" | "none";
  counted: boolean;
  /** Why it does not count. */
  reason?: string;
  commit: string;
  /** Epoch ms by the provider's clock. */
  at: number;
}

export type Verdict =
  | { kind: "Pending"; message: string; votes: Vote[]; mergedWithoutApproval: boolean }
  | { kind: "Approved"; approvers: Reviewer[]; votes: Vote[]; breakGlass: boolean }
  | { kind: "Denied"; by: Reviewer[]; why: string; votes: Vote[] }
  | { kind: "Void"; why: string; votes: Vote[] }
  | { kind: "Expired"; votes: Vote[] };
