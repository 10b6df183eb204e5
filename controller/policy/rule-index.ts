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
  /** Key of a label; `keys` then holds its value. */
  label?: string;
}

/** Every way to file the rule. Each is complete: a request that matches the rule carries one of its keys. */
function filings(rule: CompiledRule): Filing[] {
  const ways: Filing[] = [];
  for (const [key, value] of rule.labels ?? []) ways.push({ kind: "label", keys: [value], label: key });
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
  readonly #by = {
    agent: new Map<string, Posting>(),
    group: new Map<string, Posting>(),
    role: new Map<string, Posting>(),
    delegator: new Map<string, Posting>(),
    action: new Map<string, Posting>(),
    type: new Map<string, Posting>(),
    environment: new Map<string, Posting>(),
    /** By key, then by value. */
    label: new Map<string, Map<string, Posting>>(),
  };
  readonly #any: Posting = [];
  /** How many rules name a value, per kind; rarity is judged by it. */
  readonly #mentions = new Map<Kind, Map<string, number>>(KINDS.map((kind) => [kind, new Map()]));
  readonly #filed = new Map<CompiledRule, Filing>();

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
      const map = this.#mapOf(filing);
      for (const key of new Set(filing.keys)) {
        const list = map.get(key);
        if (!list) continue;
        drop(list, rule);
        if (list.length === 0) map.delete(key);
      }
    }
  }

  /** The postings that may hold a rule that matches; together they hold every one that does. */
  candidates(facts: Facts): Posting[] {
    const lists: Posting[] = [];
    if (this.#any.length > 0) lists.push(this.#any);
    const { target, agent } = facts;
    const { action, type, environment, label, role, group, delegator } = this.#by;
    collect(action, facts.action, lists);
    if (target) {
      const { spec } = target.object;
      collect(type, spec.type, lists);
      collect(environment, spec.environment, lists);
      const { labels } = spec;
      if (label.size > 0 && labels) {
        for (const key in labels) {
          const values = label.get(key);
          if (values) collect(values, labels[key] ?? "", lists);
        }
      }
    }
    if (agent) {
      collect(this.#by.agent, agent.id, lists);
      if (role.size > 0) for (const name of agent.roles) collect(role, name, lists);
      if (group.size > 0) for (const name of agent.groups) collect(group, name, lists);
      if (delegator.size > 0) for (const link of agent.delegation) collect(delegator, link.id, lists);
    }
    return lists;
  }

  #mapOf(filing: Filing): Map<string, Posting> {
    if (filing.kind !== "label") return this.#by[filing.kind];
    const key = filing.label ?? "";
    let values = this.#by.label.get(key);
    if (!values) {
      values = new Map();
      this.#by.label.set(key, values);
    }
    return values;
  }

  #mention(ways: readonly Filing[], by: 1 | -1): void {
    for (const { kind, keys, label } of ways) {
      const counts = this.#mentions.get(kind);
      for (const value of keys) {
        const key = label === undefined ? value : `${label}\0${value}`;
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
      for (const value of way.keys)
        cost += counts?.get(way.label === undefined ? value : `${way.label}\0${value}`) ?? 0;
      if (cost < least) {
        least = cost;
        best = way;
      }
    }
    this.#filed.set(rule, best);
    if (best.keys === ANY_KEYS) return [this.#any];
    const map = this.#mapOf(best);
    const lists: Posting[] = [];
    for (const key of new Set(best.keys)) {
      let list = map.get(key);
      if (!list) {
        list = [];
        map.set(key, list);
      }
      lists.push(list);
    }
    return lists;
  }
}

const ANY_KEYS: readonly string[] = [ANY];

function collect(map: Map<string, Posting>, key: string, lists: Posting[]): void {
  const list = map.get(key);
  if (list) lists.push(list);
}

function drop(list: Posting, rule: CompiledRule): void {
  const at = position(list, rule);
  if (list[at] === rule) list.splice(at, 1);
}
