import type { KubeClient } from "./client.ts";
import { isKubeError, messageOf } from "./errors.ts";
import type { Metrics } from "./metrics.ts";
import { plainText } from "./text.ts";
import { microTime } from "./time.ts";
import { type KubeObject, type Logger, type Resource, silentLogger } from "./types.ts";
import { sleep } from "./wait.ts";

/** Its writer needs create and patch. */
export const eventsResource: Resource = { group: "events.k8s.io", version: "v1", plural: "events", namespaced: true };

/** The object that an event is about. */
export interface ObjectReference {
  apiVersion: string;
  kind: string;
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
}

export interface EventInput {
  regarding: ObjectReference;
  type: "Normal" | "Warning";
  /** CamelCase, at most 128 characters. */
  reason: string;
  /** What was done or tried, at most 128 characters. */
  action: string;
  /** For people; cut at 1 kB. No secrets, and no internals of the policy. */
  note: string;
}

export interface EventsOptions {
  client: KubeClient;
  /** A qualified name such as `agentsafe.dev/controller`. */
  reportingController: string;
  reportingInstance: string;
  clock?: () => number;
  random?: () => number;
  logger?: Logger;
  metrics?: Pick<Metrics, "events">;
  /** Events that wait to be sent; more are dropped. */
  maxPending?: number;
  /** Equal events within this time become one with a count. */
  seriesMs?: number;
  /** Requests at one time. */
  concurrency?: number;
}

/** Kubernetes events: a courtesy to people, never a record. Nothing here throws, waits for the server, or grows. */
export interface Events {
  emit(event: EventInput): void;
  /** Waits until all that was emitted is sent or given up, at most so long. */
  flush(timeoutMs: number): Promise<void>;
}

interface Series {
  name: string;
  namespace: string;
  count: number;
  startedAt: number;
  event: EventInput;
  /** `new` and `changed` wait in line; `sent` is what the server knows. */
  state: "new" | "changed" | "sent";
}

const maxSeries = 4_096;

export function createEvents(options: EventsOptions): Events {
  const { client } = options;
  const clock = options.clock ?? Date.now;
  const random = options.random ?? Math.random;
  const logger = options.logger ?? silentLogger;
  const maxPending = options.maxPending ?? 1_000;
  const seriesMs = options.seriesMs ?? 600_000;
  const concurrency = options.concurrency ?? 4;
  const series = new Map<string, Series>();
  const pending: Series[] = [];
  let active = 0;

  function count(result: "sent" | "deduplicated" | "dropped" | "failed"): void {
    options.metrics?.events.inc({ result });
  }

  function body(entry: Series): KubeObject & Record<string, unknown> {
    const { regarding, type, reason, action, note } = entry.event;
    return {
      apiVersion: "events.k8s.io/v1",
      kind: "Event",
      metadata: { name: entry.name, namespace: entry.namespace },
      eventTime: microTime(entry.startedAt),
      reportingController: options.reportingController,
      reportingInstance: plainText(options.reportingInstance, 128),
      type,
      reason: plainText(reason, 128),
      action: plainText(action, 128),
      note,
      regarding,
    };
  }

  async function send(entry: Series): Promise<void> {
    const repeated = entry.count > 1 ? { count: entry.count, lastObservedTime: microTime(clock()) } : undefined;
    if (entry.state === "changed") {
      entry.state = "sent";
      try {
        const ref = { name: entry.name, namespace: entry.namespace };
        await client.patch(eventsResource, ref, { series: repeated }, { type: "merge", timeoutMs: 5_000 });
        return;
      } catch (error) {
        // The server forgets events after an hour: then it is a new one.
        if (!isKubeError(error, "NOT_FOUND")) throw error;
      }
    }
    entry.state = "sent";
    await client.create(
      eventsResource,
      { ...body(entry), ...(repeated ? { series: repeated } : {}) },
      { timeoutMs: 5_000 },
    );
  }

  async function drain(): Promise<void> {
    active += 1;
    try {
      for (let entry = pending.shift(); entry; entry = pending.shift()) {
        try {
          await send(entry);
          count("sent");
        } catch (error) {
          count("failed");
          logger.debug({ err: messageOf(error), reason: entry.event.reason }, "an event was not sent");
        }
      }
    } finally {
      active -= 1;
    }
  }

  function enqueue(entry: Series): void {
    if (pending.length >= maxPending) {
      entry.state = "sent";
      count("dropped");
      return;
    }
    pending.push(entry);
    if (active < concurrency) void drain();
  }

  function newSeries(event: EventInput, now: number): Series {
    const suffix = `${now.toString(16)}${Math.floor(random() * 0x10000)
      .toString(16)
      .padStart(4, "0")}`;
    const name = `${event.regarding.name.slice(0, 200).replace(/[^a-z0-9]+$/, "")}.${suffix}`;
    // Events about cluster-scoped objects live in `default`, as the API requires.
    return { name, namespace: event.regarding.namespace ?? "default", count: 1, startedAt: now, event, state: "new" };
  }

  function record(event: EventInput): void {
    const now = clock();
    const note = plainText(event.note, 1_024);
    const { regarding } = event;
    const key = JSON.stringify([
      regarding.uid ?? regarding.name,
      regarding.namespace,
      event.type,
      event.reason,
      event.action,
      note,
    ]);
    const known = series.get(key);
    if (known && now - known.startedAt < seriesMs) {
      known.count += 1;
      count("deduplicated");
      if (known.state !== "sent") return;
      known.state = "changed";
      enqueue(known);
      return;
    }
    series.delete(key);
    const oldest = series.size >= maxSeries ? series.keys().next().value : undefined;
    if (oldest !== undefined) series.delete(oldest);
    const entry = newSeries({ ...event, note }, now);
    series.set(key, entry);
    enqueue(entry);
  }

  return {
    emit(event) {
      try {
        record(event);
      } catch (error) {
        count("failed");
        logger.warn({ err: error }, "an event could not be made");
      }
    },
    async flush(timeoutMs) {
      const end = performance.now() + timeoutMs;
      while ((pending.length > 0 || active > 0) && performance.now() < end) await sleep(10);
    },
  };
}
