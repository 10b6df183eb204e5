import { readFileSync } from "node:fs";
import { join } from "node:path";
import { clusterAddressOf, writeKubeconfig } from "./kubeconfig.ts";
import { persistentPorts } from "./ports.ts";
import type { ProgramSpec } from "./process-group.ts";
import { root } from "./root.ts";
import type { TokenFile } from "./tokens.ts";

const roleNames = ["controller", "webhook", "executor"] as const;

/** A role of the product; each is a process with a ServiceAccount of its own. */
export type RoleName = (typeof roleNames)[number];

const systemNamespace = "agent-safe-system";

/** Everything needed to start one role. */
export interface RolePlan {
  role: RoleName;
  program: ProgramSpec;
  probeUrl: string;
  metricsUrl: string;
  tokens: TokenFile[];
}

/** The roles' processes and the addresses they serve on. */
export interface RolesPlan {
  roles: RolePlan[];
  /** Where the API server reaches the webhook. */
  webhookUrl: string;
}

const portNames = [
  "webhook",
  "rejections",
  ...roleNames.flatMap((role) => [`${role}-metrics`, `${role}-probe`] as const),
] as const;

/**
 * Plans the roles' processes: ports that stay over restarts, a kubeconfig each whose token is read from a file.
 * @param adminKubeconfig names the cluster
 * @param home the folder of state; logs go to its `audit/`
 * @param options `extraArgs` and `extraEnv` are added to every role
 */
export async function planRoles(
  adminKubeconfig: string,
  home: string,
  options: { webhookPort?: number; extraArgs?: readonly string[]; extraEnv?: Readonly<Record<string, string>> } = {},
): Promise<RolesPlan> {
  const ports = await persistentPorts(home, portNames, options.webhookPort ? { webhook: options.webhookPort } : {});
  const address = clusterAddressOf(adminKubeconfig);
  const rejectionsToken = join(home, "roles", "webhook-rejections.token");
  const own: Record<RoleName, string[]> = {
    controller: [
      `--rejections-address=127.0.0.1:${ports.rejections}`,
      `--rejections-url=https://127.0.0.1:${ports.rejections}`,
    ],
    webhook: [`--webhook-address=127.0.0.1:${ports.webhook}`, `--rejections-token-file=${rejectionsToken}`],
    executor: [],
  };
  const roles = roleNames.map((role): RolePlan => {
    const serviceAccount = `agent-safe-${role}`;
    const kubeconfig = join(home, "roles", `${role}.kubeconfig`);
    const tokenFile = join(home, "roles", `${role}.token`);
    const account = { namespace: systemNamespace, serviceAccount };
    writeKubeconfig(kubeconfig, address, { name: serviceAccount, credential: { tokenFile } });
    const [probe, metrics] = [`127.0.0.1:${ports[`${role}-probe`]}`, `127.0.0.1:${ports[`${role}-metrics`]}`];
    return {
      role,
      program: {
        name: role,
        command: process.execPath,
        args: [
          // As in the image: on a big machine V8 would give 100 MB and more to objects that live for a moment.
          "--max-semi-space-size=4",
          join(root, "controller", "main.ts"),
          `--roles=${role}`,
          `--kubeconfig=${kubeconfig}`,
          `--audit-dir=${join(home, "audit")}`,
          `--approvals-dir=${join(home, "approvals")}`,
          `--metrics-address=${metrics}`,
          `--probe-address=${probe}`,
          ...own[role],
          ...(options.extraArgs ?? []),
        ],
        cwd: root,
        // Keeping what Node compiled halves the time that a role needs to start; one malloc arena, as in the image, saves memory.
        env: { NODE_COMPILE_CACHE: join(home, "compile-cache"), MALLOC_ARENA_MAX: "1", ...options.extraEnv },
      },
      probeUrl: `http://${probe}`,
      metricsUrl: `http://${metrics}/metrics`,
      tokens: [
        { ...account, file: tokenFile },
        ...(role === "webhook" ? [{ ...account, file: rejectionsToken, audience: "agent-safe-controller" }] : []),
      ],
    };
  });
  return { roles, webhookUrl: `https://127.0.0.1:${ports.webhook}` };
}

/** Whether a role says that it is ready; false also when it doesn't answer. */
export async function isRoleReady(plan: RolePlan): Promise<boolean> {
  try {
    return (await fetch(`${plan.probeUrl}/readyz`, { signal: AbortSignal.timeout(3000) })).ok;
  } catch {
    return false; // not listening yet
  }
}

/** The last lines of a log, for an error message. */
export function logTail(file: string, lines = 8): string {
  return readFileSync(file, "utf8").trimEnd().split("\n").slice(-lines).join("\n");
}
