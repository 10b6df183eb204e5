import type { KubeHttp } from "../lib/kube-http.ts";
import { waitFor } from "../lib/wait.ts";

/** The nodes of a local control plane, played by KWOK. */
export const nodeNames = ["worker-node-01", "worker-node-02", "worker-node-03"] as const;

/** Creates the nodes that don't exist. */
export async function ensureNodes(api: KubeHttp): Promise<void> {
  for (const name of nodeNames) {
    const answer = await api.call("POST", "/api/v1/nodes", {
      apiVersion: "v1",
      kind: "Node",
      metadata: {
        name,
        labels: { "kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "node-role.kubernetes.io/worker": "" },
      },
      status: {
        allocatable: { cpu: "32", memory: "256Gi", pods: "500" },
        capacity: { cpu: "32", memory: "256Gi", pods: "500" },
      },
    });
    if (answer.status !== 201 && answer.status !== 409) throw new Error(`creating node ${name}: ${answer.status}`);
  }
}

/** Waits until every node is Ready, that is, until KWOK plays it. */
export async function untilNodesReady(api: KubeHttp, timeoutMs: number): Promise<void> {
  await waitFor(
    async () => {
      const { body } = await api.call("GET", "/api/v1/nodes");
      const { items } = body as { items: NodeObject[] };
      const ready = new Set(items.filter(isReady).map((node) => node.metadata.name));
      return nodeNames.every((name) => ready.has(name));
    },
    { timeoutMs, what: "the nodes to be Ready" },
  );
}

interface NodeObject {
  metadata: { name: string };
  status?: { conditions?: { type: string; status: string }[] };
}

function isReady(node: NodeObject): boolean {
  return node.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}
