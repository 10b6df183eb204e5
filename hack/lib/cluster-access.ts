import { type KubectlResult, kubectlOutput, runKubectl } from "./kubectl.ts";

/** A cluster as its admin sees it, through kubectl, so that any kubeconfig works (also one that runs a login program). */
export interface ClusterAccess {
  /** The kubectl program's path. */
  kubectl: string;
  kubeconfig: string;
  /** Where kubectl keeps what it learned about the API; its own place when not told. */
  cacheDirectory?: string;
}

/** Runs kubectl as the admin and returns what it printed. Rejects with its standard error when it fails. */
export function kubectl(access: ClusterAccess, args: readonly string[], input?: string): Promise<string> {
  return kubectlOutput([...cacheArgs(access), ...args], { ...access, ...(input === undefined ? {} : { input }) });
}

/** Runs kubectl as the admin and resolves with how it ended, whatever the exit code. */
export function tryKubectl(access: ClusterAccess, args: readonly string[], input?: string): Promise<KubectlResult> {
  return runKubectl([...cacheArgs(access), ...args], { ...access, ...(input === undefined ? {} : { input }) });
}

function cacheArgs({ cacheDirectory }: ClusterAccess): string[] {
  return cacheDirectory === undefined ? [] : [`--cache-dir=${cacheDirectory}`];
}
