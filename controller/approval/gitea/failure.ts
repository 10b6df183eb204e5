import { ProviderError } from "../provider.ts";

export interface Refusal {
  status: number;
  /** Body as it came. */
  text: string;
  /** The server's clock, epoch ms. */
  date: number | undefined;
  /** `Retry-After`: seconds, or a date. */
  retryAfter: string | undefined;
}

/** After a limit without a word on how long, in ms. */
const DEFAULT_PAUSE_MS = 60_000;
/** No server makes us wait for longer than this, in ms. */
const MAX_PAUSE_MS = 3_600_000;

/** What an answer that is not 2xx means. */
export function failure(what: string, refusal: Refusal): ProviderError {
  const { status, text } = refusal;
  const message = `${what}: ${status} ${said(text)}`.trim();
  const retryAfterMs = pause(refusal);
  if (status === 429)
    return new ProviderError("RATE_LIMITED", message, { retryAfterMs: retryAfterMs ?? DEFAULT_PAUSE_MS });
  if (status === 403 && retryAfterMs !== undefined) return new ProviderError("RATE_LIMITED", message, { retryAfterMs });
  if (status >= 500) {
    return new ProviderError("UNAVAILABLE", message, retryAfterMs === undefined ? {} : { retryAfterMs });
  }
  if (status >= 300 && status < 400) {
    return new ProviderError("GONE", `${what}: it has moved; put the repository's new name into the provider`);
  }
  if (status === 401 || status === 403) return new ProviderError("FORBIDDEN", message);
  if (status === 404 || status === 410) return new ProviderError("GONE", message);
  if (status === 423) return new ProviderError("FORBIDDEN", `${message} (the repository is archived)`);
  return new ProviderError("UNEXPECTED", message);
}

function pause({ retryAfter, date }: Refusal): number | undefined {
  if (retryAfter === undefined) return undefined;
  const ms = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - (date ?? Number.NaN);
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), MAX_PAUSE_MS);
}

function said(text: string): string {
  let message: unknown;
  try {
    message = (JSON.parse(text) as { message?: unknown } | null)?.message;
  } catch {
    message = undefined; // a page of a proxy; its status says enough
  }
  // Quoted, so that control characters of a foreign answer stay out of logs.
  return typeof message === "string" ? JSON.stringify(message.slice(0, 300)) : "";
}
