import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** What a queue tells so that its gauges can be read at scrape time. Times are the queue's clock's milliseconds. */
export interface QueueView {
  depth(): number;
  runningSince(): number[];
  clock(): number;
}

function queueMetrics(registry: Registry) {
  const registers = [registry];
  const labelNames = ["name"] as const;
  const views = new Map<string, QueueView>();
  const buckets = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 1000];

  function gauge(name: string, help: string, read: (view: QueueView) => number): void {
    new Gauge({
      name,
      help,
      labelNames,
      registers,
      collect() {
        for (const [label, view] of views) this.set({ name: label }, read(view));
      },
    });
  }
  const age = (view: QueueView, since: number) => Math.max(0, view.clock() - since) / 1000;
  gauge("workqueue_depth", "Keys that are ready to be worked on", (view) => view.depth());
  gauge("workqueue_unfinished_work_seconds", "Seconds of work in progress that no duration counts yet", (view) =>
    view.runningSince().reduce((sum, since) => sum + age(view, since), 0),
  );
  gauge(
    "workqueue_longest_running_processor_seconds",
    "Seconds that the longest running key has taken so far",
    (view) => Math.max(0, ...view.runningSince().map((since) => age(view, since))),
  );
  const metrics = {
    adds: new Counter({ name: "workqueue_adds_total", help: "Additions to the queue", labelNames, registers }),
    retries: new Counter({ name: "workqueue_retries_total", help: "Additions after a failure", labelNames, registers }),
    refused: new Counter({ name: "workqueue_refused_total", help: "Additions to a full queue", labelNames, registers }),
    queueDuration: new Histogram({
      name: "workqueue_queue_duration_seconds",
      help: "How long a key was ready before work on it began",
      labelNames,
      buckets,
      registers,
    }),
    workDuration: new Histogram({
      name: "workqueue_work_duration_seconds",
      help: "How long work on a key took",
      labelNames,
      buckets,
      registers,
    }),
  };
  return {
    ...metrics,
    /** Shows a queue's gauges and starts its counters at 0. */
    watch(name: string, view: QueueView): void {
      views.set(name, view);
      for (const counter of [metrics.adds, metrics.retries, metrics.refused]) counter.inc({ name }, 0);
      metrics.queueDuration.zero({ name });
      metrics.workDuration.zero({ name });
    },
  };
}

function controllerMetrics(registry: Registry) {
  const registers = [registry];
  const labelNames = ["controller"] as const;
  const prefix = "controller_runtime";
  const counter = (name: string, help: string) =>
    new Counter({ name: `${prefix}_${name}`, help, labelNames, registers });
  const metrics = {
    total: new Counter({
      name: `${prefix}_reconcile_total`,
      help: "Reconciles by result",
      labelNames: ["controller", "result"] as const,
      registers,
    }),
    errors: counter("reconcile_errors_total", "Reconciles that failed"),
    terminalErrors: counter("terminal_reconcile_errors_total", "Reconciles that failed for good"),
    panics: counter("reconcile_panics_total", "Reconciles that failed by a fault of the program"),
    timeouts: counter("reconcile_timeouts_total", "Reconciles that ran out of time"),
    time: new Histogram({
      name: `${prefix}_reconcile_time_seconds`,
      help: "How long a reconcile took",
      labelNames,
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
      registers,
    }),
    active: new Gauge({ name: `${prefix}_active_workers`, help: "Workers at work", labelNames, registers }),
    workers: new Gauge({ name: `${prefix}_max_concurrent_reconciles`, help: "Workers in all", labelNames, registers }),
  };
  return {
    ...metrics,
    /** Starts a controller's series at 0, so that a rate over them is right from the first failure on. */
    initialise(controller: string, workers: number): void {
      for (const result of ["error", "requeue_after", "success"]) metrics.total.inc({ controller, result }, 0);
      for (const one of [metrics.errors, metrics.terminalErrors, metrics.panics, metrics.timeouts])
        one.inc({ controller }, 0);
      metrics.time.zero({ controller });
      metrics.active.set({ controller }, 0);
      metrics.workers.set({ controller }, workers);
    },
  };
}

function informerMetrics(registry: Registry) {
  const registers = [registry];
  const labelNames = ["resource"] as const;
  const counter = (name: string, help: string) =>
    new Counter({ name: `agentsafe_informer_${name}`, help, labelNames, registers });
  const gauge = (name: string, help: string) =>
    new Gauge({ name: `agentsafe_informer_${name}`, help, labelNames, registers });
  const counters = {
    lists: counter("lists_total", "Lists that were begun"),
    watches: counter("watches_total", "Watches that were opened"),
    failures: counter("failures_total", "Lists and watches that failed"),
    silences: counter("silences_total", "Watches given up because nothing came"),
    rewinds: counter("rewinds_total", "Times that the server's history went back"),
    handlerErrors: counter("handler_errors_total", "Handlers that failed"),
  };
  return {
    ...counters,
    events: new Counter({
      name: "agentsafe_informer_events_total",
      help: "Watch events by type",
      labelNames: ["resource", "type"] as const,
      registers,
    }),
    objects: gauge("objects", "Objects in the cache"),
    lastEvent: gauge("last_event_timestamp_seconds", "When the server was last heard"),
    /** Starts an informer's counters at 0. */
    initialise(resource: string): void {
      for (const one of Object.values(counters)) one.inc({ resource }, 0);
    },
  };
}

export type QueueMetrics = ReturnType<typeof queueMetrics>;
export type ControllerMetrics = ReturnType<typeof controllerMetrics>;
export type InformerMetrics = ReturnType<typeof informerMetrics>;

/** One registry with the names that dashboards for controllers know, and our own for informers and events. */
export interface Metrics {
  readonly registry: Registry;
  readonly queue: QueueMetrics;
  readonly controller: ControllerMetrics;
  readonly informer: InformerMetrics;
  readonly events: Counter<"result">;
  readonly leader: Gauge<"name">;
}

/** Makes a process's metrics; `defaults: false` leaves out those of Node itself. */
export function createMetrics(options: { defaults?: boolean } = {}): Metrics {
  const registry = new Registry();
  if (options.defaults !== false) collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const events = new Counter({
    name: "agentsafe_events_total",
    help: "Kubernetes events by what became of them",
    labelNames: ["result"] as const,
    registers,
  });
  for (const result of ["sent", "deduplicated", "dropped", "failed"]) events.inc({ result }, 0);
  return {
    registry,
    queue: queueMetrics(registry),
    controller: controllerMetrics(registry),
    informer: informerMetrics(registry),
    events,
    leader: new Gauge({
      name: "leader_election_master_status",
      help: "1 while leading",
      labelNames: ["name"],
      registers,
    }),
  };
}
