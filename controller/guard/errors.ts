/** Why the shipped manifests could not be read. */
export type GuardErrorCode = "MANIFEST_UNREADABLE" | "MANIFEST_INVALID" | "MANIFEST_MISSING";

/** The guard has nothing to compare with: the package is incomplete. Not retryable. */
export class GuardError extends Error {
  override readonly name = "GuardError";
  readonly code: GuardErrorCode;

  constructor(code: GuardErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
