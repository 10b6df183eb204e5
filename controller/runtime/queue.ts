import { createHeap } from "./heap.ts";
import type { QueueMetrics } from "./metrics.ts";
import { type SetTimer, systemTimer } from "./timers.ts";

/** Priorities are numbers, higher first; these two are what the runtime itself uses. */
export const priority = { normal: 0, initial: -100 } as const;

export interface QueueOptions {
  name?: string;
  /** Milliseconds since the epoch. */
  clock: () => number;
  setTimer?: SetTimer;
  baseDelayMs?: number;
  maxDelayMs?: number;
  /** Keys that are waiting or delayed at one time; more are refused. */
  maxKeys?: number;
  metrics?: QueueMetrics;
}

export interface AddOptions {
  delayMs?: number;
  priority?: number;
}

/**
 * Keys that need work. A key is held at most once: adding it again keeps the earlier time and the higher priority; adding
 * it while it is being worked on makes it come back after {@link WorkQueue.done}.
 */
export interface WorkQueue {
  /** False when the queue is closed or full and the key was not there already. */
  add(key: string, options?: AddOptions): boolean;
  /** Adds after `baseDelayMs * 2^failures`, at most `maxDelayMs`; gives that delay. */
  addRateLimited(key: string, options?: { priority?: number }): number;
  /** The key succeeded: its next failure starts at the base delay. */
  forget(key: string): void;
  failures(key: string): number;
  /** Waits for the next key; undefined once the queue is closed. The caller must call {@link WorkQueue.done}. */
  take(): Promise<string | undefined>;
  done(key: string): void;
  /** Keys that could be taken now. */
  readonly depth: number;
  readonly delayed: number;
  readonly running: number;
  /** How many additions were refused because the queue was full. */
  readonly refused: number;
  /** Nothing is given out any more; waiting takers get undefined. */
  close(): void;
}

interface Ready {
  priority: number;
  since: number;
}

interface Delayed extends Ready {
  at: number;
}

interface HeapEntry {
  key: string;
  at: number;
}

/** Every so many takes the least urgent key goes first, so that steady fresh work cannot starve it. */
const fairness = 8;

