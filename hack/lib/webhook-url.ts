import type { Manifest } from "./manifests.ts";

type WebhookConfiguration = Manifest & {
  webhooks: { clientConfig: { service?: { path?: string }; url?: string } }[];
};

/**
 * Points webhook configurations at a webhook that runs outside the cluster: each `service` becomes a URL under `base`,
 * such as `https://127.0.0.1:9443`.
 */
export function pointWebhooksAt(base: string, configurations: readonly Manifest[]): Manifest[] {
  return (configurations as readonly WebhookConfiguration[]).map((configuration) => ({
    ...configuration,
    webhooks: configuration.webhooks.map(({ clientConfig: { service, ...clientConfig }, ...webhook }) => ({
      ...webhook,
      clientConfig: { ...clientConfig, url: `${base}${service?.path ?? ""}` },
    })),
  }));
}
