/** What was charged to an agent: one charge, or several that were merged. */
export interface Entry {
  /** Absent once merged: then nobody can be recognised by it any more. */
  key?: string;
  /** When the oldest charge in it was made, epoch ms. */
  from: number;
  /** When the latest was; it counts until this one would. */
  time: number;
  /** Place among the charges of that millisecond. */
  nth: number;
  /** Charges in it. */
  count: number;
  score: number;
  /** Charges and scores of all before it, from an origin of the account's own: windows are summed by subtraction. */
  before: { count: number; score: number };
  denied: boolean;
  /** Admitted, but not decided yet. */
  open: boolean;
}

/** Order in which charges were made. */
export function compareEntries(a: { time: number; nth: number }, b: { time: number; nth: number }): number {
  return a.time - b.time || a.nth - b.nth;
}

/** How hard entries are merged. */
export interface Coarseness {
  /** The latest of these stay as they are. */
  exact: number;
  /** Charges may count longer than they should by this part of their age. */
  part: number;
}

/**
 * Merges older neighbours of ordered entries into ones that count until the latest of them would. Every total stays what it
 * was or grows; it never shrinks.
 */
export function mergeEntries(entries: readonly Entry[], { exact, part }: Coarseness, now: number): Entry[] {
  const border = Math.max(0, entries.length - exact);
  const merged: Entry[] = [];
  let into: Entry | undefined;
  for (let i = border - 1; i >= 0; i--) {
    const entry = entries[i];
    if (!entry) continue;
    if (into && into.time - entry.from <= (now - into.time) * part) {
      into.from = Math.min(into.from, entry.from);
      into.count += entry.count;
      into.score += entry.score;
      delete into.key;
    } else {
      into = { ...entry };
      merged.push(into);
    }
  }
  merged.reverse();
  for (let i = border; i < entries.length; i++) {
    const entry = entries[i];
    if (entry) merged.push(entry);
  }
  return merged;
}
