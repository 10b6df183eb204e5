import { cpSync, readFileSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { createClient, type KubeClient } from "../../controller/runtime/client.ts";
import { createTransport } from "../../controller/runtime/transport.ts";
import { type Logger, silentLogger, step } from "../lib/logger.ts";
import { persistentPorts } from "../lib/ports.ts";
import { openProcessGroup, type ProcessGroup, type Program, type ProgramSpec } from "../lib/process-group.ts";
import { waitFor } from "../lib/wait.ts";
import { ensureBinaries } from "./binaries.ts";
import * as components from "./components.ts";
import { writeConfiguration } from "./configuration.ts";
import { ControlPlaneError } from "./error.ts";
import { type Layout, layoutOf, type Ports, portNames } from "./layout.ts";
import { ensureNodes, untilNodesReady } from "./nodes.ts";
import type { Binaries } from "./versions.ts";

/** How to start a control plane. */
export interface ControlPlaneOptions {
  /** The folder for its state, kept over restarts. */
  home: string;
  /** Ports to use instead of free ones. */
  ports?: Partial<Ports>;
  /** Files that say that it serves; removed when it ends, also when this process is killed. */
  markers?: readonly string[];
  logger?: Logger;
}

/** A running control plane: etcd, API server, controller manager, scheduler and KWOK's nodes. */
export interface ControlPlane {
  readonly home: string;
  readonly url: string;
  /** The kubeconfig file of the cluster's admin. */
  readonly kubeconfig: string;
  /** Absolute path of kubectl. */
  readonly kubectl: string;
  readonly pki: string;
  /** The group its processes run in; more may be started in it and end with it. */
  readonly processes: ProcessGroup;
  /** Pids by component name, of those that run. */
  pids(): Record<string, number>;
  /** Ends every process, quickly; the state stays. */
  stop(): Promise<void>;
  /** Kills the API server (it would drain for up to a minute otherwise). */
  stopApiServer(): Promise<void>;
  /** Starts it again on the same port and waits until it is ready. */
  startApiServer(): Promise<void>;
  /** Freezes the API server: connections stay open, nothing answers. */
  pauseApiServer(): void;
  resumeApiServer(): void;
  /** Copies what etcd holds now into `directory`, which must not exist. */
  snapshot(directory: string): Promise<void>;
  /** Puts the cluster back to a snapshot, as an operator would: everything stops, the data is replaced, everything starts. */
  restore(directory: string): Promise<void>;
}

/**
 * Starts a control plane on 127.0.0.1 and returns when the API server is ready and its nodes are.
 * Rejects with ControlPlaneError; nothing is left running then.
 */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { logger = silentLogger, markers = [] } = options;
  const layout = layoutOf(resolve(options.home));
  const binaries = await ensureBinaries({ logger });
  for (let attempt = 1; ; attempt++) {
    const ports = await persistentPorts(layout.home, portNames, options.ports);
    await writeConfiguration(layout, ports);
    const running = assemble(binaries, layout, ports, markers, logger);
    try {
      await running.startAll();
      return running.controlPlane;
    } catch (error) {
      await running.controlPlane.stop();
      // Another process may have taken a port between the look and the start.
      const retry = error instanceof ControlPlaneError && error.code === "PORT_TAKEN" && attempt < 3;
      if (!retry) throw error;
    }
  }
}

function assemble(binaries: Binaries, layout: Layout, ports: Ports, markers: readonly string[], logger: Logger) {
  const group = openProcessGroup(layout.pids, layout.logs, markers);
  const programs = new Map<string, Program>();
  const start = async (spec: ProgramSpec) => void programs.set(spec.name, await group.start(spec));
  const stop = async (name: string, graceMs: number) => programs.get(name)?.stop(graceMs);

  const withClient = async <T>(use: (client: KubeClient) => Promise<T>): Promise<T> => {
    const transport = createTransport({ kubeconfig: layout.kubeconfig, userAgent: "agent-safe-local" });
    try {
      return await use(createClient(transport));
    } finally {
      await transport.close();
    }
  };

  const startApiServer = async () => {
    await start(components.apiServer(binaries, layout, ports));
    await withClient(({ transport }) => {
      const ready = async () =>
        (await transport.request({ method: "GET", path: "/readyz", timeoutMs: 5000 })).status === 200;
      return step(logger, "kube-apiserver", () => untilReady(programs.get("kube-apiserver"), ready));
    });
  };

  const startAll = async () => {
    await start(components.etcd(binaries, layout, ports));
    await startApiServer();
    await Promise.all([
      start(components.controllerManager(binaries, layout)),
      start(components.scheduler(binaries, layout)),
      start(components.kwok(binaries, layout, ports)),
    ]);
    await withClient(async (client) => {
      await ensureNodes(client);
      await step(logger, "nodes", () => untilNodesReady(client, 60_000));
    });
  };

  const stopAll = async () => {
    const clients = ["kwok", "kube-scheduler", "kube-controller-manager"];
    await Promise.all([...clients.map((name) => stop(name, 300)), stop("kube-apiserver", 300)]);
    await stop("etcd", 3000);
  };

  const controlPlane: ControlPlane = {
    home: layout.home,
    url: `https://127.0.0.1:${ports.api}`,
    kubeconfig: layout.kubeconfig,
    kubectl: binaries.kubectl,
    pki: layout.pki,
    processes: group,
    pids: () =>
      Object.fromEntries([...programs].filter(([, program]) => program.running()).map(([n, p]) => [n, p.pid])),
    async stop() {
      await stopAll();
      await group.close();
    },
    stopApiServer: async () => stop("kube-apiserver", 0),
    startApiServer,
    pauseApiServer: () => programs.get("kube-apiserver")?.signal("SIGSTOP"),
    resumeApiServer: () => programs.get("kube-apiserver")?.signal("SIGCONT"),
    async snapshot(directory) {
      // A frozen etcd's files are what a crash would leave, which it can start from.
      const etcd = programs.get("etcd");
      etcd?.signal("SIGSTOP");
      try {
        cpSync(layout.etcd, directory, { recursive: true, errorOnExist: true, force: false });
      } finally {
        etcd?.signal("SIGCONT");
      }
    },
    async restore(directory) {
      await stopAll();
      rmSync(layout.etcd, { recursive: true, force: true });
      cpSync(directory, layout.etcd, { recursive: true });
      await startAll();
    },
  };
  return { controlPlane, startAll };
}

/** Waits for a program to be ready; its early end is an error that shows the end of its log. */
async function untilReady(program: Program | undefined, ready: () => Promise<boolean>): Promise<void> {
  if (program === undefined) throw new Error("not started");
  const ended = new AbortController();
  void program.exited.then((exit) => {
    const tail = readFileSync(program.logFile, "utf8").slice(-2000);
    const code = /address already in use/.test(tail) ? "PORT_TAKEN" : "COMPONENT_EXITED";
    ended.abort(new ControlPlaneError(code, `${program.name} ended (${exit.code ?? exit.signal}):\n${tail}`));
  });
  await waitFor(ready, {
    timeoutMs: 120_000,
    intervalMs: 100,
    what: `${program.name} to be ready`,
    signal: ended.signal,
  });
}
