import type { Logger } from "./logger.ts";
import type { ProcessGroup, Program, ProgramSpec } from "./process-group.ts";

/** A program that is started again whenever it ends. */
export interface Supervised {
  /** The program that runs now, or ran last. */
  current(): Program;
  /** How often it was started again. */
  restarts(): number;
  /** Ends it for good. */
  stop(graceMs?: number): Promise<void>;
}

const firstDelayMs = 500;
const longestDelayMs = 30_000;
/** A program that ran this long has recovered; its next failure is a first one. */
const recoveredMs = 60_000;

/** Starts a program and restarts it when it ends, with growing pauses, saying so each time. */
export async function supervise(group: ProcessGroup, spec: ProgramSpec, logger: Logger): Promise<Supervised> {
  let program = await group.start(spec);
  let [stopping, restarts, delayMs] = [false, 0, firstDelayMs];
  let timer: NodeJS.Timeout | undefined;

  const watch = (startedAt: number): void => {
    void program.exited.then((exit) => {
      if (stopping) return;
      if (performance.now() - startedAt > recoveredMs) delayMs = firstDelayMs;
      const how = exit.code === null ? `signal ${exit.signal}` : `exit code ${exit.code}`;
      logger.info(`${spec.name} ended (${how}); starting it again in ${delayMs / 1000} s. Its log: ${program.logFile}`);
      timer = setTimeout(() => void restart(), delayMs);
      delayMs = Math.min(delayMs * 2, longestDelayMs);
    });
  };
  const restart = async (): Promise<void> => {
    try {
      program = await group.start(spec);
      restarts++;
      if (stopping) await program.stop();
      else watch(performance.now());
    } catch (error) {
      logger.info(`${spec.name}: ${error instanceof Error ? error.message : String(error)}`);
      timer = setTimeout(() => void restart(), delayMs);
    }
  };

  watch(performance.now());
  return {
    current: () => program,
    restarts: () => restarts,
    async stop(graceMs) {
      stopping = true;
      clearTimeout(timer);
      await program.stop(graceMs);
    },
  };
}
