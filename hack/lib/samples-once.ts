import { createHash } from "node:crypto";
import { join } from "node:path";
import type { KubeClient } from "../../controller/runtime/client.ts";
import { readJson, writeFileAtomic } from "./files.ts";
import { installSamples } from "./install.ts";
import type { Logger } from "./logger.ts";
import type { Manifests } from "./manifests.ts";
import { resources } from "./resources.ts";

/**
 * Installs the catalog and the samples once per cluster, and again when the checkout has others: what somebody changed in
 * them (a policy to try, an agent suspended) outlives a restart.
 */
export async function installSamplesOnce(
  client: KubeClient,
  manifests: Manifests,
  home: string,
  logger: Logger,
): Promise<void> {
  const file = join(home, "samples.json");
  const cluster = (await client.get(resources.namespaces, { name: "kube-system" })).metadata.uid ?? "";
  const content = JSON.stringify([manifests.catalog, manifests.samples]);
  const digest = createHash("sha256").update(content).digest("hex");
  const installed = readJson<Record<string, string>>(file) ?? {};
  if (installed[cluster] === digest) return;
  await installSamples(client, manifests, logger);
  writeFileAtomic(file, JSON.stringify({ ...installed, [cluster]: digest }));
}
