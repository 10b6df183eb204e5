import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Informer } from "./informer.ts";
import type { ProbeCheck } from "./probes.ts";
import type { KubeObject } from "./types.ts";

/** A readiness check: the caches are filled. */
export function syncedCheck(informers: readonly Pick<Informer<KubeObject>, "hasSynced" | "resource">[]): ProbeCheck {
  return () => {
    const waiting = informers.filter((informer) => !informer.hasSynced).map((informer) => informer.resource.plural);
    return waiting.length === 0 || `not synced: ${waiting.join(", ")}`;
  };
}

/**
 * A health check: every informer has heard the server within `maxAgeMs`. A quiet kind still hears a bookmark about every
 * minute, and a new watch every few; while the server is away all fall silent, which no restart cures, so keep it long.
 */
export function progressCheck(
  informers: readonly Pick<Informer<KubeObject>, "lastEventAt" | "resource">[],
  clock: () => number,
  maxAgeMs = 1_800_000,
): ProbeCheck {
  const startedAt = clock();
  return () => {
    const now = clock();
    const silent = informers.filter((informer) => now - Math.max(informer.lastEventAt, startedAt) > maxAgeMs);
    return silent.length === 0 || `nothing heard of: ${silent.map((informer) => informer.resource.plural).join(", ")}`;
  };
}

/** Watches how long the event loop is held up. */
export interface StallWatch {
  readonly check: ProbeCheck;
  stop(): void;
}

/** A health check that fails for one to two `windowMs` after the event loop was held up for `maxStallMs` or longer. */
export function createStallWatch(options: { maxStallMs?: number; windowMs?: number } = {}): StallWatch {
  const maxStallMs = options.maxStallMs ?? 10_000;
  const windowMs = options.windowMs ?? 30_000;
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  // Two windows, for a stall that ends just as one is over.
  let worstBefore = 0;
  const timer = setInterval(() => {
    worstBefore = delay.max;
    delay.reset();
  }, windowMs);
  timer.unref();
  return {
    check: () => {
      const worstMs = Math.max(worstBefore, delay.max) / 1e6;
      return worstMs < maxStallMs || `the event loop stood still for ${Math.round(worstMs)} ms`;
    },
    stop() {
      clearInterval(timer);
      delay.disable();
    },
  };
}
