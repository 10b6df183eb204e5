import type { ChargeRow } from "./charge-row.ts";
import { type Coarseness, compareEntries, type Entry, mergeEntries } from "./entry.ts";

/** Entries that an account may have before older ones are merged. */
const MAX_ENTRIES = 4_096;
/** Denials that are remembered, the latest: twice as many as the highest threshold that a RiskProfile may set. */
const MAX_DENIALS = 2_000;
const USUAL: Coarseness = { exact: 1_024, part: 1 / 128 };

/** What one root agent was charged, in the order in which it was. All times are epoch ms. */
export class Account {
  /** Ordered. */
  entries: Entry[] = [];
  /** Times of denials, ascending. */
  denials: number[] = [];
  readonly #byKey = new Map<string, Entry>();
  #last = { time: Number.NEGATIVE_INFINITY, nth: 0 };
  /** Of all entries, from the same origin as what is before each. */
  #total = { count: 0, score: 0 };

  /** The latest charge; -Infinity when there was none. */
  get lastAt(): number {
    return this.#last.time;
  }

  /** A copy that shares nothing. */
  copy(): Account {
    const copy = new Account();
    copy.entries = this.entries.map((entry) => ({ ...entry, before: { ...entry.before } }));
    copy.denials = [...this.denials];
    copy.#last = { ...this.#last };
    copy.#total = { ...this.#total };
    copy.#indexKeys();
    return copy;
  }

  find(key: string): Entry | undefined {
    return this.#byKey.get(key);
  }

  /** The time by which this account goes: a clock that is set back takes nothing back. */
  clock(now: number): number {
    return Math.max(now, this.#last.time);
  }

  /** Admissions since `from`. */
  admissions(from: number): number {
    return this.#total.count - (this.#firstSince(from)?.before.count ?? this.#total.count);
  }

  /** Risk charged since `from`, before `until` was. */
  risk(from: number, until?: Entry): number {
    const start = this.#firstSince(from)?.before.score ?? this.#total.score;
    return Math.max(0, (until?.before.score ?? this.#total.score) - start);
  }

  /** Admits `key`; it is settled once it is decided. */
  admit(key: string, now: number): Entry {
    const entry = entryOf({ key, ...this.#next(now), open: true });
    this.#append(entry);
    return entry;
  }

  /**
   * Charges the risk of an admitted entry. It counts from now on, so one that had to wait to be decided is moved to the end.
   * Once decided, an entry's score only grows.
   */
  settle(entry: Entry, score: number, now: number): void {
    if (entry.open && (entry !== this.entries.at(-1) || this.clock(now) > entry.time)) {
      const at = this.entries.lastIndexOf(entry);
      this.entries.splice(at, 1);
      this.#sum(at);
      Object.assign(entry, this.#next(now));
      this.#append(entry);
    }
    entry.open = false;
    this.#raise(entry, score);
  }

  /** Counts a settled entry for the breaker, once. */
  deny(entry: Entry): void {
    if (!entry.denied) this.#deny(entry.time);
    entry.denied = true;
  }

  /** Takes a charge of the past; one that is known already only grows. */
  restore({ key, time, nth, score, denied }: ChargeRow): void {
    const known = this.#byKey.get(key);
    if (known) {
      this.#raise(known, score);
      known.open = false;
      if (denied) this.deny(known);
      return;
    }
    this.#append(entryOf({ key, from: time, time, nth, score, denied }));
    if (denied) this.#deny(time);
  }

  /** Forgets what was charged before `from`. Tells whether anything is left. */
  prune(from: number): boolean {
    let gone = 0;
    while ((this.entries[gone]?.time ?? from) < from) gone++;
    for (const { key } of this.entries.splice(0, gone)) if (key !== undefined) this.#byKey.delete(key);
    gone = 0;
    while ((this.denials[gone] ?? from) < from) gone++;
    this.denials.splice(0, gone);
    return this.entries.length > 0;
  }

  /** Merges older entries; what was merged is no longer known by its key, and would be charged again. */
  merge(coarseness: Coarseness): void {
    this.entries = mergeEntries(this.entries, coarseness, this.#last.time);
    this.#sum(0);
    this.#indexKeys();
  }

  #next(now: number): { from: number; time: number; nth: number } {
    const time = this.clock(now);
    return { from: time, time, nth: time === this.#last.time ? this.#last.nth + 1 : 0 };
  }

  #append(entry: Entry): void {
    let at = this.entries.length;
    while (at > 0 && compareEntries(this.entries[at - 1] ?? entry, entry) > 0) at--;
    this.entries.splice(at, 0, entry);
    this.#sum(at);
    if (compareEntries(entry, this.#last) > 0) this.#last = { time: entry.time, nth: entry.nth };
    if (entry.key !== undefined) this.#byKey.set(entry.key, entry);
    if (this.entries.length > MAX_ENTRIES) this.merge(USUAL);
  }

  #raise(entry: Entry, score: number): void {
    if (score <= entry.score) return;
    entry.score = score;
    this.#sum(this.entries.lastIndexOf(entry));
  }

  /** Sums anew from the entry at `at` on. */
  #sum(at: number): void {
    const { entries } = this;
    const previous = entries[at - 1];
    let count = previous ? previous.before.count + previous.count : 0;
    let score = previous ? previous.before.score + previous.score : 0;
    for (let i = at; i < entries.length; i++) {
      const entry = entries[i];
      if (!entry) continue;
      entry.before = { count, score };
      count += entry.count;
      score += entry.score;
    }
    this.#total = { count, score };
  }

  #firstSince(from: number): Entry | undefined {
    let [low, high] = [0, this.entries.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.entries[middle]?.time ?? from) < from) low = middle + 1;
      else high = middle;
    }
    return this.entries[low];
  }

  #deny(time: number): void {
    let at = this.denials.length;
    while (at > 0 && (this.denials[at - 1] ?? time) > time) at--;
    this.denials.splice(at, 0, time);
    if (this.denials.length > MAX_DENIALS) this.denials.shift();
  }

  #indexKeys(): void {
    this.#byKey.clear();
    for (const entry of this.entries) if (entry.key !== undefined) this.#byKey.set(entry.key, entry);
  }
}

function entryOf(given: Pick<Entry, "key" | "from" | "time" | "nth"> & Partial<Entry>): Entry {
  return { count: 1, score: 0, before: { count: 0, score: 0 }, denied: false, open: false, ...given };
}
