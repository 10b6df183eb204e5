/** Why a ticket was refused, or could not be issued. The codes are stable: the audit log and metrics carry them. */
export type TicketErrorCode =
  | "MALFORMED"
  | "WRONG_TYPE"
  | "UNKNOWN_KEY"
  | "BAD_SIGNATURE"
  | "WRONG_ISSUER"
  | "WRONG_AUDIENCE"
  | "EXPIRED"
  | "NOT_YET_VALID"
  | "LIFETIME_TOO_LONG"
  | "MISSING_CLAIM"
  | "WRONG_TICKET"
  | "WRONG_REQUEST"
  | "WRONG_ATTEMPT"
  | "WRONG_ACTION"
  | "ACTION_CHANGED"
  | "WRONG_TARGET"
  | "TARGET_CHANGED"
  | "PARAMS_CHANGED"
  | "APPROVAL_CHANGED"
  | "WRONG_CHANGE_TICKET"
  | "WRONG_AGENT"
  | "AGENT_CHANGED"
  | "INVALID_LIFETIME"
  | "KEYS_NOT_READY"
  | "KEYS_MALFORMED"
  | "KEYS_CONFLICT";

/** A ticket that is not accepted, or a key ring that can't serve. Never carries key material or the token. */
export class TicketError extends Error {
  override readonly name = "TicketError";
  readonly code: TicketErrorCode;

  constructor(code: TicketErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
