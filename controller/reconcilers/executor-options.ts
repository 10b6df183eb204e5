import type { ActionRequest } from "../api/types.ts";
import type { AuditLog } from "../audit/log.ts";
import type { FenceTimes } from "../credentials/fence.ts";
import type { Executor } from "../execution/executor.ts";
import type {
  ControllerMetrics,
  Events,
  Informer,
  KubeClient,
  Logger,
  QueueMetrics,
  Transport,
} from "../runtime/index.ts";
import type { TicketVerifierKeys } from "../tickets/verifier-keys.ts";
import type { ExecutorMetrics } from "./executor-metrics.ts";
import type { RunEnd } from "./executor-tell.ts";
import type { LiveReads } from "./live-reads.ts";

/** The log as the executor uses it; `unavailable` says why it can't be written, "" when it can. */
export interface ExecutorAudit extends Pick<AuditLog, "append" | "hasIntent" | "intentOutcome"> {
  unavailable(): string;
}

/** Durations of the executor, in ms. Only tests have a reason to change them. */
export interface ExecutorTimes {
  /** Each API call. */
  callMs: number;
  /** From the claim to the effect: a process that was slower does not act. */
  actWindowMs: number;
  /** How long another executor's claim is left alone after its action's timeout. */
  graceMs: number;
  fence: FenceTimes;
  /** The longest that the API server works on a write whose sender is frozen, with its connection open (34 s). */
  frozenCallMs: number;
  /** How often what can't go on yet is looked at again. */
  retryMs: number;
  /** How often left-over credentials are looked for. */
  sweepMs: number;
}

export const defaultTimes: ExecutorTimes = {
  callMs: 10_000,
  actWindowMs: 60_000,
  graceMs: 60_000,
  fence: { tokenCacheMs: 10_000, callDeadlineMs: 12_000 },
  frozenCallMs: 35_000,
  retryMs: 1_000,
  sweepMs: 60_000,
};

export interface ExecutorReconcilerOptions {
  /** The executor's own identity. */
  client: KubeClient;
  transport: Transport;
  informers: {
    /** Requests with `status.settled!=true`; started by the caller. */
    requests: Informer<ActionRequest>;
  };
  audit: ExecutorAudit;
  keys: Pick<TicketVerifierKeys, "verify" | "ready">;
  guard: { ready(): boolean };
  /** Only its holder recovers what others began. */
  lease: { isLeader(): boolean };
  /** Epoch ms. */
  clock: () => number;
  /** ms that never jump; `performance.now`. */
  monotonic: () => number;
  /** Issuer of the cluster's tickets: `agent-safe/<uid of kube-system>`. */
  issuer: string;
  /** Audiences that this executor serves; default `agent-safe-executor`. */
  audiences?: readonly string[];
  /** From `executorHolder`: host, id of the log, boot. A claim with the same log and another boot is of a process that died. */
  holder: string;
  /** Username of this executor, for the log. */
  identity: string;
  /** More executors, by their names; `kubernetes` and `dry-run` are always there. */
  executors?: readonly Executor[];
  /** `agent-safe-credentials`. */
  credentialsNamespace?: string;
  workers?: number;
  times?: Partial<ExecutorTimes>;
  events?: Pick<Events, "emit">;
  metrics?: ExecutorMetrics;
  controllerMetrics?: ControllerMetrics;
  queueMetrics?: QueueMetrics;
  logger: Logger;
}

/** What the parts of the reconciler share. */
export interface ExecutorScope
  extends Omit<ExecutorReconcilerOptions, "times" | "executors" | "credentialsNamespace" | "audiences"> {
  audiences: readonly string[];
  credentialsNamespace: string;
  times: ExecutorTimes;
  executor(name: string): Executor | undefined;
  reads: LiveReads;
  /** UIDs of requests that this process is executing right now. */
  running: Set<string>;
  /** By UID, what is left to tell of executions that ended while log or API server were away. */
  untold: Map<string, () => Promise<RunEnd>>;
  /** Ends when the process is asked to stop. */
  stopping: AbortSignal;
}
