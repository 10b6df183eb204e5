import type { KubeClient } from "../../controller/runtime/client.ts";
import { isKubeError } from "../../controller/runtime/errors.ts";
import { applyManifests } from "./apply.ts";
import type { AdminAccess } from "./cluster-access.ts";
import { type Logger, silentLogger, step } from "./logger.ts";
import { type Manifests, renderManifests } from "./manifests.ts";
import { resources } from "./resources.ts";
import { untilEstablished, untilPoliciesCompiled } from "./until-installed.ts";
import { waitFor } from "./wait.ts";
import { pointWebhooksAt } from "./webhook-url.ts";

/** What must be there before the roles start: kinds, identities and their rights, admission policies, sentinels. */
export async function installFoundation(client: KubeClient, manifests: Manifests, logger: Logger): Promise<void> {
  await step(logger, "custom resource definitions, identities, rights", async () => {
    await Promise.all([applyManifests(client, manifests.definitions), applyManifests(client, manifests.rights)]);
    await untilEstablished(client);
  });
  await step(logger, "admission policies", () =>
    Promise.all([applyManifests(client, manifests.policies), applyManifests(client, manifests.sentinels)]),
  );
}

/**
 * Installs what needs no process of ours: kinds, identities, rights, admission policies, sentinels, catalog.
 * For tests and tools that bring the roles, or none, themselves.
 */
export async function installInto(
  { client, kubectlPath }: Pick<AdminAccess, "client" | "kubectlPath">,
  logger: Logger = silentLogger,
): Promise<void> {
  const manifests = await renderManifests(kubectlPath);
  await installFoundation(client, manifests, logger);
  await Promise.all([untilPoliciesCompiled(client, logger), applyManifests(client, manifests.catalog)]);
}

/** Has the API server ask the webhook at `url`. From then on the catalog can only be written while the webhook serves. */
export async function installWebhooks(client: KubeClient, manifests: Manifests, url: string): Promise<void> {
  await applyManifests(client, pointWebhooksAt(url, manifests.webhooks));
}

/** Takes the webhook configurations away; the guard then stops all decisions, and the catalog can be written unchecked. */
export async function removeWebhooks(client: KubeClient): Promise<void> {
  for (const kind of [resources.mutatingWebhooks, resources.validatingWebhooks]) {
    try {
      await client.delete(kind, { name: "agent-safe" });
    } catch (error) {
      if (!isKubeError(error) || error.status !== 404) throw error;
    }
  }
}

/** Installs the catalog and the samples (workloads, targets, policies, agents); the webhook must serve. */
export async function installSamples(client: KubeClient, manifests: Manifests, logger: Logger): Promise<void> {
  const all = [...manifests.catalog, ...manifests.samples];
  await step(logger, "catalog and samples", () => patiently(() => applyManifests(client, all)));
}

/** Tries again while the API server does not reach the webhook yet; any other refusal is final. */
async function patiently(run: () => Promise<void>): Promise<void> {
  const final: Error[] = [];
  await waitFor(
    async () => {
      try {
        await run();
      } catch (error) {
        if (!(error instanceof Error) || /failed calling webhook/.test(error.message)) throw error;
        final.push(error);
      }
      return true;
    },
    { timeoutMs: 60_000, intervalMs: 500, what: "the API server to reach the webhook" },
  );
  if (final[0] !== undefined) throw final[0];
}
