import { randomBytes, randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { type Logger as Pino, pino } from "pino";
import { NAMESPACES } from "../api/constants.ts";
import {
  createClient,
  createMetrics,
  createMetricsServer,
  createProbes,
  createStallWatch,
  createTransport,
  type KubeClient,
  type Metrics,
  type ProbeCheck,
  sleep,
  type Transport,
} from "../runtime/index.ts";
import type { RoleName, Settings } from "./settings.ts";

/** What every role is given: the world, by name. */
export interface RoleContext {
  settings: Settings;
  role: RoleName;
  transport: Transport;
  client: KubeClient;
  /** UID of the namespace kube-system: the cluster's identity in tickets and logs. */
  clusterUid: string;
  /** This process: host and a random part, so that a restart is another holder. */
  holder: string;
  /** Epoch ms. */
  clock: () => number;
  /** Milliseconds that never jump. */
  monotonic: () => number;
  randomBytes: (size: number) => Buffer;
  logger: Pino;
  metrics: Metrics;
  /** Aborted when the process is told to stop. */
  signal: AbortSignal;
  /** Ends the process at once; for what must not be survived, such as a lost lease. */
  die(reason: string): never;
}

/** A role that runs: its checks, and how to end it in order. */
export interface RunningRole {
  health: Record<string, ProbeCheck>;
  ready: Record<string, ProbeCheck>;
  stop(): Promise<void>;
}

/** Builds the context; waits for the API server as long as it takes, since everything else needs it. */
export async function createContext(settings: Settings, role: RoleName, signal: AbortSignal): Promise<RoleContext> {
  const logger = pino({
    base: { role },
    level: settings.logLevel,
    redact: ["token", "*.token", "headers.authorization"],
  });
  const transport = createTransport({ kubeconfig: settings.kubeconfig, userAgent: `agent-safe/${role}` });
  const client = createClient(transport);
  const clusterUid = role === "webhook" ? "" : await readClusterUid(client, logger, signal);
  return {
    settings,
    role,
    transport,
    client,
    clusterUid,
    holder: `${hostname()}/${randomUUID()}`,
    clock: Date.now,
    monotonic: () => performance.now(),
    randomBytes,
    logger,
    metrics: createMetrics(),
    signal,
    die(reason) {
      logger.fatal({ reason }, "this process must end");
      process.exit(1);
    },
  };
}

async function readClusterUid(client: KubeClient, logger: Pino, signal: AbortSignal): Promise<string> {
  for (;;) {
    try {
      const { metadata } = await client.get(NAMESPACES, { name: "kube-system" }, { signal });
      if (metadata.uid === undefined) throw new Error("the namespace kube-system has no uid");
      return metadata.uid;
    } catch (error) {
      if (signal.aborted) throw error;
      logger.warn({ err: error }, "waiting for the API server");
      await sleep(1_000, signal);
    }
  }
}

/** Serves metrics and probes of a running role; the answer stops both. */
export async function serveSide(
  context: RoleContext,
  running: Pick<RunningRole, "health" | "ready">,
): Promise<() => Promise<void>> {
  const { settings, metrics, logger } = context;
  const stall = createStallWatch();
  const probes = createProbes({
    address: settings.probeAddress,
    checks: { health: { ...running.health, "event-loop": stall.check }, ready: running.ready },
  });
  const metricsServer = createMetricsServer({ address: settings.metricsAddress, registry: metrics.registry, logger });
  const urls = await Promise.all([probes.start(), metricsServer.start()]);
  logger.info({ probes: urls[0], metrics: urls[1] }, "serving probes and metrics");
  return async () => {
    stall.stop();
    await Promise.all([probes.stop(), metricsServer.stop()]);
  };
}
