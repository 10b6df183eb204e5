import type { KubeClient } from "../../controller/runtime/client.ts";
import type { KubeObject } from "../../controller/runtime/types.ts";
import type { Logger } from "./logger.ts";
import { resources } from "./resources.ts";
import { waitFor } from "./wait.ts";

const patience = { timeoutMs: 60_000, intervalMs: 100 };

interface Definition extends KubeObject {
  spec: { group: string };
  status?: { conditions?: { type: string; status: string }[] };
}

/** Waits until the API server serves every kind of ours. */
export async function untilEstablished(client: KubeClient): Promise<void> {
  const established = ({ status }: Definition) =>
    status?.conditions?.some((condition) => condition.type === "Established" && condition.status === "True");
  await waitFor(
    async () => {
      const { items } = await client.list<Definition>(resources.definitions);
      return items.filter(({ spec }) => spec.group === "agentsafe.dev").every(established);
    },
    { ...patience, what: "the custom resource definitions to be established" },
  );
}

interface WebhookConfiguration extends KubeObject {
  webhooks: { clientConfig: { caBundle?: string } }[];
}

/** Waits until the webhook has put its certificate authority into its configurations. */
export async function untilWebhooksTrusted(client: KubeClient): Promise<void> {
  const kinds = [resources.mutatingWebhooks, resources.validatingWebhooks];
  await waitFor(
    async () => {
      const found = kinds.map((kind) => client.get<WebhookConfiguration>(kind, { name: "agent-safe" }));
      return (await Promise.all(found)).every((item) =>
        item.webhooks.every(({ clientConfig }) => clientConfig.caBundle),
      );
    },
    { ...patience, what: "the webhook's certificate authority in its configurations" },
  );
}

interface Policy extends KubeObject {
  metadata: KubeObject["metadata"] & { generation?: number };
  status?: {
    observedGeneration?: number;
    typeChecking?: { expressionWarnings?: { fieldRef: string; warning: string }[] };
  };
}

/** Waits until the API server has compiled every admission policy, and tells of expressions that don't fit the schemas. */
export async function untilPoliciesCompiled(client: KubeClient, logger: Logger): Promise<void> {
  const compiled = await waitFor(
    async () => {
      const { items } = await client.list<Policy>(resources.policies);
      return items.every(({ metadata, status }) => status?.observedGeneration === metadata.generation) && items;
    },
    { ...patience, what: "the admission policies to be compiled" },
  );
  for (const { metadata, status } of compiled)
    for (const { fieldRef, warning } of status?.typeChecking?.expressionWarnings ?? [])
      logger.info(`  warning: ${metadata.name} ${fieldRef}: ${warning}`);
}
