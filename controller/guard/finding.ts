import { isKubeError } from "../runtime/errors.ts";

/** Something that a check found. */
export interface Finding {
  /** One sentence without its full stop. */
  readonly text: string;
  /**
   * Whether it was seen, or merely could not be looked at (no connection, a timeout, an overloaded server). The first counts at
   * once, the second when the last good check has become too old.
   */
  readonly seen: boolean;
}

/** Whether the API server itself answered: the same call would get the same answer. */
export function isAnswer(error: unknown): boolean {
  return isKubeError(error) && error.status >= 400 && error.status < 500 && error.status !== 429;
}
