import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";

/** A small HTTP server of our own: metrics or probes. */
export interface SideServer {
  /** Listens; the answer is the URL. Rejects when the address is not free. */
  start(): Promise<string>;
  stop(): Promise<void>;
}

/** `host:port`, `:port` (all interfaces) or `[v6]:port`. @throws Error for anything else */
export function parseAddress(address: string): { host?: string; port: number } {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(address);
  const port = Number(match?.[3]);
  if (!match || port > 65_535) throw new Error(`${JSON.stringify(address)} is no address of the form host:port`);
  const host = match[1] ?? match[2];
  return host ? { host, port } : { port };
}

/** Serves GET and HEAD at `address`. */
export function createSideServer(address: string, listener: RequestListener): SideServer {
  const where = parseAddress(address);
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 10_000 }, (request, response) => {
    if (request.method === "GET" || request.method === "HEAD") {
      listener(request, response);
      return;
    }
    response.writeHead(405, { allow: "GET, HEAD" }).end();
  });
  return {
    start: () =>
      new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen(where, () => {
          server.off("error", reject);
          const { port } = server.address() as AddressInfo;
          const host = where.host ?? "127.0.0.1";
          resolve(`http://${host.includes(":") ? `[${host}]` : host}:${port}`);
        });
      }),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
