import { ENVIRONMENTS } from "../api/vocabulary.ts";
import type { Facts } from "./facts.ts";
import { type CompiledRule, compareRules } from "./rule.ts";

/** Rules that share a selector value, in the order in which they are looked at. */
export type Posting = CompiledRule[];

/** Kinds of key that a rule can be filed under. */
type Kind = "label" | "agent" | "group" | "role" | "delegator" | "action" | "type" | "environment";
const KINDS: readonly Kind[] = ["label", "agent", "group", "role", "delegator", "action", "type", "environment"];

const ANY = "";

/** A way to file a rule: under every one of `keys`, of which a request that matches has at least one. */
interface Filing {
  kind: Kind;
  keys: readonly string[];
}

/** Every way to file the rule. Each is complete: a request that matches the rule carries one of its keys. */
function filings(rule: CompiledRule): Filing[] {
  const ways: Filing[] = [];
  for (const [key, value] of rule.labels ?? []) ways.push({ kind: "label", keys: [labelKey(key, value)] });
  if (rule.agentIds) ways.push({ kind: "agent", keys: rule.agentIds });
  if (rule.groups) ways.push({ kind: "group", keys: rule.groups });
  if (rule.roles) ways.push({ kind: "role", keys: rule.roles });
  if (rule.delegatedFrom) ways.push({ kind: "delegator", keys: rule.delegatedFrom });
  if (rule.actions && (rule.globs?.length ?? 0) === 0) ways.push({ kind: "action", keys: rule.actions });
  if (rule.types) ways.push({ kind: "type", keys: rule.types });
  if (rule.needsTarget && rule.environments >= 0) {
    ways.push({ kind: "environment", keys: ENVIRONMENTS.filter((_, i) => rule.environments & (1 << i)) });
  }
  return ways;
}

/** One text for a label and its value; a NUL can stand in neither. */
function labelKey(key: string, value: string): string {
  return `${key}\0${value}`;
}

/** Where `rule` stands or would stand in an ordered list. */
function position(list: Posting, rule: CompiledRule): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = list[middle];
    if (other && compareRules(other, rule) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Rules filed under their rarest selector value, so that a request looks only at the rules that share a value with it.
 * Every posting is in the order of decision.
 */
export class RuleIndex {
  /** All rules in order; the trace looks at its head. */
  readonly ordered: Posting = [];
  readonly #postings = new Map<Kind, Map<string, Posting>>(KINDS.map((kind) => [kind, new Map()]));
  readonly #any: Posting = [];
  /** How many rules name a value, per kind; rarity is judged by it. */
  readonly #mentions = new Map<Kind, Map<string, number>>(KINDS.map((kind) => [kind, new Map()]));
  readonly #filed = new Map<CompiledRule, Filing>();
  readonly #labelKeys = new Set<string>();

  get size(): number {
    return this.ordered.length;
  }

  /** Adds many rules at once; cheaper than one by one. */
  addAll(rules: readonly CompiledRule[]): void {
    for (const rule of rules) this.#mention(filings(rule), 1);
    const touched = new Set<Posting>([this.ordered]);
    for (const rule of rules) {
      this.ordered.push(rule);
      for (const list of this.#lists(rule)) {
        list.push(rule);
        touched.add(list);
      }
    }
    for (const list of touched) list.sort(compareRules);
  }

  add(rule: CompiledRule): void {
    this.#mention(filings(rule), 1);
    this.ordered.splice(position(this.ordered, rule), 0, rule);
    for (const list of this.#lists(rule)) list.splice(position(list, rule), 0, rule);
  }

  remove(rule: CompiledRule): void {
    const filing = this.#filed.get(rule);
    if (!filing) return;
    this.#filed.delete(rule);
    this.#mention(filings(rule), -1);
    drop(this.ordered, rule);
    if (filing.keys === ANY_KEYS) drop(this.#any, rule);
    else {
      const map = this.#postings.get(filing.kind);
      for (const key of new Set(filing.keys)) {
        const list = map?.get(key);
        if (!list) continue;
        drop(list, rule);
        if (list.length === 0) map?.delete(key);
      }
    }
  }

  /** The postings that may hold a rule that matches; together they hold every one that does. */
  candidates(facts: Facts): Posting[] {
    const lists: Posting[] = [];
    if (this.#any.length > 0) lists.push(this.#any);
    const { target, agent } = facts;
    this.#collect("action", facts.action, lists);
    if (target) {
      const { spec } = target.object;
      this.#collect("type", spec.type, lists);
      this.#collect("environment", spec.environment, lists);
      const labels = this.#postings.get("label");
      if (labels && labels.size > 0 && spec.labels) {
        for (const key in spec.labels) {
          if (!this.#labelKeys.has(key)) continue;
          const list = labels.get(labelKey(key, spec.labels[key] ?? ""));
          if (list) lists.push(list);
        }
      }
    }
    if (agent) {
      this.#collect("agent", agent.id, lists);
      for (const role of agent.roles) this.#collect("role", role, lists);
      for (const group of agent.groups) this.#collect("group", group, lists);
      for (const link of agent.delegation) this.#collect("delegator", link.id, lists);
    }
    return lists;
  }

  #collect(kind: Kind, key: string, lists: Posting[]): void {
    const list = this.#postings.get(kind)?.get(key);
    if (list) lists.push(list);
  }

  #mention(ways: readonly Filing[], by: 1 | -1): void {
    for (const { kind, keys } of ways) {
      const counts = this.#mentions.get(kind);
      for (const key of keys) {
        const count = (counts?.get(key) ?? 0) + by;
        if (count > 0) counts?.set(key, count);
        else counts?.delete(key);
      }
    }
  }

  /** Chooses how to file the rule and gives the lists it belongs in. */
  #lists(rule: CompiledRule): Posting[] {
    let best: Filing = { kind: "action", keys: ANY_KEYS };
    let least = Number.POSITIVE_INFINITY;
    for (const way of filings(rule)) {
      const counts = this.#mentions.get(way.kind);
      let cost = 0;
      for (const key of way.keys) cost += counts?.get(key) ?? 0;
      if (cost < least) {
        least = cost;
        best = way;
      }
    }
    this.#filed.set(rule, best);
    if (best.keys === ANY_KEYS) return [this.#any];
    if (best.kind === "label") for (const [key] of rule.labels ?? []) this.#labelKeys.add(key);
    const map = this.#postings.get(best.kind);
    const lists: Posting[] = [];
    for (const key of new Set(best.keys)) {
      let list = map?.get(key);
      if (!list) {
        list = [];
        map?.set(key, list);
      }
      lists.push(list);
    }
    return lists;
  }
}

const ANY_KEYS: readonly string[] = [ANY];

function drop(list: Posting, rule: CompiledRule): void {
  const at = position(list, rule);
  if (list[at] === rule) list.splice(at, 1);
}
