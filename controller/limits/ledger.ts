import type { RiskClass } from "../api/vocabulary.ts";
import { Account } from "./account.ts";
import { openedAt } from "./breaker.ts";
import type { ChargeRow } from "./charge-row.ts";
import type { Coarseness } from "./entry.ts";
import { classOf, type RiskLimits } from "./risk-limits.ts";

/** How an agent stands to its limits; what is not limited is absent. Times are epoch ms. */
export interface AgentBudgetView {
  budget?: { used: number; limit: number; windowSeconds: number };
  breaker?: { state: "Closed" | "Open"; until?: number };
  cumulativeRisk?: { score: number; class: RiskClass };
  /** When it was last charged. */
  lastRequestAt?: number;
}

export interface LedgerOptions {
  /** How long charges are kept, in ms: at least the longest window, and as long as a request may be judged again. */
  keepMs: number;
  /** Agents with an account of their own; the others share one. */
  maxAgents?: number;
  /** Entries and denials of all agents together, before they are merged harder. */
  maxEntries?: number;
}

const MAX_AGENTS = 4_096;
const MAX_ENTRIES = 262_144;
/** Entries shrink to some 50 an agent, whatever it did. */
const HARD: Coarseness = { exact: 8, part: 1 / 2 };

/**
 * What agents were charged: the memory of rate limit, breaker and cumulative risk. Bounded: where there is too much, entries
 * are merged so that totals only grow, and agents that have no room get one account together, in which each pays for all.
 */
export class Ledger {
  /** May be raised; what was forgotten until then has to be replayed. */
  keepMs: number;
  readonly #options: LedgerOptions;
  readonly #accounts = new Map<string, Account>();
  /** Of the agents that had no room; once it is in use, every agent without an account of its own is in it. */
  #shared: Account | undefined;
  #parent: Ledger | undefined;
  #entries = 0;

  constructor(options: LedgerOptions) {
    this.keepMs = options.keepMs;
    this.#options = options;
  }

  /** Agents that have an account. */
  get size(): number {
    return this.#accounts.size + (this.#shared ? 1 : 0);
  }

  /** Agents with an account of their own. */
  agents(): string[] {
    return [...this.#accounts.keys()];
  }

  /** Whether an agent has an account of its own. */
  has(agent: string): boolean {
    return this.#accounts.has(agent);
  }

  /** A scratch copy, for judging what might be asked; accounts are copied when they are first touched, so use it at once. */
  fork(): Ledger {
    const fork = new Ledger({ ...this.#options, keepMs: this.keepMs });
    fork.#parent = this;
    return fork;
  }

  /** Takes charges of the past, in any order. One that is known is not charged again. */
  replay(rows: Iterable<ChargeRow>): void {
    for (const row of rows) if (!row.refused) this.change(row.agent, (account) => account.restore(row));
    this.#bound();
  }

  /** The account that an agent has, to read from. */
  account(agent: string): Account | undefined {
    const own = this.#accounts.get(agent) ?? this.#shared;
    if (own || !this.#parent) return own;
    const copy = this.#parent.account(agent)?.copy();
    if (copy) this.#accounts.set(agent, copy);
    return copy;
  }

  /** Lets `work` change the account of an agent, which is made when absent. */
  change<T>(agent: string, work: (account: Account) => T): T {
    const account = this.account(agent) ?? this.#open(agent);
    const before = account.entries.length + account.denials.length;
    const done = work(account);
    this.#entries += account.entries.length + account.denials.length - before;
    if (this.#entries > this.#limit()) this.#bound();
    return done;
  }

  /** How an agent stands at `now`. */
  view(agent: string, now: number, { rate, breaker, cumulative }: RiskLimits): AgentBudgetView {
    const account = this.account(agent);
    const at = account?.clock(now) ?? now;
    const view: AgentBudgetView = {};
    if (rate) {
      const used = account?.admissions(at - rate.windowMs) ?? 0;
      view.budget = { used, limit: rate.max, windowSeconds: Math.ceil(rate.windowMs / 1_000) };
    }
    if (breaker) {
      const opened = account && openedAt(account.denials, breaker, at);
      view.breaker = opened === undefined ? { state: "Closed" } : { state: "Open", until: opened + breaker.cooldownMs };
    }
    if (cumulative) {
      const score = account?.risk(at - cumulative.windowMs) ?? 0;
      view.cumulativeRisk = { score, class: classOf(score, cumulative) };
    }
    if (account) view.lastRequestAt = account.lastAt;
    return view;
  }

  /** Forgets what was charged longer ago than is kept, and agents that nothing is left of. */
  prune(now: number): void {
    const from = now - this.keepMs;
    for (const [agent, account] of this.#accounts) if (!account.prune(from)) this.#accounts.delete(agent);
    if (this.#shared && !this.#shared.prune(from)) this.#shared = undefined;
    this.#count();
  }

  #open(agent: string): Account {
    const account = new Account();
    if (this.#accounts.size < (this.#options.maxAgents ?? MAX_AGENTS)) this.#accounts.set(agent, account);
    else this.#shared = account;
    return account;
  }

  #limit(): number {
    return this.#options.maxEntries ?? MAX_ENTRIES;
  }

  #count(): void {
    this.#entries = 0;
    for (const { entries, denials } of this.#all()) this.#entries += entries.length + denials.length;
  }

  *#all(): Iterable<Account> {
    yield* this.#accounts.values();
    if (this.#shared) yield this.#shared;
  }

  /** Those who did most are merged first, until there is room again. */
  #bound(): void {
    this.#count();
    if (this.#entries <= this.#limit()) return;
    const largest = [...this.#all()].sort((a, b) => b.entries.length - a.entries.length);
    for (const account of largest) {
      if (this.#entries <= this.#limit() * 0.75) return;
      const before = account.entries.length;
      account.merge(HARD);
      this.#entries += account.entries.length - before;
    }
  }
}
