import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import type { KubeClient } from "../../controller/runtime/client.ts";
import { isKubeError } from "../../controller/runtime/errors.ts";
import { ensureBinaries } from "../../hack/control-plane/binaries.ts";
import { type ControlPlane, startControlPlane } from "../../hack/control-plane/control-plane.ts";
import { issueClientCertificate } from "../../hack/control-plane/pki.ts";
import { type AdminAccess, kubectl, openAdminAccess } from "../../hack/lib/cluster-access.ts";
import { clusterAddressOf, writeKubeconfig } from "../../hack/lib/kubeconfig.ts";
import { type KubectlResult, runKubectl } from "../../hack/lib/kubectl.ts";
import { resources } from "../../hack/lib/resources.ts";
import { requestToken } from "../../hack/lib/tokens.ts";

export { waitFor } from "../../hack/lib/wait.ts";

/** A real API server (with controllers and nodes) for the tests of one file. */
export interface TestCluster {
  /** The kubeconfig file of the admin. */
  readonly kubeconfig: string;
  /** The folder of the control plane. */
  readonly home: string;
  readonly url: string;
  /** A folder for files of these tests, removed at the end. */
  readonly scratch: string;
  /** The control plane, when it belongs to this file alone (`useCluster({ own: true })`, or no shared one runs). */
  readonly controlPlane: ControlPlane | undefined;
  /** A client of the admin. */
  readonly adminClient: KubeClient;
  /** The same, with kubectl, for what installs things. */
  readonly admin: AdminAccess;
  /** Runs kubectl as the admin, or with another kubeconfig; resolves whatever the exit code. */
  kubectl(args: readonly string[], options?: { kubeconfig?: string; input?: string }): Promise<KubectlResult>;
  /** Server-side apply of YAML or JSON text as the admin; rejects when refused. */
  apply(manifest: string): Promise<void>;
  /** Creates a namespace of its own and returns its name. It ends with the control plane. */
  namespace(prefix?: string): Promise<string>;
  /** A kubeconfig with a token of a ServiceAccount, which is created when missing. */
  asServiceAccount(namespace: string, name: string, options?: { expirationSeconds?: number }): Promise<string>;
  /** A kubeconfig of a user with a client certificate. Needs the keys of the control plane. */
  asUser(name: string, groups?: readonly string[]): Promise<string>;
  /** Runs before the cluster stops at the end of the test file, also when tests failed. */
  beforeStop(run: () => Promise<void>): void;
  stop(): Promise<void>;
}

/** What a test file may ask for. */
export interface UseClusterOptions {
  /** A control plane that no other file uses: to stop its API server, restore its etcd, install a product. */
  own?: boolean;
}

/**
 * Gives the test file a cluster: the shared one that the test runner started (named by `AGENT_SAFE_TEST_KUBECONFIG` and
 * `AGENT_SAFE_TEST_HOME`), else one of its own, which ends with the file. Call at the top level: `const cluster = await useCluster();`
 * Nothing else may be awaited at the top level after it: AVA wants its hooks and tests declared at once from then on.
 */
export async function useCluster(options: UseClusterOptions = {}): Promise<TestCluster> {
  const scratch = mkdtempSync(join(tmpdir(), "agent-safe-test-"));
  const shared = options.own === true ? undefined : process.env.AGENT_SAFE_TEST_KUBECONFIG;
  const controlPlane = shared ? undefined : await startControlPlane({ home: join(scratch, "control-plane") });
  const kubeconfig = controlPlane?.kubeconfig ?? shared ?? "";
  const home = controlPlane?.home ?? process.env.AGENT_SAFE_TEST_HOME ?? "";
  const kubectlPath = controlPlane?.kubectl ?? (await ensureBinaries()).kubectl;
  const address = clusterAddressOf(kubeconfig);
  const admin = openAdminAccess({ kubectlPath, kubeconfig, cacheDirectory: join(scratch, "kubectl-cache") });

  const kubeconfigFor = (name: string, credential: Parameters<typeof writeKubeconfig>[2]["credential"]) => {
    const file = join(scratch, `${name.replaceAll(/[^A-Za-z0-9.-]/g, "_")}-${unique()}.kubeconfig`);
    writeKubeconfig(file, address, { name, credential });
    return file;
  };

  const last: (() => Promise<void>)[] = [];
  const cluster: TestCluster = {
    kubeconfig,
    home,
    url: address.url,
    scratch,
    controlPlane,
    adminClient: admin.client,
    admin,
    kubectl: (args, { kubeconfig: other = kubeconfig, input } = {}) =>
      runKubectl(args, { kubectl: kubectlPath, kubeconfig: other, ...(input === undefined ? {} : { input }) }),
    async apply(manifest) {
      await kubectl(admin, ["apply", "--server-side", "--force-conflicts", "-f", "-"], manifest);
    },
    async namespace(prefix = "test") {
      const name = `${prefix}-${unique()}`;
      await kubectl(admin, ["create", "namespace", name]);
      return name;
    },
    async asServiceAccount(namespace, name, { expirationSeconds = 3600 } = {}) {
      const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace } };
      try {
        await admin.client.create(resources.serviceAccounts, account);
      } catch (error) {
        if (!isKubeError(error) || error.status !== 409) throw error;
      }
      const token = await requestToken(admin.client, { namespace, serviceAccount: name }, expirationSeconds);
      return kubeconfigFor(`${namespace}-${name}`, { token });
    },
    async asUser(name, groups = []) {
      if (home === "") throw new Error("AGENT_SAFE_TEST_HOME is not set: no key to sign a client certificate with");
      return kubeconfigFor(name, await issueClientCertificate(join(home, "pki"), { user: name, groups }));
    },
    beforeStop: (run) => void last.unshift(run),
    async stop() {
      for (const run of last.splice(0)) await run();
      await admin.close();
      await controlPlane?.stop();
      rmSync(scratch, { recursive: true, force: true });
    },
  };
  test.after.always("the cluster stops", () => cluster.stop());
  return cluster;
}

function unique(): string {
  return randomBytes(4).toString("hex");
}
