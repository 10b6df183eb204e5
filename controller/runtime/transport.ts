import { Agent, type Dispatcher } from "undici";
import { type Authorizer, createAuthorizer } from "./auth.ts";
import { errorFromResponse, KubeError } from "./errors.ts";
import { type Deadline, deadline, readBody, streamBody, type TransportRequest, wrap } from "./exchange.ts";
import { type ClusterAccess, loadClusterAccess } from "./kubeconfig.ts";
import { retryAfterOf, sleep } from "./wait.ts";

export type { TransportRequest } from "./exchange.ts";

/** A whole answer with a 2xx status. */
export interface TransportResponse {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** An answer that is still coming: a watch or a followed log. */
export interface TransportStream {
  status: number;
  body: AsyncIterable<Uint8Array>;
  /** Ends the connection at once; reading then stops. */
  destroy(): void;
}

/** The way to one API server as one identity. All failures are {@link KubeError}s. */
export interface Transport {
  readonly server: string;
  request(request: TransportRequest): Promise<TransportResponse>;
  /** `timeoutMs` bounds the wait for the answer's head only. */
  stream(request: TransportRequest): Promise<TransportStream>;
  /** The same server and CA as another identity; the connection never carries this one's client certificate. */
  withToken(token: string): Transport;
  close(): Promise<void>;
}

export interface TransportLimits {
  timeoutMs?: number;
  maxRequestBytes?: number;
  maxResponseBytes?: number;
  /** How often a 429 with Retry-After (or a GET whose kept-alive connection was gone) is repeated. */
  retries?: number;
  connections?: number;
}

export interface TransportOptions extends TransportLimits {
  kubeconfig?: string;
  context?: string;
  /** Instead of a kubeconfig: for tests and for callers that know the server. */
  access?: ClusterAccess;
  userAgent: string;
  clock?: () => number;
}

type Limits = Required<TransportLimits>;

const defaults: Limits = {
  timeoutMs: 30_000,
  maxRequestBytes: 3 * 1024 * 1024,
  maxResponseBytes: 64 * 1024 * 1024,
  retries: 4,
  connections: 256,
};

/** The longest single wait that a server may ask for with Retry-After. */
const maxRetryAfterMs = 10_000;

function createAgent(access: ClusterAccess, limits: Limits, withClientCertificate: boolean): Agent {
  return new Agent({
    // HTTP/2 would put every watch and write on one TCP connection, and one slow watch would hold up the rest.
    allowH2: false,
    pipelining: 1,
    connections: limits.connections,
    keepAliveTimeout: 30_000,
    keepAliveMaxTimeout: 300_000,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: {
      timeout: 10_000,
      rejectUnauthorized: !access.insecure,
      ...(access.ca ? { ca: access.ca } : {}),
      ...(access.servername ? { servername: access.servername } : {}),
      ...(withClientCertificate && access.cert ? { cert: access.cert, key: access.key } : {}),
    },
  });
}

/** A kept-alive connection that the server closed just as we used it; only reads may be repeated blindly. */
function staleConnection(error: unknown, method: string): boolean {
  if (method !== "GET" || !(error instanceof Error) || !("code" in error)) return false;
  return error.code === "UND_ERR_SOCKET" || error.code === "ECONNRESET" || error.code === "EPIPE";
}

function buildTransport(
  access: ClusterAccess,
  agent: Agent,
  authorizer: Authorizer,
  limits: Limits,
  userAgent: string,
  tokenAgent: () => Agent,
  close: () => Promise<void>,
): Transport {
  const url = new URL(access.server);
  const origin = url.origin;
  const prefix = url.pathname === "/" ? "" : url.pathname;

  async function send(request: TransportRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const pending = authorizer.header();
    const authorization = pending instanceof Promise ? await pending : pending;
    const headers: Record<string, string> = { accept: "application/json", "user-agent": userAgent, ...request.headers };
    if (authorization !== undefined) headers.authorization = authorization;
    return agent.request({
      origin,
      path: prefix + request.path,
      method: request.method,
      headers,
      body: request.body ?? null,
      signal,
    });
  }

  /** Repeats what is safe to repeat; any other answer than 2xx is thrown. */
  async function answer(request: TransportRequest, what: string, limit: Deadline): Promise<Dispatcher.ResponseData> {
    if (request.body !== undefined && Buffer.byteLength(request.body) > limits.maxRequestBytes) {
      const message = `${what}: the body is larger than ${limits.maxRequestBytes} bytes`;
      throw new KubeError({ code: "REQUEST_TOO_LARGE", message });
    }
    let renewed = false;
    for (let attempt = 0; ; attempt += 1) {
      let response: Dispatcher.ResponseData;
      try {
        response = await send(request, limit.signal);
      } catch (error) {
        if (attempt === 0 && !limit.signal.aborted && staleConnection(error, request.method)) continue;
        throw error;
      }
      if (response.statusCode < 300) return response;
      const text = await readBody(response.body, 1024 * 1024, what);
      if (response.statusCode === 401 && authorizer.renewable && !renewed) {
        renewed = true;
        authorizer.renew();
        continue;
      }
      const retryAfterMs = retryAfterOf(response.headers["retry-after"]);
      const error = errorFromResponse(what, response.statusCode, text, retryAfterMs);
      // A 429 was refused before it was processed, so a write may be repeated too.
      const again = error.status === 429 && retryAfterMs !== undefined && !request.noRetry && attempt < limits.retries;
      if (!again) throw error;
      await sleep(Math.min(retryAfterMs, maxRetryAfterMs), limit.signal);
      if (limit.signal.aborted) throw error;
    }
  }

  async function request(req: TransportRequest): Promise<TransportResponse> {
    const timeoutMs = req.timeoutMs ?? limits.timeoutMs;
    const what = describe(req);
    const limit = deadline(timeoutMs, req.signal);
    try {
      const response = await answer(req, what, limit);
      const body = await readBody(response.body, req.maxResponseBytes ?? limits.maxResponseBytes, what);
      return { status: response.statusCode, headers: response.headers, body };
    } catch (error) {
      throw wrap(error, what, req, limit, timeoutMs);
    } finally {
      limit.end();
    }
  }

  async function stream(req: TransportRequest): Promise<TransportStream> {
    const timeoutMs = req.timeoutMs ?? limits.timeoutMs;
    const what = describe(req);
    const limit = deadline(timeoutMs, req.signal);
    try {
      const response = await answer({ ...req, noRetry: true }, what, limit);
      limit.stopTimer();
      return {
        status: response.statusCode,
        body: streamBody(response.body, req, what, limit, timeoutMs),
        destroy: limit.abort,
      };
    } catch (error) {
      limit.end();
      throw wrap(error, what, req, limit, timeoutMs);
    }
  }

  function withToken(token: string): Transport {
    const authorize = createAuthorizer({ kind: "token", token }, Date.now);
    return buildTransport(access, tokenAgent(), authorize, limits, userAgent, tokenAgent, async () => undefined);
  }

  return { server: access.server, request, stream, withToken, close };
}

function describe(request: TransportRequest): string {
  const query = request.path.indexOf("?");
  return `${request.method} ${query < 0 ? request.path : request.path.slice(0, query)}`;
}

/**
 * Opens the way to an API server over one shared pool of HTTP/1.1 connections. Nothing is sent yet.
 * @throws KubeError CONFIG when no server or no readable credentials can be found
 */
export function createTransport(options: TransportOptions): Transport {
  const access = options.access ?? loadClusterAccess(options);
  const limits: Limits = {
    timeoutMs: options.timeoutMs ?? defaults.timeoutMs,
    maxRequestBytes: options.maxRequestBytes ?? defaults.maxRequestBytes,
    maxResponseBytes: options.maxResponseBytes ?? defaults.maxResponseBytes,
    retries: options.retries ?? defaults.retries,
    connections: options.connections ?? defaults.connections,
  };
  const agent = createAgent(access, limits, true);
  let second: Agent | undefined;
  // An API server prefers a client certificate to a bearer token: tokens need connections without one.
  const tokenAgent = (): Agent => {
    if (!access.cert) return agent;
    second ??= createAgent(access, limits, false);
    return second;
  };
  const authorizer = createAuthorizer(access.credential, options.clock ?? Date.now);
  return buildTransport(access, agent, authorizer, limits, options.userAgent, tokenAgent, async () => {
    await Promise.all([agent.destroy(), second?.destroy()]);
  });
}

/** The same server and CA with another bearer token, for a credential made just in time. Closing it is not needed. */
export function createTokenTransport(base: Transport, token: string): Transport {
  return base.withToken(token);
}
