/** Why no credential could be had. The codes are stable. */
export type CredentialErrorCode = "FENCED" | "NO_ACCOUNT" | "FORBIDDEN" | "UNAVAILABLE" | "REVOKE_FAILED";

/**
 * `FENCED`: this attempt's binding Secret exists already or was replaced by a tombstone, so this process is not, or no longer, the one to act.
 * `NO_ACCOUNT`: nobody generated the account and its rights. `FORBIDDEN`: the executor may not mint for it.
 * `UNAVAILABLE`: the API server did not answer. Never carries a token.
 */
export class CredentialError extends Error {
  override readonly name = "CredentialError";
  readonly code: CredentialErrorCode;

  constructor(code: CredentialErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
