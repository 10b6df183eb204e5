import { setTimeout as sleep } from "node:timers/promises";

/** What `waitFor` does and for how long. */
export interface WaitOptions {
  /** Total time in ms before it gives up; 30 s unless told. */
  timeoutMs?: number;
  /** Pause between tries in ms; 100 unless told. */
  intervalMs?: number;
  /** Named in the error when time is up. */
  what?: string;
  signal?: AbortSignal;
}

/**
 * Calls `probe` until it returns something truthy and returns that. An error of the probe counts as "not yet";
 * the last one is the cause of the error thrown when time is up.
 */
export async function waitFor<T>(
  probe: () => T | Promise<T>,
  options: WaitOptions = {},
): Promise<Exclude<T, undefined | null | false | 0 | "">> {
  const { timeoutMs = 30_000, intervalMs = 100, what = "a condition", signal } = options;
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    signal?.throwIfAborted();
    try {
      const value = await probe();
      if (value) return value as Exclude<T, undefined | null | false | 0 | "">;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline) {
      const detail = last instanceof Error ? `: ${last.message}` : "";
      throw new Error(`waited ${timeoutMs} ms for ${what}${detail}`, { cause: last });
    }
    await sleep(intervalMs, undefined, { signal });
  }
}
