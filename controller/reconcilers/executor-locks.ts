/** One holder per key; those who come meanwhile are told when it is free. Within one process. */
export interface TargetLocks {
  /** The function that gives the key back, or `undefined` when it is taken: then `retry` is called once it is free. */
  take(key: string, retry: () => void): (() => void) | undefined;
}

export function createTargetLocks(): TargetLocks {
  const waiting = new Map<string, Set<() => void>>();
  return {
    take(key, retry) {
      const others = waiting.get(key);
      if (others !== undefined) {
        others.add(retry);
        return undefined;
      }
      waiting.set(key, new Set());
      return () => {
        const told = waiting.get(key) ?? [];
        waiting.delete(key);
        for (const tell of told) tell();
      };
    },
  };
}
