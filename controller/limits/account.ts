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

  /** The latest charge; -Infinity when there was none. */
  get lastAt(): number {
    return this.#last.time;
  }

  /** A copy that shares nothing. */
  copy(): Account {
    const copy = new Account();
    copy.entries = this.entries.map((entry) => ({ ...entry }));
    copy.denials = [...this.denials];
    copy.#last = { ...this.#last };
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
    let count = 0;
    for (let i = this.entries.length - 1; i >= 0; i--) {
      const entry = this.entries[i];
      if (!entry || entry.time < from) break;
      count += entry.count;
    }
    return count;
  }

  /** Risk charged since `from`, before `until` was. */
  risk(from: number, until?: Entry): number {
    let total = 0;
    for (let i = this.entries.length - 1; i >= 0; i--) {
      const entry = this.entries[i];
      if (!entry || entry.time < from) break;
      if (!until || compareEntries(entry, until) < 0) total += entry.score;
    }
    return total;
  }

  /** Admits `key`; it is settled once it is decided. */
  admit(key: string, now: number): Entry {
    const entry: Entry = { key, ...this.#next(now), count: 1, score: 0, denied: false, open: true };
    this.#append(entry);
    return entry;
  }

  /**
   * Charges the risk of an admitted entry. It counts from now on, so one that had to wait to be decided is moved to the end.
   * Once decided, an entry's score only grows.
   */
  settle(entry: Entry, score: number, now: number): void {
    if (entry.open && (entry !== this.entries.at(-1) || this.clock(now) > entry.time)) {
      this.entries.splice(this.entries.indexOf(entry), 1);
      Object.assign(entry, this.#next(now));
      this.#append(entry);
    }
    entry.open = false;
    entry.score = Math.max(entry.score, score);
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
      known.score = Math.max(known.score, score);
      known.open = false;
      if (denied) this.deny(known);
      return;
    }
    this.#append({ key, from: time, time, nth, count: 1, score, denied, open: false });
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
    if (compareEntries(entry, this.#last) > 0) this.#last = { time: entry.time, nth: entry.nth };
    if (entry.key !== undefined) this.#byKey.set(entry.key, entry);
    if (this.entries.length > MAX_ENTRIES) this.merge(USUAL);
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
