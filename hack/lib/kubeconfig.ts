import { readFileSync } from "node:fs";
import { parse, stringify } from "yaml";
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

/** Where the cluster of a kubeconfig is: the one of its current context. */
export function clusterAddressOf(kubeconfig: string): ClusterAddress {
  const file = parse(readFileSync(kubeconfig, "utf8")) as KubeconfigFile;
  const context = file.contexts?.find(({ name }) => name === file["current-context"])?.context;
  const cluster = file.clusters?.find(({ name }) => name === context?.cluster)?.cluster;
  if (cluster === undefined) throw new Error(`${kubeconfig}: the current context names no cluster`);
  const authority = cluster["certificate-authority"];
  const ca =
    authority === undefined ? fromBase64(cluster["certificate-authority-data"]) : readFileSync(authority, "utf8");
  return { url: cluster.server, ca };
}

interface KubeconfigFile {
  "current-context"?: string;
  contexts?: { name: string; context: { cluster: string } }[];
  clusters?: {
    name: string;
    cluster: { server: string; "certificate-authority-data"?: string; "certificate-authority"?: string };
  }[];
}

function fromBase64(text = ""): string {
  return Buffer.from(text, "base64").toString("utf8");
}
