/** A binary heap: `pop` gives the item that `before` puts first. */
export function createHeap<T>(before: (a: T, b: T) => boolean) {
  const items: T[] = [];

  function swap(i: number, j: number): void {
    const a = items[i] as T;
    items[i] = items[j] as T;
    items[j] = a;
  }

  function less(i: number, j: number): boolean {
    return before(items[i] as T, items[j] as T);
  }

  function sink(start: number): void {
    let i = start;
    for (;;) {
      const left = 2 * i + 1;
      const right = left + 1;
      let first = i;
      if (left < items.length && less(left, first)) first = left;
      if (right < items.length && less(right, first)) first = right;
      if (first === i) return;
      swap(i, first);
      i = first;
    }
  }

  return {
    get size(): number {
      return items.length;
    },
    peek: (): T | undefined => items[0],
    push(item: T): void {
      items.push(item);
      let i = items.length - 1;
      while (i > 0) {
        const parent = (i - 1) >> 1;
        if (!less(i, parent)) return;
        swap(i, parent);
        i = parent;
      }
    },
    pop(): T | undefined {
      const top = items[0];
      const last = items.pop();
      if (items.length > 0 && last !== undefined) {
        items[0] = last;
        sink(0);
      }
      return top;
    },
    /** Throws away what `keep` does not want; linear. */
    retain(keep: (item: T) => boolean): void {
      const kept = items.filter(keep);
      items.length = 0;
      for (const item of kept) items.push(item);
      for (let i = (items.length >> 1) - 1; i >= 0; i -= 1) sink(i);
    },
  };
}
