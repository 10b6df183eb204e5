import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** The versions of all parts; those in `go.mod` must agree (a test compares them). */
export const versions = { kubernetes: "v1.36.1", etcd: "v3.6.8", kwok: "v0.7.0" } as const;

/** The programs a control plane consists of, and `kubectl` to look at it. */
export const programNames = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kubectl",
  "kwok",
] as const;

export type ProgramName = (typeof programNames)[number];

/** Absolute paths of the programs. */
export type Binaries = Readonly<Record<ProgramName, string>>;

/** The folder with the Go module that pins what is built. */
export const moduleDirectory = import.meta.dirname;

/**
 * Where programs are kept, outside any checkout so that all of them share it:
 * `$XDG_CACHE_HOME/agent-safe/<hash>` or `~/.cache/agent-safe/<hash>`. The hash is over everything that says what is built.
 */
export function cacheDirectory(env: NodeJS.ProcessEnv = process.env): string {
  const base = env.XDG_CACHE_HOME || join(env.HOME || homedir(), ".cache");
  const hash = createHash("sha256")
    .update(readFileSync(join(moduleDirectory, "go.sum")))
    .update(JSON.stringify([versions, process.platform, process.arch]))
    .digest("hex");
  return join(base, "agent-safe", hash.slice(0, 16));
}
