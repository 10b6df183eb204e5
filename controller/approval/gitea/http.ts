import { Agent, request } from "undici";
import { ProviderError } from "../provider.ts";
import { failure } from "./failure.ts";

export interface GiteaHttpOptions {
  /** Where the server is, such as `https://git.example.com`; a path in front of `/api/v1` is kept. */
  url: string;
  /** Asked before every call, so that a token can be changed while running. */
  token: () => string | Promise<string>;
  /** Certificates (PEM) that are trusted in place of the system's. */
  ca?: string;
  /** A call that is not over after so long is given up, in ms (15 s). */
  timeoutMs?: number;
  /** The most bytes that are read of one answer (8 MiB). */
  maxBytes?: number;
}

export interface Answer {
  status: number;
  /** Parsed; undefined where there was none. */
  body: unknown;
  /** The server's clock, epoch ms. */
  date: number | undefined;
}

export interface Call {
  query?: Record<string, string | number>;
  body?: unknown;
  /** Answers besides 2xx that are no failure to the caller. */
  allow?: readonly number[];
}

/** Makes authenticated calls to one server. */
export interface GiteaHttp {
  /** The server's own address, without a slash at its end. */
  readonly url: string;
  /** @throws ProviderError */
  call(method: string, path: string, call?: Call): Promise<Answer>;
  close(): Promise<void>;
}

/** A client that is bounded in time and size, and follows no redirect: a token goes to nobody but the server it is for. */
export function createGiteaHttp(options: GiteaHttpOptions): GiteaHttp {
  const { token, ca, timeoutMs = 15_000, maxBytes = 8 << 20 } = options;
  const url = options.url.replace(/\/+$/, "");
  const dispatcher = new Agent({ connections: 4, connect: ca === undefined ? {} : { ca } });

  async function call(method: string, path: string, { query, body, allow = [] }: Call = {}): Promise<Answer> {
    const what = `${method} ${path}`;
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await request(`${url}/api/v1${path}${search(query)}`, {
      ...{ method, dispatcher, signal },
      headers: {
        ...{ authorization: `token ${await token()}`, accept: "application/json", "user-agent": "agent-safe" },
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((cause: unknown) => unreachable(what, cause));
    const chunks: Buffer[] = [];
    let bytes = 0;
    try {
      for await (const chunk of response.body as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        if (bytes > maxBytes) throw new ProviderError("UNEXPECTED", `${what}: more than ${maxBytes} bytes`);
        chunks.push(chunk);
      }
    } catch (cause) {
      if (cause instanceof ProviderError) throw cause;
      unreachable(what, cause);
    }
    const text = Buffer.concat(chunks).toString("utf8");
    const { statusCode: status, headers } = response;
    const date = Date.parse(one(headers.date) ?? "");
    const known = { status, date: Number.isNaN(date) ? undefined : date };
    if ((status < 200 || status > 299) && !allow.includes(status)) {
      throw failure(what, { ...known, text, retryAfter: one(headers["retry-after"]) });
    }
    if (text === "") return { ...known, body: undefined };
    try {
      return { ...known, body: JSON.parse(text) };
    } catch (cause) {
      // Of an answer that is allowed to be a failure the status is all that counts.
      if (status > 299) return { ...known, body: undefined };
      throw new ProviderError("UNEXPECTED", `${what}: answered something that is not JSON`, { cause });
    }
  }

  return { url, call, close: () => dispatcher.close() };
}

function unreachable(what: string, cause: unknown): never {
  const why = cause instanceof Error ? cause.message : String(cause);
  throw new ProviderError("UNAVAILABLE", `${what}: ${why}`, { cause });
}

function search(query: Call["query"]): string {
  if (query === undefined) return "";
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) params.set(name, String(value));
  return `?${params}`;
}

function one(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
