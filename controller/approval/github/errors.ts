import { ProviderError, type ProviderErrorCode } from "../provider.ts";

/** An answer of GitHub's that is no success. `status` is for the adapter, which knows what some of them mean. */
export class GitHubError extends ProviderError {
  readonly status: number;

  constructor(
    code: ProviderErrorCode,
    message: string,
    status: number,
    options: { cause?: unknown; retryAfterMs?: number } = {},
  ) {
    super(code, message, options);
    this.status = status;
  }
}

/** GitHub asks to wait at least this long where it does not say how long. */
const LEAST_WAIT_MS = 60_000;
/** A wait longer than this is some mistake: limits are given back every hour. */
const LONGEST_WAIT_MS = 3_600_000;
/** How much of GitHub's own message is repeated. */
const MESSAGE_LENGTH = 300;

/** What an answer other than 2xx means. `now`: epoch ms. */
export function errorOf(what: string, status: number, headers: Headers, body: string, now: number): GitHubError {
  const said = messageOf(body);
  const message = `GitHub answered ${status} to ${what}${said === "" ? "" : `: ${said}`}`;
  if (status === 429 || (status === 403 && limited(headers, said))) {
    return new GitHubError("RATE_LIMITED", message, status, { retryAfterMs: waitOf(headers, now) });
  }
  if (status === 401 || status === 403 || status === 451) return new GitHubError("FORBIDDEN", message, status);
  if (status === 404 || status === 410) return new GitHubError("GONE", message, status);
  if (status >= 500 || status === 408) return new GitHubError("UNAVAILABLE", message, status);
  return new GitHubError("UNEXPECTED", message, status);
}

/** Whether an error is an answer with one of these statuses. */
export function isStatus(error: unknown, ...statuses: number[]): boolean {
  return error instanceof GitHubError && statuses.includes(error.status);
}

/** A 403 is also how limits are told; only its particulars say which it is. */
function limited(headers: Headers, said: string): boolean {
  return (
    headers.has("retry-after") ||
    headers.get("x-ratelimit-remaining") === "0" ||
    /secondary rate limit|abuse detection/i.test(said)
  );
}

function waitOf(headers: Headers, now: number): number {
  const seconds = Number(headers.get("retry-after") ?? Number.NaN);
  if (Number.isFinite(seconds) && seconds >= 0) return clamp(seconds * 1000);
  const reset = Number(headers.get("x-ratelimit-reset") ?? Number.NaN);
  if (headers.get("x-ratelimit-remaining") === "0" && Number.isFinite(reset)) return clamp(reset * 1000 - now);
  return LEAST_WAIT_MS;
}

function clamp(ms: number): number {
  return Math.min(Math.max(ms, 1000), LONGEST_WAIT_MS);
}

function messageOf(body: string): string {
  try {
    const parsed: unknown = JSON.parse(body);
    const { message, errors } = parsed as { message?: unknown; errors?: { message?: unknown }[] };
    const details = Array.isArray(errors) ? errors.map((error) => error?.message ?? "").join("; ") : "";
    return [message, details]
      .filter((part) => typeof part === "string" && part !== "")
      .join(": ")
      .slice(0, MESSAGE_LENGTH);
  } catch {
    // A proxy's page says nothing that helps.
    return "";
  }
}
