import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { messageOf } from "../errors.ts";
import type { Logger } from "../types.ts";
import { BodyError, readBody } from "./body.ts";
import type { KeyPair } from "./certificates.ts";
import { createGate, type Gate } from "./gate.ts";

/** Bodies up to this size are read at once, whoever sends them. */
const SMALL_BODY = 64 * 1024;

/** What a handler answers: an HTTP status and a JSON value. */
export interface Reply {
  readonly status: number;
  readonly body: unknown;
}

/** Answers one POST whose body was read whole. */
export type PostHandler = (body: string, request: IncomingMessage) => Promise<Reply>;

export interface JsonServerOptions {
  /** POST handlers by exact path. */
  readonly routes: Readonly<Record<string, PostHandler>>;
  /** The largest body that is read, in bytes. */
  readonly bodyLimit: number;
  readonly logger: Logger;
  /** When it says false every POST is answered 503. */
  readonly ready?: () => boolean;
  /** Requests handled at once (64) and waiting behind them (512), their bodies already read; more are answered 503. */
  readonly running?: number;
  readonly waiting?: number;
  /** How long one request may take from its first byte to the end of its body (10 s). */
  readonly requestTimeoutMs?: number;
  /** How long a connection may be silent (120 s): longer than clients keep theirs, so that it is they who end it. */
  readonly idleTimeoutMs?: number;
}

/** An HTTPS server whose certificate can change while it serves. */
export interface JsonServer {
  /** Takes a certificate into use for new connections; the first call lets the server answer handshakes at all. */
  serve(pair: KeyPair): void;
  /** Resolves to the port once it listens. Rejects when the address can't be had. */
  listen(host: string, port: number): Promise<number>;
  /** Takes no new connections and ends when the open requests are answered, at the latest after `graceMs` (5 s). */
  close(graceMs?: number): Promise<void>;
}

/** A small HTTPS server for JSON posts that bounds size, time and number of what it takes. */
export function createJsonServer(options: JsonServerOptions): JsonServer {
  const { logger, routes } = options;
  const gate = createGate({ running: options.running ?? 64, waiting: options.waiting ?? 512 });
  // Whoever sends slowly keeps others waiting only if they send as much: memory is bounded by connections times what is small.
  const large = createGate({ running: 16, waiting: 64 });
  const requestTimeout = options.requestTimeoutMs ?? 10_000;
  const idleTimeout = options.idleTimeoutMs ?? 120_000;

  const server: Server = createServer({
    minVersion: "TLSv1.2",
    handshakeTimeout: 5_000,
    headersTimeout: Math.min(5_000, requestTimeout),
    requestTimeout,
    connectionsCheckingInterval: Math.min(5_000, requestTimeout),
    keepAliveTimeout: idleTimeout,
    maxHeaderSize: 16 * 1024,
  });
  server.maxConnections = 1024;
  server.setTimeout(idleTimeout);
  server.on("request", (request, response) => {
    handle(request, response).catch((error: unknown) => {
      logger.error({ err: error, path: request.url?.slice(0, 100) }, "a request could not be answered");
      send(request, response, { status: 500, body: { error: "internal error" } });
    });
  });
  // Both are about one peer; without a listener node would close the socket just so, with one we must.
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    const late = error.code === "ERR_HTTP_REQUEST_TIMEOUT";
    // A client that opened a connection ahead of need has begun nothing. An answer now would be taken for that to its next request.
    if (late && (socket as TLSSocket).bytesRead === 0) return;
    logger.debug({ err: error }, "bad HTTP request");
    const status = late ? "408 Request Timeout" : "400 Bad Request";
    if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    else socket.destroy();
  });
  server.on("tlsClientError", (error: Error, socket) => {
    logger.debug({ err: error }, "TLS handshake failed");
    socket.destroy();
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refused = refuse(request);
    if (refused) return send(request, response, refused);
    const handler = routes[pathOf(request)];
    if (!handler) return send(request, response, problem(404, "no such path"));
    try {
      const body = await through(isSmall(request) ? undefined : large, () => readBody(request, options.bodyLimit));
      send(request, response, await through(gate, () => handler(body, request)));
    } catch (error) {
      if (error instanceof BodyError) send(request, response, problem(error.status, error.message));
      else if (error instanceof TooManyError) send(request, response, problem(503, error.message));
      else throw error;
    }
  }

  function refuse(request: IncomingMessage): Reply | undefined {
    if (!Object.hasOwn(routes, pathOf(request))) return problem(404, "no such path");
    if (request.method !== "POST") return problem(405, "only POST is answered here");
    const type = (request.headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase();
    if (type !== "application/json") return problem(415, "only application/json is taken");
    if (request.headers["content-encoding"]) return problem(415, "compressed bodies are not taken");
    if (options.ready && !options.ready()) return problem(503, "not ready yet");
    return undefined;
  }

  return {
    serve: (pair) => server.setSecureContext({ cert: pair.certificate, key: pair.key, minVersion: "TLSv1.2" }),
    listen: (host, port) =>
      new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen(port, host, () => {
          server.off("error", reject);
          server.on("error", (error) => logger.error({ err: error }, messageOf(error)));
          resolve((server.address() as AddressInfo).port);
        });
      }),
    close: (graceMs = 5_000) =>
      new Promise((resolve) => {
        if (!server.listening) return resolve();
        const timer = setTimeout(() => server.closeAllConnections(), graceMs);
        server.close(() => {
          clearTimeout(timer);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}

/** A reply that says what was wrong with the HTTP request itself. */
export function problem(status: number, error: string): Reply {
  return { status, body: { error } };
}

/** A body that says beforehand that it is small. */
function isSmall({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] === undefined && Number(headers["content-length"] ?? 0) <= SMALL_BODY;
}

class TooManyError extends Error {
  override readonly name = "TooManyError";
}

/** Runs a task inside a gate. Throws TooManyError when even its queue is full. */
async function through<T>(gate: Gate | undefined, task: () => Promise<T>): Promise<T> {
  if (!gate) return task();
  const leave = await gate.enter();
  if (!leave) throw new TooManyError("too many requests at once");
  try {
    return await task();
  } finally {
    leave();
  }
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? "").split("?", 1)[0] ?? "";
}

function send(request: IncomingMessage, response: ServerResponse, reply: Reply): void {
  if (response.headersSent || response.destroyed) return;
  const text = JSON.stringify(reply.body);
  const headers: Record<string, string | number> = {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
  };
  // A body that was not read whole can't be told from the next request: the connection ends here.
  if (!request.complete) headers.connection = "close";
  if (reply.status === 503) headers["retry-after"] = 1;
  response.writeHead(reply.status, headers).end(text, () => {
    if (!request.complete) request.destroy();
  });
}
