import { spawn } from "node:child_process";

/** What a run of kubectl gave. */
export interface KubectlResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** How to run kubectl. */
export interface KubectlOptions {
  /** The program's path. */
  kubectl: string;
  kubeconfig: string;
  /** Sent to its standard input. */
  input?: string;
  timeoutMs?: number;
}

/** Runs kubectl and resolves with how it ended, whatever the exit code; rejects when it can't be run or takes too long. */
export function runKubectl(args: readonly string[], options: KubectlOptions): Promise<KubectlResult> {
  const { kubectl, kubeconfig, input = "", timeoutMs = 120_000 } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(kubectl, [`--kubeconfig=${kubeconfig}`, ...args], { stdio: ["pipe", "pipe", "pipe"] });
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`kubectl ${args.join(" ")} took more than ${timeoutMs} ms`));
    }, timeoutMs);
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    child.stdin.on("error", () => undefined); // it may end without reading its input
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(timer);
      const text = (chunks: Buffer[]) => Buffer.concat(chunks).toString("utf8");
      resolve({ code: code ?? 1, stdout: text(stdout), stderr: text(stderr) });
    });
    child.stdin.end(input);
  });
}

/** Runs kubectl and returns its standard output. Rejects with its standard error when it fails. */
export async function kubectlOutput(args: readonly string[], options: KubectlOptions): Promise<string> {
  const { code, stdout, stderr } = await runKubectl(args, options);
  if (code !== 0) throw new Error(`kubectl ${args.join(" ")} ended with ${code}: ${stderr.trim()}`);
  return stdout;
}
