/** Why an identity token is not accepted, or can't be made. The codes are stable. */
export type IdentityErrorCode =
  | "MALFORMED"
  | "TOO_LARGE"
  | "WRONG_TYPE"
  | "WRONG_ALGORITHM"
  | "UNKNOWN_ISSUER"
  | "UNKNOWN_KEY"
  | "BAD_SIGNATURE"
  | "EXPIRED"
  | "NOT_YET_VALID"
  | "WRONG_AUDIENCE"
  | "MISSING_CLAIM"
  | "BAD_CLAIM"
  | "REVOKED"
  | "CHAIN_BROKEN"
  | "NOT_NARROWER"
  | "TOO_DEEP"
  | "BAD_RECEIVER"
  | "INVALID_LIFETIME"
  | "BAD_KEY";

/** A token that is not accepted, or keys that can't serve. Never carries key material or the token. */
export class IdentityError extends Error {
  override readonly name = "IdentityError";
  readonly code: IdentityErrorCode;

  constructor(code: IdentityErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
