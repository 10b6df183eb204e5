import type { KubeClient } from "../../controller/runtime/client.ts";
import { isKubeError } from "../../controller/runtime/errors.ts";
import type { KubeObject } from "../../controller/runtime/types.ts";
import { resources } from "../lib/resources.ts";
import { waitFor } from "../lib/wait.ts";

/** The nodes of a local control plane, played by KWOK. */
const nodeNames = ["worker-node-01", "worker-node-02", "worker-node-03"] as const;

interface NodeObject extends KubeObject {
  status?: {
    allocatable?: Record<string, string>;
    capacity?: Record<string, string>;
    conditions?: { type: string; status: string }[];
  };
}

const size = { cpu: "32", memory: "256Gi", pods: "500" };

/** Creates the nodes that don't exist. */
export async function ensureNodes(client: KubeClient): Promise<void> {
  for (const name of nodeNames) {
    const labels = { "kubernetes.io/hostname": name, "kubernetes.io/os": "linux" };
    const node: NodeObject = {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name, labels },
      status: { allocatable: size, capacity: size },
    };
    try {
      await client.create<NodeObject>(resources.nodes, node);
    } catch (error) {
      if (!isKubeError(error) || error.status !== 409) throw error;
    }
  }
}

/** Waits until every node is Ready, that is, until KWOK plays it. */
export async function untilNodesReady(client: KubeClient, timeoutMs: number): Promise<void> {
  await waitFor(
    async () => {
      const { items } = await client.list<NodeObject>(resources.nodes);
      const ready = new Set(items.filter(isReady).map((node) => node.metadata.name));
      return nodeNames.every((name) => ready.has(name));
    },
    { timeoutMs, what: "the nodes to be Ready" },
  );
}

function isReady(node: NodeObject): boolean {
  return node.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}
