import { parseAllDocuments, stringify } from "yaml";

interface WebhookConfiguration {
  webhooks: { clientConfig: { service?: { path?: string }; url?: string } }[];
}

/**
 * Points webhook configurations (YAML) at a webhook that runs outside the cluster: each `service` becomes a URL under
 * `base`, such as `https://127.0.0.1:9443`.
 */
export function pointWebhooksAt(base: string, manifests: string): string {
  const documents = parseAllDocuments(manifests).map((document) => document.toJS() as WebhookConfiguration);
  for (const { clientConfig } of documents.flatMap((document) => document.webhooks)) {
    clientConfig.url = `${base}${clientConfig.service?.path ?? ""}`;
    delete clientConfig.service;
  }
  return documents.map((document) => stringify(document)).join("---\n");
}
