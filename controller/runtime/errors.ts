/** What went wrong, in a form to switch on. The first group has no HTTP status (`status` 0). */
export type KubeErrorCode =
  | "CONFIG"
  | "CONNECTION"
  | "TIMEOUT"
  | "ABORTED"
  | "REQUEST_TOO_LARGE"
  | "RESPONSE_TOO_LARGE"
  | "MALFORMED_RESPONSE"
  | "BAD_REQUEST"
  | "UNAUTHORIZED"
  | "FORBIDDEN"
  | "NOT_FOUND"
  | "CONFLICT"
  | "ALREADY_EXISTS"
  | "GONE"
  | "INVALID"
  | "TOO_MANY_REQUESTS"
  | "SERVER_ERROR"
  | "API_ERROR";

/** `details` of a Status object: which object and, for an invalid one, which fields. */
export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  retryAfterSeconds?: number;
  causes?: { reason?: string; message?: string; field?: string }[];
}

/** The API server's answer to a failed request. */
export interface Status {
  kind?: string;
  status?: string;
  code?: number;
  reason?: string;
  message?: string;
  details?: StatusDetails;
}

interface KubeErrorFields {
  code: KubeErrorCode;
  message: string;
  status?: number;
  reason?: string;
  retryable?: boolean;
  details?: StatusDetails;
  retryAfterMs?: number;
  cause?: unknown;
}

/**
 * A request that did not succeed. `status` is the HTTP status, 0 when there was no answer; `reason` is the Status
 * object's reason (`AlreadyExists`, `Conflict`, …). `retryable` says that the same request may succeed later; it does not
 * say that a write was not applied: after CONNECTION and TIMEOUT a write's outcome is unknown.
 */
export class KubeError extends Error {
  override readonly name = "KubeError";
  readonly code: KubeErrorCode;
  readonly status: number;
  readonly reason: string;
  readonly retryable: boolean;
  readonly details?: StatusDetails;
  readonly retryAfterMs?: number;

  constructor(fields: KubeErrorFields) {
    super(fields.message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.code = fields.code;
    this.status = fields.status ?? 0;
    this.reason = fields.reason ?? "";
    this.retryable = fields.retryable ?? false;
    if (fields.details) this.details = fields.details;
    if (fields.retryAfterMs !== undefined) this.retryAfterMs = fields.retryAfterMs;
  }
}

/** Whether `error` is a {@link KubeError} with one of the codes (any, when none is named). */
export function isKubeError(error: unknown, ...codes: KubeErrorCode[]): error is KubeError {
  return error instanceof KubeError && (codes.length === 0 || codes.includes(error.code));
}

/** The text of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function codeFor(status: number, reason: string): KubeErrorCode {
  switch (status) {
    case 400:
      return "BAD_REQUEST";
    case 401:
      return "UNAUTHORIZED";
    case 403:
      return "FORBIDDEN";
    case 404:
      return "NOT_FOUND";
    case 409:
      return reason === "AlreadyExists" ? "ALREADY_EXISTS" : "CONFLICT";
    case 410:
      return "GONE";
    case 413:
      return "REQUEST_TOO_LARGE";
    case 422:
      return "INVALID";
    case 429:
      return "TOO_MANY_REQUESTS";
    default:
      return status >= 500 ? "SERVER_ERROR" : "API_ERROR";
  }
}

function parseStatus(body: string): Status | undefined {
  if (!body.startsWith("{")) return undefined;
  try {
    const parsed: Status = JSON.parse(body);
    return parsed.kind === "Status" ? parsed : undefined;
  } catch {
    // A proxy's or a truncated answer: the HTTP status alone has to do.
    return undefined;
  }
}

/** Turns an HTTP error answer into a {@link KubeError}; `what` names the request, such as `GET /api/v1/pods`. */
export function errorFromResponse(what: string, status: number, body: string, retryAfterMs?: number): KubeError {
  const parsed = parseStatus(body);
  const text = parsed?.message ?? body.slice(0, 300).replace(/\s+/g, " ").trim();
  return errorFromStatus(what, { ...parsed, message: text, code: status }, retryAfterMs);
}

/** Turns a Status object (an error answer, or the object of a watch's ERROR event) into a {@link KubeError}. */
export function errorFromStatus(what: string, status: Status, retryAfterMs?: number): KubeError {
  const http = status.code ?? 500;
  const reason = status.reason ?? "";
  const seconds = status.details?.retryAfterSeconds;
  const wait = retryAfterMs ?? (seconds === undefined ? undefined : seconds * 1000);
  return new KubeError({
    code: codeFor(http, reason),
    status: http,
    reason,
    message: `${what}: ${http}${status.message ? `: ${status.message}` : ""}`,
    retryable: http === 429 || http >= 500 || (http === 409 && reason !== "AlreadyExists"),
    ...(status.details ? { details: status.details } : {}),
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
  });
}
