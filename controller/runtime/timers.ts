/** Runs a function later; the answer cancels it. Passed in so that tests can own time. */
export type SetTimer = (run: () => void, delayMs: number) => () => void;

/** The longest delay that setTimeout takes; longer ones would fire at once. */
const maxDelayMs = 2 ** 31 - 1;

/** The platform's timer. */
export const systemTimer: SetTimer = (run, delayMs) => {
  const timer = setTimeout(run, Math.min(delayMs, maxDelayMs));
  return () => clearTimeout(timer);
};
