/** Where progress goes: one line at a time, for people. */
export interface Logger {
  info(message: string): void;
}

/** Says nothing. */
export const silentLogger: Logger = { info: () => undefined };

/** Prints to standard error. */
export const stderrLogger: Logger = { info: (message) => void process.stderr.write(`${message}\n`) };

/** Runs a step and says how long it took when it took longer than 2 s; says every 10 s that it still runs. */
export async function step<T>(logger: Logger, what: string, run: () => Promise<T>): Promise<T> {
  const begun = performance.now();
  const seconds = () => `${((performance.now() - begun) / 1000).toFixed(1)} s`;
  const announce = setTimeout(() => logger.info(`  ${what} …`), 2000);
  const repeat = setInterval(() => logger.info(`  ${what} … ${seconds()}`), 10_000);
  try {
    const result = await run();
    if (performance.now() - begun > 2000) logger.info(`  ${what}: done in ${seconds()}`);
    return result;
  } finally {
    clearTimeout(announce);
    clearInterval(repeat);
  }
}
