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

/** A health check that fails for `windowMs` after the event loop was held up for `maxStallMs` or longer. */
export function createStallWatch(options: { maxStallMs?: number; windowMs?: number } = {}): StallWatch {
  const maxStallMs = options.maxStallMs ?? 10_000;
  const windowMs = options.windowMs ?? 30_000;
  const tickMs = Math.min(250, maxStallMs / 2);
  let last = performance.now();
  let stall = { endedAt: Number.NEGATIVE_INFINITY, ms: 0 };
  function tick(): void {
    const now = performance.now();
    const ms = now - last - tickMs;
    last = now;
    if (ms >= maxStallMs) stall = { endedAt: now, ms };
  }
  const timer = setInterval(tick, tickMs);
  timer.unref();
  return {
    check: () => {
      // A probe may be answered before the late tick.
      if (performance.now() - last > maxStallMs) tick();
      const over = performance.now() - stall.endedAt > windowMs;
      return over || `the event loop stood still for ${Math.round(stall.ms)} ms`;
    },
    stop: () => clearInterval(timer),
  };
}
