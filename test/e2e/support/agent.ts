import type { ActionRequest } from "../../../controller/api/types.ts";
import { assertStatusInvariants } from "../../../controller/runtime/index.ts";
import { runKubectl } from "../../../hack/lib/kubectl.ts";
import { type TestCluster, waitFor } from "../../support/cluster.ts";

/** What an agent (or its platform) can do: kubectl with its own kubeconfig, nothing else. */
export interface TestAgent {
  kubectl(args: readonly string[], input?: string): Promise<{ code: number; text: string }>;
  /** Creates a request; resolves to its name, rejects with the API server's words. */
  ask(spec: Asked): Promise<string>;
  /** The API server's words when it refuses; rejects when it does not. */
  refusal(spec: Asked, metadata?: object): Promise<string>;
  /** Creates a request and waits until it is finished. */
  outcome(spec: Asked): Promise<ActionRequest>;
}

export interface Asked {
  action: string;
  target: string;
  params?: object;
  [field: string]: unknown;
}

export const namespace = "agents";

/** Kubectl as the holder of `kubeconfig`. */
export function testAgent(cluster: TestCluster, kubeconfig: string): TestAgent {
  const kubectl = async (args: readonly string[], input?: string) => {
    const { code, stdout, stderr } = await runKubectl(args, { kubectl: cluster.admin.kubectlPath, kubeconfig, input });
    return { code, text: `${stdout}${stderr}`.trim() };
  };
  const create = ({ action, target, params = {}, ...more }: Asked, metadata: object = {}) =>
    kubectl(
      ["create", "-f", "-", "-o", "name"],
      JSON.stringify({
        apiVersion: "agentsafe.dev/v1alpha1",
        kind: "ActionRequest",
        metadata: { generateName: "test-", namespace, ...metadata },
        spec: { action, target, params, reason: "a test", ...more },
      }),
    );
  const ask = async (spec: Asked) => {
    const { code, text } = await create(spec);
    if (code !== 0) throw new Error(text);
    return text.replace(/^.*\//, "");
  };
  return {
    kubectl,
    ask,
    async refusal(spec, metadata) {
      const { code, text } = await create(spec, metadata);
      if (code === 0) throw new Error(`it was accepted as ${text}`);
      return text;
    },
    outcome: async (spec) => finished(cluster, await ask(spec)),
  };
}

/** The request as it is stored. */
export async function read(cluster: TestCluster, name: string): Promise<ActionRequest> {
  const { code, stdout, stderr } = await cluster.kubectl(["get", "areq", name, "-n", namespace, "-o", "json"]);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as ActionRequest;
}

/** The request once `holds` of it; every version that is seen on the way must keep the status invariants. */
export async function until(
  cluster: TestCluster,
  name: string,
  holds: (request: ActionRequest) => boolean,
  timeoutMs = 120_000,
): Promise<ActionRequest> {
  let seen: ActionRequest | undefined;
  await waitFor(
    async () => {
      seen = await read(cluster, name);
      if ((seen.status?.conditions?.length ?? 0) > 0) assertStatusInvariants(seen as never);
      return holds(seen);
    },
    { timeoutMs, what: `${name} to get there; it is ${JSON.stringify(seen?.status?.conditions)}` },
  );
  return seen as ActionRequest;
}

/** The request once it is finished. */
export function finished(cluster: TestCluster, name: string, timeoutMs?: number): Promise<ActionRequest> {
  return until(cluster, name, (request) => statusOf(request, "Finished") === "True", timeoutMs);
}

/** The request once its Ready has this reason. */
export function ready(cluster: TestCluster, name: string, reason: string, timeoutMs?: number): Promise<ActionRequest> {
  return until(cluster, name, (request) => reasonOf(request, "Ready") === reason, timeoutMs);
}

export function reasonOf(request: ActionRequest, type: string): string | undefined {
  return request.status?.conditions?.find((condition) => condition.type === type)?.reason;
}

export function statusOf(request: ActionRequest, type: string): string | undefined {
  return request.status?.conditions?.find((condition) => condition.type === type)?.status;
}
