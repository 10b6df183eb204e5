import { createWebhookServer } from "../../webhook/server.ts";
import { parseAddress } from "../runtime/index.ts";
import type { RoleContext, RunningRole } from "./context.ts";

/** The admission webhook. */
export async function runWebhook(context: RoleContext): Promise<RunningRole> {
  const { client, clock, logger, metrics, settings } = context;
  const stopping = new AbortController();
  const { host = "0.0.0.0", port: wanted } = parseAddress(settings.webhookAddress);
  const server = createWebhookServer({
    client,
    clock,
    logger,
    registry: metrics.registry,
    systemNamespace: settings.systemNamespace,
    host,
    port: wanted,
    rejectionsTokenFile: settings.rejectionsTokenFile,
  });
  const port = await server.start(stopping.signal);
  logger.info({ port }, "serving admission");
  server.stopped.catch((error: unknown) => context.die(`the webhook failed: ${String(error)}`));
  return {
    health: {},
    ready: { webhook: () => server.ready() || server.reason() },
    async stop() {
      stopping.abort();
      await server.stopped;
    },
  };
}
