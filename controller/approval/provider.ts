import type { Reviewer, RoundReading, Standing } from "./types.ts";

/** A file of a round, by its path in the repository. */
export interface RoundFile {
  path: string;
  content: string;
}

/** Everything that is shown to people in one round. */
export interface RoundContent {
  branch: string;
  /** Title and body of the pull request; untrusted text in them is defused already. */
  title: string;
  body: string;
  /** Message of the one commit. */
  message: string;
  files: readonly RoundFile[];
  labels: readonly string[];
  /** User ids and teams to be asked; best effort. */
  reviewers: { users: readonly string[]; teams: readonly string[] };
}

/** Where a round stands at the provider. */
export interface RoundPlace {
  /** Number of the pull request; 0 where the provider has none. */
  number: number;
  url: string;
  branch: string;
  headSHA: string;
  treeSHA: string;
  repositoryId: string;
  baseBranch: string;
}

/** One finding about how well a provider's repository is protected. */
export interface Weakness {
  code: string;
  /** What is missing and how it is mended. */
  message: string;
}

/** State of the check that a round shows. */
export type CheckState = "pending" | "approved" | "denied" | "void";

export type ProviderErrorCode =
  /** Not reachable, 5xx, timed out: try again later. */
  | "UNAVAILABLE"
  /** A rate limit, ours or the provider's; `retryAfterMs` says when it makes sense to try again. */
  | "RATE_LIMITED"
  /** Credentials are refused or missing a permission. */
  | "FORBIDDEN"
  /** The repository, pull request or branch is gone. */
  | "GONE"
  /** The head has moved: nothing was merged. */
  | "HEAD_MOVED"
  /** The provider answered something that it should not. */
  | "UNEXPECTED";

/** A provider that did not do what it was asked. Whatever the code, nothing was approved by it. */
export class ProviderError extends Error {
  override readonly name = "ProviderError";
  readonly code: ProviderErrorCode;
  readonly retryAfterMs: number | undefined;

  constructor(code: ProviderErrorCode, message: string, options: { cause?: unknown; retryAfterMs?: number } = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/**
 * Where people approve: a forge, or a plain Git repository. Every method makes authenticated calls, has a deadline, and throws
 * ProviderError; none decides anything.
 */
export interface ApprovalForge {
  readonly kind: "github" | "gitea" | "git";
  /** The controller's own user. */
  self(): Promise<Reviewer>;
  /** Opens a round or finds it as it was opened: looks before it makes anything, so that it can be asked twice. */
  ensureRound(content: RoundContent): Promise<RoundPlace>;
  /** Reads a round whole and anew: every page, and nothing from a cache that was not revalidated. */
  read(place: RoundPlace, round: { digest: string; openedAt: number }): Promise<RoundReading>;
  /** What a person is now; teams are those that policy names. */
  standing(userId: string, teams: readonly string[]): Promise<Standing>;
  /** Numbers of open rounds that may have changed since the last call; `all` when that can't be told. Cheap. */
  changed(): Promise<ReadonlySet<number> | "all">;
  comment(place: RoundPlace, text: string): Promise<void>;
  /** Shows the verdict on the head commit. */
  setCheck(place: RoundPlace, state: CheckState, summary: string): Promise<void>;
  /** Merges exactly the recorded head. @throws ProviderError HEAD_MOVED */
  merge(place: RoundPlace, message: string): Promise<void>;
  /** Closes without merging and removes the branch; fine when that is done already. */
  close(place: RoundPlace, comment: string): Promise<void>;
  /** Adds files to the base branch in one commit of our own, such as a receipt; answers the commit's id. Idempotent by content. */
  commitFiles(files: readonly RoundFile[], message: string): Promise<string>;
  /** What protects the repository less than it could. Empty: hardened. */
  weaknesses(): Promise<Weakness[]>;
}
