import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { writeFileAtomic } from "../lib/files.ts";
import { writeKubeconfig } from "../lib/kubeconfig.ts";
import type { Layout, Ports } from "./layout.ts";
import {
  type ClientIdentity,
  ensureAuthority,
  issueClientCertificate,
  issueServerCertificate,
  keptPair,
} from "./pki.ts";

const identities: Record<string, ClientIdentity> = {
  admin: { user: "kubernetes-admin", groups: ["system:masters"] },
  "kube-controller-manager": { user: "system:kube-controller-manager" },
  "kube-scheduler": { user: "system:kube-scheduler" },
  kwok: { user: "kwok", groups: ["system:masters"] },
};

/** Writes keys, certificates, kubeconfigs and configuration files of a control plane; keeps the keys that exist. */
export async function writeConfiguration(layout: Layout, ports: Ports): Promise<void> {
  await ensureAuthority(layout.pki);
  await keptPair(layout.pki, "apiserver", () =>
    issueServerCertificate(layout.pki, "kube-apiserver", [
      { type: "ip", value: "10.0.0.1" },
      { type: "dns", value: "kubernetes.default.svc" },
    ]),
  );
  await keptPair(layout.kwok, "kubelet", () => issueServerCertificate(layout.pki, "kubelet"));
  const cluster = { url: `https://127.0.0.1:${ports.api}`, ca: readFileSync(join(layout.pki, "ca.crt"), "utf8") };
  for (const [name, identity] of Object.entries(identities)) {
    const credential = await keptPair(layout.pki, name, () => issueClientCertificate(layout.pki, identity));
    const file = name === "admin" ? layout.kubeconfig : join(layout.components, `${name}.kubeconfig`);
    writeKubeconfig(file, cluster, { name: identity.user, credential });
  }
  writeFileAtomic(join(layout.components, "audit-policy.yaml"), stringify(auditPolicy));
  writeFileAtomic(join(layout.kwok, "kwok.yaml"), kwokConfiguration(layout, ports));
  const log = join(layout.kwok, "log.txt");
  if (!existsSync(log)) writeFileAtomic(log, `${new Date().toISOString()} stdout F serving on port 80\n`);
}

/** Every write with its author, without bodies: what is needed to find changes that went past Agent-Safe. */
const auditPolicy = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived"],
  rules: [
    { level: "None", verbs: ["get", "list", "watch"] },
    {
      level: "None",
      resources: [{ group: "coordination.k8s.io" }, { group: "events.k8s.io" }, { group: "", resources: ["events"] }],
    },
    { level: "Metadata" },
  ],
};

function kwokConfiguration(layout: Layout, ports: Ports): string {
  const all = { name: "all" };
  return [
    {
      apiVersion: "config.kwok.x-k8s.io/v1alpha1",
      kind: "KwokConfiguration",
      options: {
        manageAllNodes: true,
        cidr: "10.244.0.0/16",
        nodeIP: "127.0.0.1",
        nodePort: ports.kwok,
        tlsCertFile: join(layout.kwok, "kubelet.crt"),
        tlsPrivateKeyFile: join(layout.kwok, "kubelet.key"),
        // Without Leases a node is heard of too seldom: the node controller gives it up after 50 s, and its pods stay unready for good.
        nodeLeaseDurationSeconds: 40,
        enableCRDs: [],
      },
    },
    {
      apiVersion: "kwok.x-k8s.io/v1alpha1",
      kind: "ClusterLogs",
      metadata: all,
      spec: { logs: [{ logsFile: join(layout.kwok, "log.txt"), follow: false }] },
    },
    {
      // What is run in a pod runs on this machine as this user: the admin of this control plane alone may `exec`.
      apiVersion: "kwok.x-k8s.io/v1alpha1",
      kind: "ClusterExec",
      metadata: all,
      spec: { execs: [{ local: { workDir: layout.kwok } }] },
    },
    {
      apiVersion: "kwok.x-k8s.io/v1alpha1",
      kind: "ClusterPortForward",
      metadata: all,
      spec: { forwards: [{ ports: [80], target: { port: ports.kwok, address: "127.0.0.1" } }] },
    },
  ]
    .map((document) => stringify(document))
    .join("---\n");
}
