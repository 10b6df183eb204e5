import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startControlPlane } from "../control-plane/control-plane.ts";
import { type AdminAccess, kubectl, openAdminAccess } from "../lib/cluster-access.ts";
import type { Logger } from "../lib/logger.ts";
import { openProcessGroup } from "../lib/process-group.ts";
import { bringUpStack, type Stack } from "../lib/stack.ts";

/** A control plane with the product on it, for benchmarks. */
export interface BenchWorld {
  access: AdminAccess;
  stack: Stack;
  kubeconfigs: { admin: string; agent: string; controller: string; executor: string };
  /** Runs `work` while controller and executor are stopped in their tracks; they go on afterwards. */
  standStill(work: () => Promise<void>): Promise<void>;
  stop(): Promise<void>;
}

const nothingAction = {
  apiVersion: "agentsafe.dev/v1alpha1",
  kind: "Action",
  metadata: { name: "bench-nothing" },
  spec: {
    version: "1.0.0",
    description: "Is judged and ticketed like any other, and touches nothing.",
    riskClass: "low",
    targetTypes: ["k8s-deployment"],
    parameters: [],
    execution: { executor: "dry-run", idempotent: true, kubernetes: { verb: "get", resource: "deployments" } },
  },
};

/** Starts everything in a temporary folder. */
export async function startBenchWorld(logger: Logger): Promise<BenchWorld> {
  const home = mkdtempSync(join(tmpdir(), "agent-safe-bench-"));
  const controlPlane = await startControlPlane({ home: join(home, "control-plane"), logger });
  const access = openAdminAccess({
    kubectlPath: controlPlane.kubectl,
    kubeconfig: controlPlane.kubeconfig,
    cacheDirectory: join(home, "kubectl-cache"),
  });
  const group = openProcessGroup(join(home, "pids"), join(home, "logs"));
  const stack = await bringUpStack({ access, home, group, logger });
  await kubectl(access, ["apply", "-f", "-"], JSON.stringify(nothingAction));
  const signal = (name: NodeJS.Signals) => {
    for (const role of ["controller", "executor"] as const) stack.roles[role].process.current().signal(name);
  };
  return {
    access,
    stack,
    kubeconfigs: {
      admin: controlPlane.kubeconfig,
      agent: stack.agents["deploy-bot"] ?? "",
      controller: join(home, "roles", "controller.kubeconfig"),
      executor: join(home, "roles", "executor.kubeconfig"),
    },
    async standStill(work) {
      signal("SIGSTOP");
      try {
        await work();
      } finally {
        signal("SIGCONT");
      }
    },
    async stop() {
      await stack.stop();
      await group.close();
      await access.close();
      await controlPlane.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
