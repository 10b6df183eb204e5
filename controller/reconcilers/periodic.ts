import { type Logger, sleep } from "../runtime/index.ts";

export interface PeriodicOptions {
  signal: AbortSignal;
  logger: Logger;
  name: string;
}

/** Runs `work` every `intervalMs`, first at once, never twice at a time. A failure is logged and tried again at the next turn. */
export async function every(intervalMs: number, work: () => Promise<unknown>, options: PeriodicOptions): Promise<void> {
  const { signal, logger, name } = options;
  while (!signal.aborted) {
    try {
      await work();
    } catch (error) {
      if (!signal.aborted) logger.warn({ err: error, name }, "periodic work failed; it is tried again");
    }
    await sleep(intervalMs, signal);
  }
}
