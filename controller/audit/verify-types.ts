/**
 * What a verification comes to; also the exit status of `agent-safe audit verify`.
 * 0 intact · 1 content differs · 2 usage or I/O · 3 structure (gap, duplicate, torn) · 4 shorter or other than a checkpoint that was
 * signed · 5 key or signature · 6 not anchored (only when asked for) · 7 the events contradict each other
 */
export type VerifyExit = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7;

/** The first thing that is wrong. */
export interface Problem {
  exit: VerifyExit;
  /** Seq of the first bad event, where one can be named. */
  seq?: number;
  message: string;
}

/** Something that the events say which can't be. */
export interface Finding {
  kind: "outcome-without-intent" | "duplicate-intent" | "ticket-reused" | "time-reversed";
  seq: number;
  /** Request uid and attempt, ticket id, or times. */
  subject: string;
}

/** The outcome of verifying one log. */
export interface VerifyResult {
  dir: string;
  exit: VerifyExit;
  origin?: string;
  /** Events under the signed checkpoint, and its root (base64). */
  size?: number;
  root?: string;
  /** The key that signed, and whether it was given from outside rather than taken from the log itself. */
  key?: { fingerprint: string; keyId: string; pinned: boolean };
  /** Events whose content was checked. */
  checked: number;
  /** Of these, events after the signed checkpoint (a live log has some for a moment). */
  unsigned: number;
  /** Bytes of an unfinished write at the very end. */
  unfinished: number;
  /** Up to which size an outside checkpoint confirms the log; null without one. */
  anchored: number | null;
  blobs: { checked: number; missing: number };
  /** Attempts with an intent and no outcome (yet). */
  openIntents: number;
  /** At most 20; `findingCount` has them all. */
  findings: Finding[];
  findingCount: number;
  problem?: Problem;
}

/** Ends a verification. */
export class VerifyProblem extends Error {
  readonly problem: Problem;

  constructor(exit: VerifyExit, message: string, seq?: number) {
    super(message);
    this.name = "VerifyProblem";
    this.problem = seq === undefined ? { exit, message } : { exit, message, seq };
  }
}