export function createQueue(options: QueueOptions): WorkQueue {
  const { clock, metrics } = options;
  const setTimer = options.setTimer ?? systemTimer;
  const baseDelayMs = options.baseDelayMs ?? 750;
  const maxDelayMs = options.maxDelayMs ?? 900_000;
  const maxKeys = options.maxKeys ?? 200_000;
  const labels = { name: options.name ?? "queue" };
  /** Ready keys by priority; a Map keeps the order of arrival. */
  const buckets = new Map<number, Map<string, Ready>>();
  const ready = new Map<string, Ready>();
  const delayed = new Map<string, Delayed>();
  const heap = createHeap<HeapEntry>((a, b) => a.at < b.at);
  /** Keys that are worked on, with what was added for them meanwhile. */
  const running = new Map<string, { since: number; again?: Ready }>();
  const failed = new Map<string, number>();
  const takers: ((key: string | undefined) => void)[] = [];
  let cancelTimer: (() => void) | undefined;
  let timerAt = Number.POSITIVE_INFINITY;
  let takes = 0;
  let refused = 0;
  let closed = false;

  metrics?.watch(labels.name, {
    depth: () => ready.size,
    runningSince: () => [...running.values()].map((entry) => entry.since),
    clock,
  });

  function pick(): string | undefined {
    if (ready.size === 0) return undefined;
    takes += 1;
    const order = [...buckets.keys()].sort((a, b) => b - a);
    const chosen = takes % fairness === 0 ? order.at(-1) : order[0];
    const bucket = chosen === undefined ? undefined : buckets.get(chosen);
    return bucket?.keys().next().value;
  }

  function removeReady(key: string): Ready | undefined {
    const entry = ready.get(key);
    if (!entry) return undefined;
    ready.delete(key);
    const bucket = buckets.get(entry.priority);
    bucket?.delete(key);
    if (bucket?.size === 0) buckets.delete(entry.priority);
    return entry;
  }

  function start(key: string): void {
    const entry = removeReady(key);
    const now = clock();
    running.set(key, { since: now });
    metrics?.queueDuration.observe(labels, Math.max(0, now - (entry?.since ?? now)) / 1000);
  }

  function handOut(): void {
    while (takers.length > 0) {
      const key = pick();
      if (key === undefined) return;
      start(key);
      takers.shift()?.(key);
    }
  }

  function makeReady(key: string, rank: number, since: number): void {
    const before = ready.get(key);
    // It keeps its place in line: a key that is added all the time must not always be the last.
    if (before && before.priority >= rank) return;
    removeReady(key);
    const entry: Ready = { priority: rank, since: before?.since ?? since };
    ready.set(key, entry);
    const bucket = buckets.get(entry.priority);
    if (bucket) bucket.set(key, entry);
    else buckets.set(entry.priority, new Map([[key, entry]]));
  }

  /** A key that is worked on waits for its `done`; any other can be taken. */
  function arrive(key: string, rank: number): void {
    const now = clock();
    const work = running.get(key);
    if (work) {
      work.again = { priority: Math.max(rank, work.again?.priority ?? rank), since: work.again?.since ?? now };
      return;
    }
    makeReady(key, rank, now);
  }

  function schedule(): void {
    for (let top = heap.peek(); top && delayed.get(top.key)?.at !== top.at; top = heap.peek()) heap.pop();
    const next = heap.peek()?.at ?? Number.POSITIVE_INFINITY;
    if (next === timerAt) return;
    cancelTimer?.();
    cancelTimer = undefined;
    timerAt = next;
    if (next !== Number.POSITIVE_INFINITY) cancelTimer = setTimer(onTimer, Math.max(0, next - clock()));
  }

  function onTimer(): void {
    timerAt = Number.POSITIVE_INFINITY;
    cancelTimer = undefined;
    const now = clock();
    for (let top = heap.peek(); top && top.at <= now; top = heap.peek()) {
      heap.pop();
      const entry = delayed.get(top.key);
      if (!entry || entry.at !== top.at) continue;
      delayed.delete(top.key);
      arrive(top.key, entry.priority);
    }
    schedule();
    handOut();
  }

  function addDelayed(key: string, rank: number, at: number): void {
    const before = delayed.get(key);
    const waiting = ready.get(key);
    if (waiting) {
      // It can be taken already, which is earlier than any delay.
      makeReady(key, rank, waiting.since);
      return;
    }
    const entry = { priority: Math.max(rank, before?.priority ?? rank), at: Math.min(at, before?.at ?? at), since: at };
    delayed.set(key, entry);
    if (before?.at !== entry.at) heap.push({ key, at: entry.at });
    // Entries that were overtaken stay in the heap until they come up; a key added again and again must not fill it.
    if (heap.size > 2 * delayed.size + 64) heap.retain((item) => delayed.get(item.key)?.at === item.at);
    schedule();
  }

  function add(key: string, how: AddOptions = {}): boolean {
    if (closed) return false;
    const known = ready.has(key) || delayed.has(key) || running.has(key);
    if (!known && ready.size + delayed.size >= maxKeys) {
      refused += 1;
      metrics?.refused.inc(labels);
      return false;
    }
    metrics?.adds.inc(labels);
    const rank = how.priority ?? priority.normal;
    const delayMs = how.delayMs ?? 0;
    if (delayMs > 0) {
      addDelayed(key, rank, clock() + delayMs);
      return true;
    }
    const before = delayed.get(key);
    if (before) {
      delayed.delete(key);
      schedule();
    }
    arrive(key, Math.max(rank, before?.priority ?? rank));
    handOut();
    return true;
  }

  return {
    add,
    addRateLimited(key, how = {}) {
      const failures = failed.get(key) ?? 0;
      failed.set(key, failures + 1);
      const delayMs = Math.min(maxDelayMs, baseDelayMs * 2 ** Math.min(failures, 40));
      metrics?.retries.inc(labels);
      if (!add(key, { ...how, delayMs })) failed.delete(key);
      return delayMs;
    },
    forget(key) {
      failed.delete(key);
    },
    failures: (key) => failed.get(key) ?? 0,
    take() {
      if (closed) return Promise.resolve(undefined);
      return new Promise((resolve) => {
        takers.push(resolve);
        handOut();
      });
    },
    done(key) {
      const work = running.get(key);
      if (!work) return;
      running.delete(key);
      metrics?.workDuration.observe(labels, Math.max(0, clock() - work.since) / 1000);
      if (work.again && !closed) {
        makeReady(key, work.again.priority, work.again.since);
        handOut();
      }
    },
    get depth() {
      return ready.size;
    },
    get delayed() {
      return delayed.size;
    },
    get running() {
      return running.size;
    },
    get refused() {
      return refused;
    },
    close() {
      if (closed) return;
      closed = true;
      cancelTimer?.();
      ready.clear();
      buckets.clear();
      delayed.clear();
      heap.retain(() => false);
      failed.clear();
      for (const taker of takers.splice(0)) taker(undefined);
    },
  };
}
