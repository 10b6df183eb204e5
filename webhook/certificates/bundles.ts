import { WEBHOOK_CONFIGURATION_NAME } from "../../controller/api/names.ts";
import { MUTATING_WEBHOOKS, type Resource, VALIDATING_WEBHOOKS } from "../../controller/api/resources.ts";
import type { KubeClient } from "../../controller/runtime/client.ts";

/** The two configurations whose `caBundle` the webhook keeps. */
export const CONFIGURATIONS: readonly Resource[] = [MUTATING_WEBHOOKS, VALIDATING_WEBHOOKS];

interface Configuration {
  metadata: { name: string; resourceVersion: string };
  webhooks?: { name: string; clientConfig?: { caBundle?: string } }[];
}

/**
 * Writes the bundle into every webhook of one configuration that has another. Says whether it already had it.
 * Throws KubeError, with status 409 when somebody else wrote in between and 404 when the configuration is gone.
 */
export async function ensureBundle(client: KubeClient, resource: Resource, bundle: string): Promise<boolean> {
  const caBundle = Buffer.from(bundle).toString("base64");
  const ref = { name: WEBHOOK_CONFIGURATION_NAME };
  const found = await client.get<Configuration>(resource, ref);
  const stale = (found.webhooks ?? []).filter((webhook) => webhook.clientConfig?.caBundle !== caBundle);
  if (stale.length === 0) return true;
  // A strategic merge joins webhooks by name and leaves `service` or `url` alone.
  await client.patch(
    resource,
    ref,
    {
      metadata: { resourceVersion: found.metadata.resourceVersion },
      webhooks: stale.map(({ name }) => ({ name, clientConfig: { caBundle } })),
    },
    { type: "strategic", fieldManager: "agent-safe-webhook" },
  );
  return false;
}
