import { join } from "node:path";
import type { ProgramSpec } from "../lib/process-group.ts";
import type { Layout, Ports } from "./layout.ts";
import type { Binaries } from "./versions.ts";

/** etcd without fsync: fast, and a crash of this machine (not of the process) may lose data. For development only. */
export function etcd(binaries: Binaries, layout: Layout, ports: Ports): ProgramSpec {
  const client = `http://127.0.0.1:${ports.etcd}`;
  const peer = `http://127.0.0.1:${ports.etcdPeer}`;
  return {
    name: "etcd",
    command: binaries.etcd,
    args: [
      `--data-dir=${layout.etcd}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      // Fixed whatever the port, so that a member's data stays usable when its port has to change.
      "--initial-advertise-peer-urls=http://127.0.0.1:2380",
      "--initial-cluster=default=http://127.0.0.1:2380",
      "--log-level=warn",
      "--unsafe-no-fsync",
    ],
  };
}

export function apiServer(binaries: Binaries, layout: Layout, ports: Ports): ProgramSpec {
  const pki = (name: string) => join(layout.pki, name);
  return {
    name: "kube-apiserver",
    command: binaries["kube-apiserver"],
    args: [
      `--etcd-servers=http://127.0.0.1:${ports.etcd}`,
      `--secure-port=${ports.api}`,
      "--bind-address=127.0.0.1",
      // Nothing outside reaches it: without these it looks for a routable address of the machine, and fails when offline.
      "--advertise-address=127.0.0.1",
      "--endpoint-reconciler-type=none",
      `--tls-cert-file=${pki("apiserver.crt")}`,
      `--tls-private-key-file=${pki("apiserver.key")}`,
      `--client-ca-file=${pki("ca.crt")}`,
      `--service-account-key-file=${pki("sa.pub")}`,
      `--service-account-signing-key-file=${pki("sa.key")}`,
      "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
      "--authorization-mode=Node,RBAC",
      "--service-cluster-ip-range=10.0.0.0/24",
      "--allow-privileged=true",
      `--cert-dir=${pki("generated")}`,
      "--shutdown-delay-duration=0s",
      `--audit-policy-file=${join(layout.components, "audit-policy.yaml")}`,
      `--audit-log-path=${join(layout.logs, "kube-apiserver-audit.log")}`,
      "--audit-log-mode=batch",
      "--audit-log-maxsize=50",
      "--audit-log-maxbackup=1",
    ],
  };
}

export function controllerManager(binaries: Binaries, layout: Layout): ProgramSpec {
  const kubeconfig = join(layout.components, "kube-controller-manager.kubeconfig");
  return {
    name: "kube-controller-manager",
    command: binaries["kube-controller-manager"],
    args: [
      `--kubeconfig=${kubeconfig}`,
      `--authentication-kubeconfig=${kubeconfig}`,
      `--authorization-kubeconfig=${kubeconfig}`,
      `--service-account-private-key-file=${join(layout.pki, "sa.key")}`,
      `--root-ca-file=${join(layout.pki, "ca.crt")}`,
      `--cluster-signing-cert-file=${join(layout.pki, "ca.crt")}`,
      `--cluster-signing-key-file=${join(layout.pki, "ca.key")}`,
      "--use-service-account-credentials=true",
      "--leader-elect=false",
      "--secure-port=0",
    ],
  };
}

export function scheduler(binaries: Binaries, layout: Layout): ProgramSpec {
  const kubeconfig = join(layout.components, "kube-scheduler.kubeconfig");
  return {
    name: "kube-scheduler",
    command: binaries["kube-scheduler"],
    args: [
      `--kubeconfig=${kubeconfig}`,
      `--authentication-kubeconfig=${kubeconfig}`,
      `--authorization-kubeconfig=${kubeconfig}`,
      "--leader-elect=false",
      "--secure-port=0",
    ],
  };
}

/** KWOK plays every kubelet: pods become Ready, and logs, exec and port-forward answer. */
export function kwok(binaries: Binaries, layout: Layout, ports: Ports): ProgramSpec {
  return {
    name: "kwok",
    command: binaries.kwok,
    args: [
      `--kubeconfig=${join(layout.components, "kwok.kubeconfig")}`,
      `--config=${join(layout.kwok, "kwok.yaml")}`,
      `--server-address=127.0.0.1:${ports.kwok}`,
    ],
  };
}
