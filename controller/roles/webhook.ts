import { createWebhookServer } from "../../webhook/server.ts";
import type { RoleContext, RunningRole } from "./context.ts";

/** The admission webhook. */
export async function runWebhook(context: RoleContext): Promise<RunningRole> {
  const { client, clock, logger, metrics, settings } = context;
  const stopping = new AbortController();
  const colon = settings.webhookAddress.lastIndexOf(":");
  const server = createWebhookServer({
    client,
    clock,
    logger,
    registry: metrics.registry,
    systemNamespace: settings.systemNamespace,
    host: settings.webhookAddress.slice(0, colon),
    port: Number(settings.webhookAddress.slice(colon + 1)),
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
