/** What can go wrong in the audit room. `retryable` ones may work later; the others need a person or a different event. */
export type AuditErrorCode =
  | "AUDIT_UNAVAILABLE" // the log can't be written now (disk full, I/O error, closed, too much waiting)
  | "AUDIT_FATAL" // fsync failed: what the disk holds is unknown, the process must exit
  | "LOG_LOCKED" // another writer holds the folder
  | "LOG_ROLLBACK_DETECTED" // shorter than, or different from, a checkpoint that was signed
  | "LOG_CORRUPT" // torn or malformed where it can't be an unfinished write
  | "BAD_EVENT" // not one of the types, not canonical JSON, a number that is no integer, too deep
  | "ENTRY_TOO_LARGE" // more than 65,535 bytes: use a blob
  | "BLOB_TOO_LARGE"
  | "BLOB_CORRUPT"
  | "BAD_KEY" // a key, or a key's name, that can't be used
  | "BAD_NOTE" // a signed note or checkpoint that does not parse
  | "BAD_SIGNATURE";

/** An error of the audit log; `code` is stable. */
export class AuditError extends Error {
  readonly code: AuditErrorCode;
  readonly retryable: boolean;

  constructor(code: AuditErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "AuditError";
    this.code = code;
    this.retryable = code === "AUDIT_UNAVAILABLE" || code === "LOG_LOCKED";
  }
}

/** The errno code (`ENOSPC`, `ENOENT`, …) of a system error, or undefined. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
