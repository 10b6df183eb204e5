import { stringify } from "yaml";
import { loadClusterAccess } from "../../controller/runtime/kubeconfig.ts";
import { writeFileAtomic } from "./files.ts";

/** Where a cluster is and how to trust it. `ca` is PEM; when empty, the authorities that this machine trusts. */
export interface ClusterAddress {
  url: string;
  ca: string;
}

/** How to prove who one is: a client certificate, a token, or a file whose token is read again and again. */
export type Credential = { cert: string; key: string } | { token: string } | { tokenFile: string };

/** Writes a kubeconfig of one cluster and one user, atomically and readable by its owner alone. */
export function writeKubeconfig(
  file: string,
  cluster: ClusterAddress,
  user: { name: string; credential: Credential; namespace?: string },
): void {
  const context = { cluster: "agent-safe", user: user.name, ...(user.namespace ? { namespace: user.namespace } : {}) };
  const content = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "agent-safe", cluster: clusterFields(cluster) }],
    users: [{ name: user.name, user: credentialFields(user.credential) }],
    contexts: [{ name: "agent-safe", context }],
    "current-context": "agent-safe",
  };
  writeFileAtomic(file, stringify(content));
}

function clusterFields({ url, ca }: ClusterAddress): Record<string, string> {
  return { server: url, ...(ca === "" ? {} : { "certificate-authority-data": base64(ca) }) };
}

function credentialFields(credential: Credential): Record<string, string> {
  if ("token" in credential) return { token: credential.token };
  if ("tokenFile" in credential) return { tokenFile: credential.tokenFile };
  return { "client-certificate-data": base64(credential.cert), "client-key-data": base64(credential.key) };
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

/** Where the cluster of a kubeconfig's current context is. Throws KubeError when the file is unusable. */
export function clusterAddressOf(kubeconfig: string): ClusterAddress {
  const { server, ca = "" } = loadClusterAccess({ kubeconfig });
  return { url: server, ca };
}
