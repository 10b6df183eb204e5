import { createClient, type KubeClient } from "../controller/runtime/client.ts";
import { loadClusterAccess } from "../controller/runtime/kubeconfig.ts";
import { createTransport } from "../controller/runtime/transport.ts";
import { SdkError } from "./errors.ts";
import type { Settings } from "./options.ts";

/** The way to a cluster as one identity. */
export interface Cluster {
  client: KubeClient;
  /** Namespace of what is asked for without one. */
  namespace: string;
  /** Aborted by `close`. */
  closing: AbortSignal;
  randomId: () => string;
}

/** Opens the way to the cluster when it is first needed, so that offline use needs none. */
export function clusterOpener(settings: Settings): { open(): Cluster; close(): Promise<void> } {
  const closing = new AbortController();
  let opened: Cluster | undefined;
  return {
    open() {
      if (closing.signal.aborted) throw new SdkError("Closed", "this AgentSafe was closed");
      if (opened === undefined) {
        const { kubeconfig, context, namespace, env, randomId } = settings;
        const access = loadClusterAccess({ kubeconfig, context }, env);
        const client = createClient(createTransport({ access, userAgent: "agent-safe-sdk" }));
        opened = { client, namespace: namespace ?? access.namespace ?? "default", closing: closing.signal, randomId };
      }
      return opened;
    },
    async close() {
      closing.abort();
      await opened?.client.transport.close();
    },
  };
}
