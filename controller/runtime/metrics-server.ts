import type { Registry } from "prom-client";
import { createSideServer, type SideServer } from "./side-server.ts";
import { type Logger, silentLogger } from "./types.ts";

/** Serves a registry at `/metrics`. */
export function createMetricsServer(options: { address: string; registry: Registry; logger?: Logger }): SideServer {
  const { registry } = options;
  const logger = options.logger ?? silentLogger;
  return createSideServer(options.address, (request, response) => {
    if (new URL(request.url ?? "/", "http://localhost").pathname !== "/metrics") {
      response.writeHead(404).end();
      return;
    }
    registry.metrics().then(
      (text) => response.writeHead(200, { "content-type": registry.contentType }).end(text),
      (error: unknown) => {
        logger.error({ err: error }, "metrics could not be collected");
        response.writeHead(500).end();
      },
    );
  });
}
