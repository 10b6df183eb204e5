import type { AnswerCache } from "./cache.ts";
import { cacheKey } from "./cache.ts";
import { errorOf, GitHubError } from "./errors.ts";
import type { Pace } from "./pace.ts";

export interface TransportOptions {
  pace: Pace;
  cache: AnswerCache;
  fetch: typeof fetch;
  now: () => number;
  sleep: (ms: number) => Promise<void>;
  /** For one request with all of its answer. */
  timeoutMs: number;
}

export interface GitHubRequest {
  method: string;
  url: string;
  /** Method and address without particulars, for messages. */
  what: string;
  body?: unknown;
  authorization: string;
  /** Names the credential in the cache; no secret. */
  credential: string;
}

export interface GitHubAnswer {
  status: number;
  body: string;
  /** The header `link`, by which pages are told. */
  link: string | null;
}

export interface GitHubTransport {
  send(request: GitHubRequest): Promise<GitHubAnswer>;
  /** GitHub's clock less ours at the last answer, ms; undefined before one. */
  skewMs(): number | undefined;
}

/** REST API version that the adapter was written for. */
const API_VERSION = "2022-11-28";
/** No answer that we ask for comes near to this. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;
/** Reads that failed for a passing reason are tried again after these waits; writes never are, since they may have happened. */
const RETRY_AFTER_MS = [200, 1000];

/** Requests with a deadline, limits, conditional reads and a few retries. All failures are GitHubErrors. */
export function createTransport(options: TransportOptions): GitHubTransport {
  const { pace, cache, now, sleep, timeoutMs } = options;
  let skew: number | undefined;

  async function once(request: GitHubRequest): Promise<GitHubAnswer> {
    const { method, url, what, body, authorization, credential } = request;
    const key = cacheKey(credential, url);
    const known = method === "GET" ? cache.get(key) : undefined;
    const signal = AbortSignal.timeout(timeoutMs);
    let response: Response;
    let text: string;
    try {
      response = await options.fetch(url, {
        method,
        signal,
        headers: {
          accept: "application/vnd.github+json",
          "x-github-api-version": API_VERSION,
          "user-agent": "agent-safe",
          authorization,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...(known === undefined ? {} : { "if-none-match": known.etag }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      text = await textOf(response, what);
    } catch (cause) {
      if (cause instanceof GitHubError) throw cause;
      const why = signal.aborted ? `did not answer within ${timeoutMs} ms` : "could not be reached";
      throw new GitHubError("UNAVAILABLE", `GitHub ${why}: ${what}`, 0, { cause });
    }
    const date = Date.parse(response.headers.get("date") ?? "");
    if (!Number.isNaN(date)) skew = date - now();
    if (response.status === 304 && known !== undefined) return { status: 200, body: known.body, link: known.link };
    if (!response.ok) throw errorOf(what, response.status, response.headers, text, now());
    const link = response.headers.get("link");
    const etag = response.headers.get("etag");
    if (method === "GET" && etag !== null) cache.set(key, { etag, body: text, link });
    return { status: response.status, body: text, link };
  }

  return {
    skewMs: () => skew,
    async send(request) {
      const write = request.method !== "GET";
      for (let attempt = 0; ; attempt++) {
        try {
          return await pace.run(write, () => once(request));
        } catch (error) {
          const wait = RETRY_AFTER_MS[attempt];
          const passing = error instanceof GitHubError && error.code === "UNAVAILABLE" && error.status !== 0;
          if (write || !passing || wait === undefined) throw error;
          await sleep(wait);
        }
      }
    },
  };
}

async function textOf(response: Response, what: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new GitHubError("UNEXPECTED", `GitHub's answer to ${what} is too long`, 0);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
