import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { ClusterAccess } from "../../controller/runtime/kubeconfig.ts";
import type { KubeObject } from "../../controller/runtime/types.ts";

/** A request as it arrived. */
export interface Seen {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage["headers"];
  body: string;
  at: number;
}

export type Step = (seen: Seen, response: ServerResponse) => void | Promise<void>;

/** A server that answers by script: next the steps that were put in line, then the standing answers. */
export interface ScriptedServer {
  readonly access: ClusterAccess;
  readonly seen: Seen[];
  /** Connections that were opened in all. */
  readonly connections: () => number;
  /** What lists answer when no step is in line. */
  state: { items: KubeObject[]; resourceVersion: string };
  /** Watches that are open now and stay so. */
  readonly watches: Set<ServerResponse>;
  readonly count: (kind: "list" | "watch" | "other") => number;
  nextList(...steps: Step[]): void;
  nextWatch(...steps: Step[]): void;
  /** Answers everything that is neither a list nor a watch. */
  answer: Step;
  /** Sends an event to the open watches. */
  send(type: string, object: object): void;
  close(): Promise<void>;
}

/** A ConfigMap as the server would show it. */
export function configMap(
  name: string,
  resourceVersion: string | number,
  uid = `uid-${name}`,
): KubeObject & { data: object } {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace: "default", uid, resourceVersion: String(resourceVersion) },
    data: {},
  };
}

export function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}

/** An error answer. */
export function failWith(code: number, reason: string, headers: Record<string, string> = {}): Step {
  return (_seen, response) =>
    json(response, code, { kind: "Status", status: "Failure", code, reason, message: `scripted ${reason}` }, headers);
}

export function event(type: string, object: object): string {
  return `${JSON.stringify({ type, object })}\n`;
}

/** A watch that says this and ends. */
export function say(...events: [string, object][]): Step {
  return (_seen, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(events.map(([type, object]) => event(type, object)).join(""));
  };
}

export async function startScriptedServer(tls?: {
  key: string;
  cert: string;
  clientCa?: string;
}): Promise<ScriptedServer> {
  const seen: Seen[] = [];
  const sockets = new Set<Socket>();
  const lists: Step[] = [];
  const watchSteps: Step[] = [];
  let opened = 0;

  function standingList(_seen: Seen, response: ServerResponse): void {
    const { items, resourceVersion } = api.state;
    json(response, 200, { kind: "List", metadata: { resourceVersion }, items });
  }
  function standingWatch(_seen: Seen, response: ServerResponse): void {
    response.writeHead(200, { "content-type": "application/json" });
    response.flushHeaders();
    api.watches.add(response);
    response.on("close", () => api.watches.delete(response));
  }
  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://scripted");
    let body = "";
    for await (const chunk of request) body += chunk;
    const one: Seen = {
      method: request.method ?? "",
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body,
      at: performance.now(),
    };
    seen.push(one);
    const kind = kindOf(one);
    if (kind === "watch") return (watchSteps.shift() ?? standingWatch)(one, response);
    if (kind === "list") return (lists.shift() ?? standingList)(one, response);
    return api.answer(one, response);
  }
  const listener = (request: IncomingMessage, response: ServerResponse) => void handle(request, response);
  const server = tls
    ? createTlsServer(
        { ...tls, ca: tls.clientCa, requestCert: tls.clientCa !== undefined, rejectUnauthorized: false },
        listener,
      )
    : createServer(listener);
  server.on("connection", (socket: Socket) => {
    opened += 1;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const api: ScriptedServer = {
    access: {
      server: `${tls ? "https" : "http"}://127.0.0.1:${port}`,
      ...(tls ? { ca: tls.cert } : {}),
      insecure: false,
      credential: { kind: "none" },
    },
    seen,
    connections: () => opened,
    state: { items: [], resourceVersion: "100" },
    watches: new Set(),
    count: (kind) => seen.filter((one) => kindOf(one) === kind).length,
    nextList: (...steps) => void lists.push(...steps),
    nextWatch: (...steps) => void watchSteps.push(...steps),
    answer: (_seen, response) =>
      json(response, 404, { kind: "Status", code: 404, reason: "NotFound", message: "no such thing" }),
    send(type, object) {
      for (const watch of api.watches) watch.write(event(type, object));
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
  return api;
}

/** The informer's own check of the live version (`limit=1`) is not one of its lists. */
function kindOf(seen: Seen): "list" | "watch" | "other" {
  if (seen.query.get("watch") === "1") return "watch";
  return seen.method === "GET" && seen.path.endsWith("/configmaps") && seen.query.get("limit") !== "1"
    ? "list"
    : "other";
}

/** Waits until `condition` holds; fails after a time that only a broken test reaches. */
export async function until(condition: () => boolean, what: string, deadlineMs = 20_000): Promise<void> {
  const end = performance.now() + deadlineMs;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
