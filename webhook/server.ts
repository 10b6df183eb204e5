import { isIP } from "node:net";
import type { Registry } from "prom-client";
import {
  CONTROLLER_ENDPOINT_NAME,
  WEBHOOK_CA_SECRET_NAME,
  WEBHOOK_MUTATE_PATH,
  WEBHOOK_SERVICE_NAME,
  WEBHOOK_VALIDATE_PATH,
} from "../controller/api/names.ts";
import type { KubeClient } from "../controller/runtime/client.ts";
import { createJsonServer, type PostHandler } from "../controller/runtime/https/server.ts";
import type { Logger } from "../controller/runtime/types.ts";
import { createAskedCheck } from "./admission/asked.ts";
import { createCatalogCheck } from "./admission/catalog.ts";
import { createAdmissionHandler } from "./admission/handler.ts";

import { createCaches } from "./caches.ts";
import { createCertificateKeeper } from "./certificates/keeper.ts";
import { createWebhookMetrics, type WebhookMetrics } from "./metrics.ts";
import { createRejectionReporter } from "./rejections/reporter.ts";

/** The largest AdmissionReview that is read: old and new object of the largest size that the API server stores. */
const BODY_LIMIT = 3 * 1024 * 1024;
/** Addresses to listen on that nobody calls. */
const UNSPECIFIED: ReadonlySet<string> = new Set(["0.0.0.0", "::"]);

export interface WebhookServerOptions {
  readonly client: KubeClient;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly systemNamespace: string;
  /** Where to listen; port 0 takes a free one. */
  readonly host: string;
  readonly port: number;
  /** Epoch milliseconds. */
  readonly clock?: () => number;
  /** Names by which the API server calls the webhook, besides those of its Service and the address it listens on. */
  readonly names?: readonly string[];
  /** A token of this process for the controller's audience; without it rejections are counted as lost. */
  readonly rejectionsTokenFile?: string;
}

/** The admission webhook: its server, caches, certificates and rejections. */
export interface WebhookServer {
  /** Listens and begins to keep caches and certificates; resolves to the port. Runs until the signal. */
  start(signal: AbortSignal): Promise<number>;
  /** Whether it answers reviews; until then every one gets a 503, so that nothing is created unchecked. */
  ready(): boolean;
  /** What readiness waits for; empty when ready. */
  reason(): string;
  /** Resolves when everything has ended after the signal. */
  readonly stopped: Promise<void>;
}

/** Wires the admission webhook. */
export function createWebhookServer(options: WebhookServerOptions): WebhookServer {
  const { client, logger, systemNamespace, clock = Date.now } = options;
  const metrics = createWebhookMetrics(options.registry, [WEBHOOK_MUTATE_PATH, WEBHOOK_VALIDATE_PATH]);
  const caches = createCaches({ client, clock, logger });
  const reporter = createRejectionReporter({
    client,
    clock,
    logger,
    endpoint: { namespace: systemNamespace, name: CONTROLLER_ENDPOINT_NAME },
    tokenFile: options.rejectionsTokenFile,
    onLost: metrics.lost,
  });
  const shared = { logger, onRefused: reporter.record };
  const asked = createAskedCheck(caches.actions);
  const catalog = createCatalogCheck({ findTargets: caches.findTargets, getAction: caches.actions.get });
  const server = createJsonServer({
    routes: {
      [WEBHOOK_MUTATE_PATH]: measured(
        metrics,
        WEBHOOK_MUTATE_PATH,
        createAdmissionHandler({ ...shared, check: asked }),
      ),
      [WEBHOOK_VALIDATE_PATH]: measured(
        metrics,
        WEBHOOK_VALIDATE_PATH,
        createAdmissionHandler({ ...shared, check: catalog }),
      ),
    },
    bodyLimit: BODY_LIMIT,
    logger,
    ready: caches.synced,
  });
  const service = `${WEBHOOK_SERVICE_NAME}.${systemNamespace}.svc`;
  const keeper = createCertificateKeeper({
    client,
    clock,
    logger,
    secret: { namespace: systemNamespace, name: WEBHOOK_CA_SECRET_NAME },
    names: [service, `${service}.cluster.local`, ...(options.names ?? [])],
    addresses: isIP(options.host) && !UNSPECIFIED.has(options.host) ? [options.host] : [],
    onServing: server.serve,
  });
  const stopped = Promise.withResolvers<void>();

  function reason(): string {
    if (!caches.synced()) return "the caches of Actions and Targets are not filled yet";
    if (!keeper.ready()) return "no certificate that the webhook configurations trust";
    return "";
  }

  async function start(signal: AbortSignal): Promise<number> {
    const port = await server.listen(options.host, options.port);
    const closed = new Promise<void>((resolve) => {
      const close = () => resolve(server.close());
      if (signal.aborted) close();
      else signal.addEventListener("abort", close, { once: true });
    });
    Promise.all([caches.start(signal), keeper.run(signal), reporter.run(signal), closed]).then(
      () => stopped.resolve(),
      stopped.reject,
    );
    return port;
  }

  return { start, ready: () => reason() === "", reason, stopped: stopped.promise };
}

function measured(metrics: WebhookMetrics, path: string, handler: PostHandler): PostHandler {
  return async (body, request) => {
    const start = performance.now();
    const reply = await handler(body, request);
    metrics.reviewed(path, reply.status === 200 ? "answered" : "failed", (performance.now() - start) / 1000);
    return reply;
  };
}
