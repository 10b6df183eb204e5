import { createClient, type KubeClient } from "../../controller/runtime/client.ts";
import { createTransport } from "../../controller/runtime/transport.ts";
import { kubectlOutput } from "./kubectl.ts";

/** A cluster as its admin sees it. */
export interface AdminAccess {
  kubeconfig: string;
  client: KubeClient;
  /** The kubectl program's path; it knows kustomize and any kind of object. */
  kubectlPath: string;
  /** Where kubectl keeps what it learned about the API. */
  cacheDirectory: string;
  /** Ends the connections. */
  close(): Promise<void>;
}

/** Opens a cluster as its admin; nothing is sent yet. Rejects nothing; throws KubeError when the kubeconfig is unusable. */
export function openAdminAccess(options: Omit<AdminAccess, "client" | "close">): AdminAccess {
  const transport = createTransport({ kubeconfig: options.kubeconfig, userAgent: "agent-safe-local" });
  return { ...options, client: createClient(transport), close: () => transport.close() };
}

/** Runs kubectl as the admin and returns what it printed. Rejects with its standard error when it fails. */
export function kubectl(access: AdminAccess, args: readonly string[], input?: string): Promise<string> {
  const { kubectlPath, kubeconfig, cacheDirectory } = access;
  const options = { kubectl: kubectlPath, kubeconfig, ...(input === undefined ? {} : { input }) };
  return kubectlOutput([`--cache-dir=${cacheDirectory}`, ...args], options);
}
