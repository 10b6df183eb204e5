import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { applyKustomization, applyText } from "./apply.ts";
import { type AdminAccess, kubectl } from "./cluster-access.ts";
import { type Logger, silentLogger, step } from "./logger.ts";
import { untilEstablished, untilPoliciesCompiled } from "./until-installed.ts";
import { waitFor } from "./wait.ts";
import { pointWebhooksAt } from "./webhook-url.ts";

/** The checkout. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

const config = (...parts: string[]) => join(root, "config", ...parts);

/** What must be there before the roles start: kinds, identities and their rights, admission policies, sentinels. */
export async function installFoundation(access: AdminAccess, logger: Logger): Promise<void> {
  await step(logger, "custom resource definitions", async () => {
    await applyKustomization(access, config("crd"));
    await untilEstablished(access.client);
  });
  await step(logger, "identities, rights and admission policies", async () => {
    await applyKustomization(access, config("rbac"));
    await Promise.all([
      applyKustomization(access, config("admission")),
      applyKustomization(access, config("rbac", "sentinels")),
    ]);
  });
}

/**
 * Installs what needs no process of ours: kinds, identities, rights, admission policies, sentinels, catalog.
 * For tests and tools that bring the roles, or none, themselves.
 */
export async function installInto(access: AdminAccess, logger: Logger = silentLogger): Promise<void> {
  await installFoundation(access, logger);
  await Promise.all([untilPoliciesCompiled(access.client, logger), applyKustomization(access, join(root, "catalog"))]);
}

/** Has the API server ask the webhook at `url`. From then on the catalog can only be written while the webhook serves. */
export async function installWebhooks(access: AdminAccess, url: string): Promise<void> {
  await applyText(access, pointWebhooksAt(url, await kubectl(access, ["kustomize", config("admission", "webhooks")])));
}

/** Takes the webhook configurations away; the guard then stops all decisions, and the catalog can be written unchecked. */
export async function removeWebhooks(access: AdminAccess): Promise<void> {
  const kinds = "validatingwebhookconfiguration,mutatingwebhookconfiguration";
  await kubectl(access, ["delete", kinds, "agent-safe", "--ignore-not-found"]);
}

/** Installs the catalog and the samples (workloads, targets, policies, agents); the webhook must serve. */
export async function installSamples(access: AdminAccess, logger: Logger): Promise<void> {
  await step(logger, "catalog", () => patiently(() => applyKustomization(access, join(root, "catalog"))));
  await step(logger, "samples", () => patiently(() => applyKustomization(access, config("samples"))));
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
