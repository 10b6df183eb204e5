import { spawn } from "node:child_process";
import { join } from "node:path";
import { applyText } from "./apply.ts";
import type { AdminAccess } from "./cluster-access.ts";
import { root } from "./install.ts";

/**
 * Applies what `agent-safe rbac generate` gives for the Actions and Targets of the cluster: one account per Action and
 * namespace, with just enough rights. Elsewhere these manifests go through Git like the rest.
 */
export async function applyGeneratedRights(access: AdminAccess): Promise<void> {
  await applyText(access, await runCli(["rbac", "generate", `--kubeconfig=${access.kubeconfig}`]));
}

/** Runs the project's own CLI and returns its standard output. Rejects with its standard error when it fails. */
function runCli(args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, "cli", "agent-safe.ts"), ...args], { cwd: root });
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(Buffer.concat(stdout).toString("utf8"));
      else
        reject(
          new Error(
            `agent-safe ${args.join(" ")} ended with ${code}: ${Buffer.concat(stderr).toString("utf8").trim()}`,
          ),
        );
    });
  });
}
