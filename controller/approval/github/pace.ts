import { GitHubError } from "./errors.ts";

export interface PaceOptions {
  now: () => number;
  sleep: (ms: number) => Promise<void>;
  /** Least time between the starts of two calls that write; GitHub asks for a second. */
  writeIntervalMs: number;
  /** Calls under way at once; GitHub allows 100, also of everybody else with the same credential. */
  concurrency: number;
}

export interface Pace {
  /** Runs a call when its turn has come. @throws GitHubError RATE_LIMITED at once while GitHub has asked to wait. */
  run<T>(write: boolean, call: () => Promise<T>): Promise<T>;
}

/**
 * Keeps to the limits of one credential. A wait that GitHub asks for is not waited out here but told to the caller, whose queue knows
 * what else there is to do; until then nothing more is sent, however often it is asked.
 */
export function createPace({ now, sleep, writeIntervalMs, concurrency }: PaceOptions): Pace {
  let blockedUntil = 0;
  let nextWrite = 0;
  let running = 0;
  const waiting: (() => void)[] = [];

  async function enter(): Promise<void> {
    if (running < concurrency) running += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
  }

  /** The place goes straight to whoever waits, so that nobody slips in between. */
  function leave(): void {
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  }

  function refuseWhileBlocked(): void {
    const wait = blockedUntil - now();
    if (wait <= 0) return;
    throw new GitHubError("RATE_LIMITED", "GitHub asked to wait; nothing was sent", 429, { retryAfterMs: wait });
  }

  return {
    async run(write, call) {
      refuseWhileBlocked();
      await enter();
      try {
        if (write) {
          const start = Math.max(now(), nextWrite);
          nextWrite = start + writeIntervalMs;
          if (start > now()) await sleep(start - now());
        }
        refuseWhileBlocked();
        return await call();
      } catch (error) {
        if (error instanceof GitHubError && error.code === "RATE_LIMITED") {
          blockedUntil = Math.max(blockedUntil, now() + (error.retryAfterMs ?? 0));
        }
        throw error;
      } finally {
        leave();
      }
    },
  };
}
