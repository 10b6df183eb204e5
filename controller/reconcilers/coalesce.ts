/**
 * Shares reads between callers without weakening what a read proves. A caller gets the result of a read that *began after*
 * it asked, so the result is at least as fresh as the question; callers that wait for the same read share it.
 *
 * At most one read per key is under way and one is waiting, however many ask.
 */
export function createCoalescer<T>(read: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const running = new Map<string, { current: Promise<unknown>; next: Promise<T> | null }>();

  function start(key: string): Promise<T> {
    const current = read(key);
    const slot = { current: current as Promise<unknown>, next: null as Promise<T> | null };
    running.set(key, slot);
    const settled = () => {
      // A waiting read has replaced the slot by its own; otherwise nobody asks any more.
      if (running.get(key) === slot && slot.next === null) running.delete(key);
    };
    current.then(settled, settled);
    return current;
  }

  return (key) => {
    const slot = running.get(key);
    if (slot === undefined) return start(key);
    slot.next ??= slot.current.then(
      () => start(key),
      () => start(key),
    );
    return slot.next;
  };
}
