import { join } from "node:path";
import test from "ava";
import { parseAllDocuments } from "yaml";
import { root } from "../../hack/lib/root.ts";
import { useCluster, waitFor } from "../support/cluster.ts";

// Installs the product for the whole cluster, with nothing that serves it.
const cluster = await useCluster({ own: true });
const folder = (...parts: string[]) => join(root, "config", ...parts);

interface Item {
  kind: string;
  metadata: { name: string; namespace?: string; resourceVersion: string };
}

async function installed(): Promise<Item[]> {
  const rendered = (await cluster.kubectl(["kustomize", folder("default")])).stdout;
  const { stdout } = await cluster.kubectl(["get", "-f", "-", "-o", "json"], { input: rendered });
  return (JSON.parse(stdout) as { items: Item[] }).items;
}

test.serial("kubectl apply -k config/default works on a fresh cluster, and again", async (t) => {
  const first = await cluster.kubectl(["apply", "-k", folder("default")]);
  t.is(first.code, 0, first.stderr);
  t.is(first.stderr, "");
  const second = await cluster.kubectl(["apply", "-k", folder("default")]);
  t.is(second.code, 0, second.stderr);
  t.regex(second.stdout, /customresourcedefinition.apiextensions.k8s.io\/targets.agentsafe.dev unchanged/);
});

test.serial("server-side apply takes it over, and doing it twice changes nothing", async (t) => {
  const apply = () => cluster.kubectl(["apply", "--server-side", "--force-conflicts", "-k", folder("default")]);
  const first = await apply();
  t.is(first.code, 0, first.stderr);
  const settled = (item: Item) =>
    !["Deployment", "StatefulSet", "PodDisruptionBudget", "Namespace"].includes(item.kind);
  const versions = async () =>
    (await installed())
      .filter(settled)
      .map(({ kind, metadata }) => `${kind}/${metadata.name}@${metadata.resourceVersion}`);
  // Controllers finish their first look at what was just created.
  const before = await waitFor(
    async () => {
      const once = await versions();
      await new Promise((resolve) => setTimeout(resolve, 1000));
      return (await versions()).join() === once.join() && once;
    },
    { timeoutMs: 60_000, what: "what was installed to settle" },
  );
  const second = await apply();
  t.is(second.code, 0, second.stderr);
  t.deepEqual(await versions(), before);
});

test.serial("what the roles keep in Secrets and configurations survives another apply", async (t) => {
  const secret = ["-n", "agent-safe-system", "secret", "agent-safe-webhook-ca"];
  const patch = JSON.stringify({ data: { "ca.crt": "eA==" } });
  t.is((await cluster.kubectl(["patch", ...secret, "--type=merge", "-p", patch])).code, 0);
  const bundle = JSON.stringify([{ op: "add", path: "/webhooks/0/clientConfig/caBundle", value: await caBundle() }]);
  const configuration = ["mutatingwebhookconfiguration", "agent-safe"];
  const patched = await cluster.kubectl(["patch", ...configuration, "--type=json", "-p", bundle]);
  t.is(patched.code, 0, patched.stderr);
  for (const mode of [["--server-side", "--force-conflicts"], []]) {
    const again = await cluster.kubectl(["apply", ...mode, "-k", folder("default")]);
    t.is(again.code, 0, again.stderr);
    t.is((await cluster.kubectl(["get", ...secret, "-o", "jsonpath={.data['ca\\.crt']}"])).stdout, "eA==");
    const path = "jsonpath={.webhooks[0].clientConfig.caBundle}";
    t.not((await cluster.kubectl(["get", ...configuration, "-o", path])).stdout, "");
  }
});

test.serial("the pods that it asks for are admitted where only restricted pods are", async (t) => {
  for (const role of ["controller", "executor", "webhook"]) {
    const selector = `app.kubernetes.io/name=agent-safe-${role}`;
    await waitFor(
      async () => {
        const args = ["get", "pods", "-n", "agent-safe-system", "-l", selector, "-o", "name"];
        return (await cluster.kubectl(args)).stdout !== "";
      },
      { timeoutMs: 60_000, what: `a pod of the ${role}` },
    );
  }
  const events = ["get", "events", "-n", "agent-safe-system", "-o", "json"];
  const { items } = JSON.parse((await cluster.kubectl(events)).stdout) as {
    items: { reason: string; message: string }[];
  };
  t.deepEqual(
    items.filter(({ reason }) => reason === "FailedCreate").map(({ message }) => message),
    [],
  );
});

test.serial("while no webhook serves, requests and catalog entries are refused, and nothing else", async (t) => {
  const catalog = await cluster.kubectl(["apply", "--server-side", "-k", folder("catalog")]);
  t.not(catalog.code, 0);
  t.regex(catalog.stderr, /failed calling webhook "catalog.agentsafe.dev"/);
  const request = await cluster.kubectl(["create", "-f", "-"], {
    input: JSON.stringify({
      apiVersion: "agentsafe.dev/v1alpha1",
      kind: "ActionRequest",
      metadata: { name: "x", namespace: "default" },
      spec: { action: "restart-deployment", target: "dev/web" },
    }),
  });
  t.regex(request.stderr, /failed calling webhook "requests.agentsafe.dev"/);
  t.is((await cluster.kubectl(["create", "configmap", "x", "-n", "default"])).code, 0);
});

test("containers run non-root, on a read-only root, without capabilities or a default token", async (t) => {
  const rendered = (await cluster.kubectl(["kustomize", folder("controller")])).stdout;
  const workloads = parseAllDocuments(rendered)
    .map((document) => document.toJS())
    .filter(({ kind }) => kind === "Deployment" || kind === "StatefulSet");
  t.is(workloads.length, 3);
  for (const { metadata, spec } of workloads) {
    const pod = spec.template.spec;
    t.is(pod.serviceAccountName, metadata.name);
    t.false(pod.automountServiceAccountToken);
    t.true(pod.securityContext.runAsNonRoot);
    t.is(pod.securityContext.seccompProfile.type, "RuntimeDefault");
    for (const container of pod.containers) {
      t.true(container.securityContext.readOnlyRootFilesystem);
      t.false(container.securityContext.allowPrivilegeEscalation);
      t.deepEqual(container.securityContext.capabilities.drop, ["ALL"]);
      t.truthy(container.resources.limits.memory);
      t.truthy(container.readinessProbe && container.livenessProbe);
    }
  }
});

/** A certificate in the form of a `caBundle`; the API server refuses anything else. */
async function caBundle(): Promise<string> {
  const { stdout } = await cluster.kubectl([
    "config",
    "view",
    "--raw",
    "-o",
    "jsonpath={.clusters[0].cluster.certificate-authority-data}",
  ]);
  return stdout;
}
