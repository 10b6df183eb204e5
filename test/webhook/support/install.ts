import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Registry } from "prom-client";
import { createClient, type KubeClient } from "../../../controller/runtime/client.ts";
import { createTransport } from "../../../controller/runtime/transport.ts";
import { silentLogger } from "../../../controller/runtime/types.ts";
import { installInto, installWebhooks } from "../../../hack/lib/install.ts";
import { renderManifests } from "../../../hack/lib/manifests.ts";
import { root } from "../../../hack/lib/root.ts";
import { createWebhookServer, type WebhookServer } from "../../../webhook/server.ts";
import { type TestCluster, waitFor } from "../../support/cluster.ts";

const SYSTEM = "agent-safe-system";

/** A webhook in this process, under its own ServiceAccount, that the API server of a cluster calls. */
export interface TestWebhook {
  readonly server: WebhookServer;
  readonly registry: Registry;
  readonly port: number;
  stop(): Promise<void>;
}

/** A client of one of the product's ServiceAccounts, and how to end it. */
export async function clientOf(cluster: TestCluster, account: string): Promise<{ client: KubeClient; close(): void }> {
  const kubeconfig = await cluster.asServiceAccount(SYSTEM, account);
  const transport = createTransport({ kubeconfig, userAgent: `test-${account}` });
  return { client: createClient(transport), close: () => void transport.close() };
}

/** A file with a token of a ServiceAccount for an audience. */
export async function tokenFile(cluster: TestCluster, account: string, audience: string): Promise<string> {
  const args = ["create", "token", "-n", SYSTEM, account, `--audience=${audience}`];
  const { stdout } = await cluster.kubectl(args);
  const file = join(cluster.scratch, `${account}-${encodeURIComponent(audience)}.token`);
  writeFileSync(file, stdout);
  return file;
}

/** Starts a webhook in a cluster where everything that it needs is installed. */
export async function startWebhook(cluster: TestCluster, options: { port?: number } = {}): Promise<TestWebhook> {
  const { client, close } = await clientOf(cluster, "agent-safe-webhook");
  const registry = new Registry();
  const server = createWebhookServer({
    client,
    registry,
    logger: silentLogger,
    systemNamespace: SYSTEM,
    host: "127.0.0.1",
    port: options.port ?? 0,
    rejectionsTokenFile: await tokenFile(cluster, "agent-safe-webhook", "agent-safe-controller"),
  });
  const stopping = new AbortController();
  const port = await server.start(stopping.signal);
  return {
    server,
    registry,
    port,
    async stop() {
      stopping.abort();
      await server.stopped;
      close();
    },
  };
}

/** Everything the webhook needs in the cluster, then the webhook itself, ready and called by the API server. */
export async function installWebhook(cluster: TestCluster): Promise<TestWebhook> {
  await installInto(cluster.admin);
  const webhook = await startWebhook(cluster);
  await installWebhooks(
    cluster.adminClient,
    await renderManifests(cluster.admin.kubectlPath),
    `https://127.0.0.1:${webhook.port}`,
  );
  await waitFor(async () => webhook.server.ready(), { timeoutMs: 60_000, what: "the webhook to be ready" });
  // The API server takes new configurations from its own watch: it asks the webhook once this is refused by it.
  await waitFor(
    async () => {
      const probe = JSON.stringify(target("webhook-probe", { type: "k8s-deployment", resource: resource("Pod") }));
      const { stderr } = await cluster.kubectl(["create", "--dry-run=server", "-f", "-"], { input: probe });
      return stderr.includes("spec.type");
    },
    { timeoutMs: 60_000, what: "the API server to ask the webhook" },
  );
  return webhook;
}

function resource(kind: string): object {
  return { kubernetes: { apiVersion: "v1", kind, namespace: "dev", name: "probe" } };
}

/** A Target's manifest. */
export function target(name: string, spec: object): object {
  const common = { environment: "dev", sensitivity: "public", owner: "web-team" };
  return { apiVersion: "agentsafe.dev/v1alpha1", kind: "Target", metadata: { name }, spec: { ...common, ...spec } };
}

/** The shipped catalog of Actions. */
export const catalogFolder = join(root, "catalog");
