import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { applyKustomization, applyText } from "./apply.ts";
import { type ClusterAccess, kubectl } from "./cluster-access.ts";
import { type Logger, silentLogger, step } from "./logger.ts";
import { waitFor } from "./wait.ts";
import { pointWebhooksAt } from "./webhook-url.ts";

/** The checkout. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

const config = (...parts: string[]) => join(root, "config", ...parts);

/** What must be there before the roles start: kinds, identities and their rights, admission policies, sentinels. */
export async function installFoundation(access: ClusterAccess, logger: Logger): Promise<void> {
  await step(logger, "custom resource definitions", async () => {
    await applyKustomization(access, config("crd"));
    const kinds = (await kubectl(access, ["get", "crd", "-o", "name"]))
      .split("\n")
      .filter((name) => name.endsWith(".agentsafe.dev"));
    await kubectl(access, ["wait", "--for=condition=Established", "--timeout=60s", ...kinds]);
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
export async function installInto(access: ClusterAccess, logger: Logger = silentLogger): Promise<void> {
  await installFoundation(access, logger);
  await Promise.all([untilPoliciesCompiled(access, logger), applyKustomization(access, join(root, "catalog"))]);
}

/** Has the API server ask the webhook at `url`. From then on the catalog can only be written while the webhook serves. */
export async function installWebhooks(access: ClusterAccess, url: string): Promise<void> {
  await applyText(access, pointWebhooksAt(url, await kubectl(access, ["kustomize", config("admission", "webhooks")])));
}

/** Takes the webhook configurations away; the guard then stops all decisions, and the catalog can be written unchecked. */
export async function removeWebhooks(access: ClusterAccess): Promise<void> {
  const kinds = "validatingwebhookconfiguration,mutatingwebhookconfiguration";
  await kubectl(access, ["delete", kinds, "agent-safe", "--ignore-not-found"]);
}

/** Waits until the webhook has put its certificate authority into its configurations. */
export async function untilWebhooksTrusted(access: ClusterAccess): Promise<void> {
  const args = ["get", "validatingwebhookconfiguration,mutatingwebhookconfiguration", "-o", "json"];
  await waitFor(
    async () => {
      const list = JSON.parse(await kubectl(access, args)) as { items: WebhookConfiguration[] };
      const ours = list.items.filter((item) => item.metadata.name === "agent-safe");
      return (
        ours.length === 2 && ours.every((item) => item.webhooks.every(({ clientConfig }) => clientConfig.caBundle))
      );
    },
    { timeoutMs: 60_000, intervalMs: 250, what: "the webhook's certificate authority in its configurations" },
  );
}

interface WebhookConfiguration {
  metadata: { name: string };
  webhooks: { clientConfig: { caBundle?: string } }[];
}

/** Waits until the API server has compiled every admission policy, and tells of expressions that don't fit the schemas. */
export async function untilPoliciesCompiled(access: ClusterAccess, logger: Logger): Promise<void> {
  const compiled = await waitFor(
    async () => {
      const list = JSON.parse(
        await kubectl(access, ["get", "validatingadmissionpolicies", "-o", "json"]),
      ) as PolicyList;
      const current = ({ metadata, status }: Policy) => status?.observedGeneration === metadata.generation;
      return list.items.every(current) && list.items;
    },
    { timeoutMs: 60_000, intervalMs: 250, what: "the admission policies to be compiled" },
  );
  for (const { metadata, status } of compiled)
    for (const { fieldRef, warning } of status?.typeChecking?.expressionWarnings ?? [])
      logger.info(`  warning: ${metadata.name} ${fieldRef}: ${warning}`);
}

interface PolicyList {
  items: Policy[];
}

interface Policy {
  metadata: { name: string; generation: number };
  status?: {
    observedGeneration?: number;
    typeChecking?: { expressionWarnings?: { fieldRef: string; warning: string }[] };
  };
}

/** Installs the catalog and the samples (workloads, targets, policies, agents); the webhook must serve. */
export async function installSamples(access: ClusterAccess, logger: Logger): Promise<void> {
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
