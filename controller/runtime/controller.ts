import { messageOf } from "./errors.ts";
import type { Gate } from "./gate.ts";
import type { ControllerMetrics } from "./metrics.ts";
import { priority, type WorkQueue } from "./queue.ts";
import { type Logger, silentLogger } from "./types.ts";

/** Trying again cannot help: the key is not queued again until something changes. */
export class TerminalError extends Error {
  override readonly name: string = "TerminalError";
  readonly code = "TERMINAL";
}

/** What a reconcile may answer: come back after so long, jittered by 5 % either way. */
export interface ReconcileResult {
  requeueAfterMs?: number;
}

export interface ControllerOptions {
  name: string;
  queue: WorkQueue;
  /** Works on one key; never runs twice at once for the same key. Must end soon after `signal` is aborted. */
  reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult | undefined> | Promise<void>;
  workers?: number;
  /** After this a reconcile's signal is aborted (2 min). */
  timeoutMs?: number;
  /** Holds keys whose last write the cache has not seen. */
  gate?: Gate;
  metrics?: ControllerMetrics;
  logger?: Logger;
  random?: () => number;
}

export interface Controller {
  start(): void;
  /** Takes no more keys, aborts what runs, and waits for it to end. Closes the queue. */
  stop(): Promise<void>;
}

/** Faults of the program rather than of the world; counted apart, as a Go controller counts panics. */
function isPanic(error: unknown): boolean {
  return (
    !(error instanceof Error) ||
    error instanceof TypeError ||
    error instanceof ReferenceError ||
    error instanceof RangeError
  );
}

/** Workers that turn queued keys into reconciles and their outcomes into retries. No outcome ends a worker. */
export function createController(options: ControllerOptions): Controller {
  const { name, queue, gate, metrics } = options;
  const workers = options.workers ?? 1;
  const timeoutMs = options.timeoutMs ?? 120_000;
  const logger = options.logger ?? silentLogger;
  const random = options.random ?? Math.random;
  const stopping = new AbortController();
  let running: Promise<void>[] = [];

  metrics?.initialise(name, workers);

  function failed(key: string, error: unknown): void {
    metrics?.errors.inc({ controller: name });
    metrics?.total.inc({ controller: name, result: "error" });
    if (isPanic(error)) metrics?.panics.inc({ controller: name });
    if (error instanceof TerminalError) {
      metrics?.terminalErrors.inc({ controller: name });
      queue.forget(key);
      logger.error({ controller: name, key, err: error }, "reconcile failed for good");
      return;
    }
    const delayMs = queue.addRateLimited(key);
    const details = { controller: name, key, err: error, retryInMs: delayMs, failures: queue.failures(key) };
    logger.warn(details, `reconcile failed: ${messageOf(error)}`);
  }

  function succeeded(key: string, result: ReconcileResult | undefined): void {
    queue.forget(key);
    const after = result?.requeueAfterMs;
    if (after === undefined) {
      metrics?.total.inc({ controller: name, result: "success" });
      return;
    }
    metrics?.total.inc({ controller: name, result: "requeue_after" });
    queue.add(key, { delayMs: after * (0.95 + 0.1 * random()) });
  }

  /** The key stays taken until its reconcile has really ended, even after the time limit: two at once would be worse. */
  async function runOne(key: string): Promise<void> {
    const limit = new AbortController();
    const onStop = () => limit.abort(new Error("the controller stops"));
    stopping.signal.addEventListener("abort", onStop, { once: true });
    const timer = setTimeout(() => {
      metrics?.timeouts.inc({ controller: name });
      logger.error({ controller: name, key, timeoutMs }, "reconcile ran out of time");
      limit.abort(new Error(`reconcile took longer than ${timeoutMs} ms`));
    }, timeoutMs);
    const startedAt = performance.now();
    metrics?.active.inc({ controller: name });
    try {
      const result = await options.reconcile(key, limit.signal);
      if (limit.signal.aborted && !stopping.signal.aborted) throw limit.signal.reason;
      succeeded(key, result ?? undefined);
    } catch (error) {
      if (stopping.signal.aborted) logger.debug({ controller: name, key, err: error }, "reconcile was interrupted");
      else failed(key, error);
    } finally {
      clearTimeout(timer);
      stopping.signal.removeEventListener("abort", onStop);
      metrics?.active.dec({ controller: name });
      metrics?.time.observe({ controller: name }, (performance.now() - startedAt) / 1000);
    }
  }

  async function work(): Promise<void> {
    for (;;) {
      const key = await queue.take();
      if (key === undefined) return;
      const held = gate?.held(key);
      if (held) {
        // The worker goes on with other keys; this one comes back when the cache has caught up.
        queue.done(key);
        held.then(() => queue.add(key, { priority: priority.normal }));
        continue;
      }
      await runOne(key);
      queue.done(key);
    }
  }

  return {
    start() {
      if (running.length > 0) throw new Error(`controller ${name} was started twice`);
      running = Array.from({ length: workers }, work);
    },
    async stop() {
      stopping.abort();
      queue.close();
      await Promise.all(running);
    },
  };
}
