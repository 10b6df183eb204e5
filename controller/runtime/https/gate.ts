/** Lets a bounded number of tasks run; a bounded number of others wait their turn. */
export interface Gate {
  /** Resolves to the function that gives the place back, or to undefined when even the queue is full. */
  enter(): Promise<(() => void) | undefined>;
  /** How many run or wait. */
  readonly busy: number;
}

/** A gate for `running` tasks at once and `waiting` behind them. */
export function createGate(options: { running: number; waiting: number }): Gate {
  let running = 0;
  const queue: (() => void)[] = [];

  function leaveOnce(): () => void {
    let left = false;
    return () => {
      if (left) return;
      left = true;
      const next = queue.shift();
      if (next) next();
      else running--;
    };
  }

  return {
    async enter() {
      if (running < options.running) {
        running++;
        return leaveOnce();
      }
      if (queue.length >= options.waiting) return undefined;
      // The place is handed over without ever being free, so nobody can slip in between.
      await new Promise<void>((resolve) => queue.push(resolve));
      return leaveOnce();
    },
    get busy() {
      return running + queue.length;
    },
  };
}
