import { join } from "node:path";

/** Ports of one control plane on 127.0.0.1. */
export interface Ports {
  api: number;
  etcd: number;
  etcdPeer: number;
  kwok: number;
}

export const portNames = ["api", "etcd", "etcdPeer", "kwok"] as const satisfies readonly (keyof Ports)[];

/** Where one control plane keeps what. */
export interface Layout {
  home: string;
  kubeconfig: string;
  pki: string;
  etcd: string;
  logs: string;
  pids: string;
  /** kubeconfigs of the components themselves. */
  components: string;
  kwok: string;
}

/** The paths under `home`. */
export function layoutOf(home: string): Layout {
  return {
    home,
    kubeconfig: join(home, "kubeconfig"),
    pki: join(home, "pki"),
    etcd: join(home, "etcd"),
    logs: join(home, "logs"),
    pids: join(home, "pids"),
    components: join(home, "components"),
    kwok: join(home, "kwok"),
  };
}
