import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { ensureBinaries } from "../../hack/control-plane/binaries.ts";
import { type ControlPlane, startControlPlane } from "../../hack/control-plane/control-plane.ts";
import { issueClientCertificate } from "../../hack/control-plane/pki.ts";
import { clusterAddressOf, writeKubeconfig } from "../../hack/lib/kubeconfig.ts";
import { type KubectlResult, kubectlOutput, runKubectl } from "../../hack/lib/kubectl.ts";
import { waitFor } from "../../hack/lib/wait.ts";

export { type WaitOptions, waitFor } from "../../hack/lib/wait.ts";

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
  /** Absolute path of the kubectl program. */
  readonly kubectlPath: string;
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
 */
export async function useCluster(options: UseClusterOptions = {}): Promise<TestCluster> {
  const scratch = mkdtempSync(join(tmpdir(), "agent-safe-test-"));
  const shared = options.own === true ? undefined : process.env.AGENT_SAFE_TEST_KUBECONFIG;
  const controlPlane = shared ? undefined : await startControlPlane({ home: join(scratch, "control-plane") });
  const kubeconfig = controlPlane?.kubeconfig ?? shared ?? "";
  const home = controlPlane?.home ?? process.env.AGENT_SAFE_TEST_HOME ?? "";
  const kubectlPath = controlPlane?.kubectl ?? (await ensureBinaries()).kubectl;
  const address = clusterAddressOf(kubeconfig);
  const admin = { kubectl: kubectlPath, kubeconfig };

  const kubeconfigFor = (name: string, credential: Parameters<typeof writeKubeconfig>[2]["credential"]) => {
    const file = join(scratch, `${name.replaceAll(/[^A-Za-z0-9.-]/g, "_")}-${unique()}.kubeconfig`);
    writeKubeconfig(file, address, { name, credential });
    return file;
  };

  const cluster: TestCluster = {
    kubeconfig,
    home,
    url: address.url,
    scratch,
    controlPlane,
    kubectlPath,
    kubectl: (args, { kubeconfig: other = kubeconfig, input } = {}) =>
      runKubectl(args, { kubectl: kubectlPath, kubeconfig: other, ...(input === undefined ? {} : { input }) }),
    async apply(manifest) {
      await kubectlOutput(["apply", "--server-side", "--force-conflicts", "-f", "-"], { ...admin, input: manifest });
    },
    async namespace(prefix = "test") {
      const name = `${prefix}-${unique()}`;
      await kubectlOutput(["create", "namespace", name], admin);
      return name;
    },
    async asServiceAccount(namespace, name, { expirationSeconds = 3600 } = {}) {
      const create = await runKubectl(["create", "serviceaccount", "-n", namespace, name], admin);
      if (create.code !== 0 && !create.stderr.includes("AlreadyExists") && !create.stderr.includes("already exists"))
        throw new Error(create.stderr);
      const token = await waitFor(
        () => kubectlOutput(["create", "token", "-n", namespace, name, `--duration=${expirationSeconds}s`], admin),
        { what: `a token of ${namespace}/${name}` },
      );
      return kubeconfigFor(`${namespace}-${name}`, { token: token.trim() });
    },
    async asUser(name, groups = []) {
      if (home === "") throw new Error("AGENT_SAFE_TEST_HOME is not set: no key to sign a client certificate with");
      return kubeconfigFor(name, await issueClientCertificate(join(home, "pki"), { user: name, groups }));
    },
    async stop() {
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
