import { type ProgramName, versions } from "./versions.ts";

/** The servers of the official releases. */
export interface Releases {
  kubernetes: string;
  etcd: string;
  /** An index of release files that knows their SHA-256 digests. */
  kwokIndex: string;
}

const officialReleases: Releases = {
  kubernetes: "https://dl.k8s.io/release",
  etcd: "https://github.com/etcd-io/etcd/releases/download",
  kwokIndex: "https://api.github.com/repos/kubernetes-sigs/kwok/releases/tags",
};

/** How to get one program: where it is, where its checksum is published, and the file in it when it is an archive. */
export interface ReleaseFile {
  program: ProgramName;
  url: string;
  checksum:
    | { kind: "sha256-file"; url: string } // the file holds nothing but the checksum
    | { kind: "sha256-list"; url: string; file: string } // lines of `<checksum>  <file>`
    | { kind: "release-index"; url: string; file: string }; // JSON; it also says where the file is
  /** Path of the program in a .tar.gz. */
  member?: string;
}

/** Where the official release of a program for this machine is; undefined when none is published for it. */
export function releaseOf(
  program: ProgramName,
  releases: Releases = officialReleases,
  platform: string = process.platform,
  cpu: string = process.arch,
): ReleaseFile | undefined {
  const arch = { x64: "amd64", arm64: "arm64" }[cpu];
  if (arch === undefined) return undefined;
  if (program === "kwok") {
    const file = `kwok-${platform}-${arch}`;
    const url = `${releases.kwokIndex}/${versions.kwok}`;
    return { program, url, checksum: { kind: "release-index", url, file } };
  }
  // Servers are published for Linux alone; elsewhere they are built.
  if (platform !== "linux" && !(platform === "darwin" && program === "kubectl")) return undefined;
  if (program === "etcd") {
    const directory = `etcd-${versions.etcd}-${platform}-${arch}`;
    const base = `${releases.etcd}/${versions.etcd}`;
    const file = `${directory}.tar.gz`;
    const checksum = { kind: "sha256-list", url: `${base}/SHA256SUMS`, file } as const;
    return { program, url: `${base}/${file}`, checksum, member: `${directory}/etcd` };
  }
  const url = `${releases.kubernetes}/${versions.kubernetes}/bin/${platform}/${arch}/${program}`;
  return { program, url, checksum: { kind: "sha256-file", url: `${url}.sha256` } };
}
