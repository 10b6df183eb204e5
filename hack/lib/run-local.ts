import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { ensureBinaries } from "../control-plane/binaries.ts";
import { startControlPlane } from "../control-plane/control-plane.ts";
import { type AdminAccess, openAdminAccess } from "./cluster-access.ts";
import { endProcesses } from "./end-processes.ts";
import { writeFileAtomic } from "./files.ts";
import { removeWebhooks } from "./install.ts";
import { clusterAddressOf } from "./kubeconfig.ts";
import type { LocalHome, Ready } from "./local-home.ts";
import type { Logger } from "./logger.ts";
import { type Manifests, renderManifests } from "./manifests.ts";
import { openProcessGroup, type ProcessGroup } from "./process-group.ts";
import { readProcesses } from "./process-table.ts";
import { bringUpStack } from "./stack.ts";

/** How to run locally. */
export interface LocalOptions {
  home: LocalHome;
  /** An existing cluster to use; a control plane of our own is started without it. */
  kubeconfig?: string;
  apiPort?: number;
  webhookPort?: number;
  logger: Logger;
}

/** Everything runs and serves. */
export interface Local {
  ready: Ready;
  /** Ends every process; the state stays. */
  stop(): Promise<void>;
}

/** Starts the control plane (unless one was named) and the product on it; writes `ready` when all serve. */
export async function runLocal({ home, kubeconfig, apiPort, webhookPort, logger }: LocalOptions): Promise<Local> {
  rmSync(home.ready, { force: true });
  await endProcesses(home.pids, 1000); // a killed run may have left some
  const base = await openBase({ home, kubeconfig, apiPort, logger });
  try {
    const { access, group, manifests } = base;
    const stack = await bringUpStack({ access, home: home.directory, group, logger, manifests, webhookPort });
    const ready: Ready = {
      pid: process.pid,
      home: home.directory,
      url: clusterAddressOf(access.kubeconfig).url,
      kubeconfig: access.kubeconfig,
      binDirectory: linkKubectl(home, access.kubectlPath),
      webhookUrl: stack.webhookUrl,
      agents: stack.agents,
      roles: Object.fromEntries(
        Object.values(stack.roles).map(({ role, probeUrl, metricsUrl }) => [role, { probeUrl, metricsUrl }]),
      ),
      pids: Object.fromEntries(readProcesses(home.pids).map(({ name, pid }) => [name, pid])),
      startedAt: new Date().toISOString(),
    };
    writeFileAtomic(home.ready, `${JSON.stringify(ready, null, 2)}\n`);
    return {
      ready,
      async stop() {
        rmSync(home.ready, { force: true });
        await stack.stop();
        // On a cluster that goes on without us, its API server must not go on asking a webhook that has ended.
        if (kubeconfig !== undefined) await removeWebhooks(access.client);
        await base.stop();
      },
    };
  } catch (error) {
    await base.stop();
    throw error;
  }
}

/** Makes kubectl findable for people who have none of their own; returns the folder for their PATH. */
function linkKubectl(home: LocalHome, kubectl: string): string {
  const directory = join(home.directory, "bin");
  mkdirSync(directory, { recursive: true });
  rmSync(join(directory, "kubectl"), { force: true });
  symlinkSync(kubectl, join(directory, "kubectl"));
  return directory;
}

interface Base {
  access: AdminAccess;
  group: ProcessGroup;
  manifests: Promise<Manifests>;
  stop(): Promise<void>;
}

async function openBase(options: Omit<LocalOptions, "webhookPort">): Promise<Base> {
  const { home, kubeconfig, apiPort, logger } = options;
  const cacheDirectory = join(home.directory, "kubectl-cache");
  if (kubeconfig !== undefined) {
    const { kubectl } = await ensureBinaries({ logger, programs: ["kubectl"] });
    const group = openProcessGroup(home.pids, home.logs, [home.ready]);
    const access = openAdminAccess({ kubectlPath: kubectl, kubeconfig: resolve(kubeconfig), cacheDirectory });
    return {
      access,
      group,
      manifests: renderManifests(kubectl),
      stop: async () => void (await Promise.all([group.close(), access.close()])),
    };
  }
  logger.info("Starting etcd (without fsync: for development), kube-apiserver, controllers and nodes");
  const ports = apiPort === undefined ? {} : { api: apiPort };
  // Rendering needs no cluster: it is done by the time that one is up.
  const { kubectl } = await ensureBinaries({ logger });
  const manifests = renderManifests(kubectl);
  manifests.catch(() => undefined); // whoever awaits it handles the error
  const plane = await startControlPlane({ home: home.directory, ports, markers: [home.ready], logger });
  const access = openAdminAccess({ kubectlPath: plane.kubectl, kubeconfig: plane.kubeconfig, cacheDirectory });
  return {
    access,
    group: plane.processes,
    manifests,
    stop: async () => void (await Promise.all([plane.stop(), access.close()])),
  };
}
