import { ENVIRONMENTS } from "../api/vocabulary.ts";
import type { Facts } from "./facts.ts";
import { Posting } from "./posting.ts";
import type { CompiledRule } from "./rule.ts";
import type { IndexedTarget } from "./target-index.ts";

/** Kinds of key that a rule can be filed under. */
type Kind = "label" | "agent" | "group" | "role" | "delegator" | "action" | "type" | "environment";
const KINDS: readonly Kind[] = ["label", "agent", "group", "role", "delegator", "action", "type", "environment"];

const ANY = "";

/** How many rules the head holds. */
const HEAD = 32;

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

/** Counts changes of all indexes, so that what a target remembers of one is never taken for another. */
let changes = 0;

/**
 * Rules filed under their rarest selector value, so that a request looks only at the rules that share a value with it.
 * Every posting is in the order of decision.
 */
export class RuleIndex {
  /** All rules in order. */
  readonly ordered = new Posting();
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
  readonly #any = new Posting();
  #head = { version: 0, posting: new Posting() };
  #version = ++changes;
  /** How many rules name a value, per kind; rarity is judged by it. */
  readonly #mentions = new Map<Kind, Map<string, number>>(KINDS.map((kind) => [kind, new Map()]));
  readonly #filed = new Map<CompiledRule, Filing>();

  get size(): number {
    return this.ordered.rules.length;
  }

  /** The first rules of all, with a screen of their own: that of all would be long to make anew after a change. */
  get head(): Posting {
    if (this.#head.version !== this.#version) {
      const posting = new Posting();
      for (const rule of this.ordered.rules.slice(0, HEAD)) posting.append(rule);
      this.#head = { version: this.#version, posting };
    }
    return this.#head.posting;
  }

  /** Adds many rules at once; cheaper than one by one. */
  addAll(rules: readonly CompiledRule[]): void {
    this.#version = ++changes;
    for (const rule of rules) this.#mention(filings(rule), 1);
    const touched = new Set<Posting>([this.ordered]);
    for (const rule of rules) {
      this.ordered.append(rule);
      for (const list of this.#lists(rule)) {
        list.append(rule);
        touched.add(list);
      }
    }
    for (const list of touched) list.sort();
  }

  add(rule: CompiledRule): void {
    this.#version = ++changes;
    this.#mention(filings(rule), 1);
    this.ordered.insert(rule);
    for (const list of this.#lists(rule)) list.insert(rule);
  }

  remove(rule: CompiledRule): void {
    const filing = this.#filed.get(rule);
    if (!filing) return;
    this.#version = ++changes;
    this.#filed.delete(rule);
    this.#mention(filings(rule), -1);
    this.ordered.remove(rule);
    if (filing.keys === ANY_KEYS) this.#any.remove(rule);
    else {
      const map = this.#mapOf(filing);
      for (const key of new Set(filing.keys)) {
        const list = map.get(key);
        if (!list) continue;
        list.remove(rule);
        if (list.rules.length === 0) map.delete(key);
      }
    }
  }

  /** The postings that may hold a rule that matches; together they hold every one that does. */
  candidates(facts: Facts): Posting[] {
    const { target, chain } = facts; // what rules see as lent is part of it
    const { role, group, delegator } = this.#by;
    const lists = target ? this.#ofTarget(target).slice() : [];
    if (this.#any.rules.length > 0) lists.push(this.#any);
    collect(this.#by.action, facts.action, lists);
    if (chain) {
      for (const id of chain.ids) collect(this.#by.agent, id, lists);
      if (role.size > 0) for (const name of chain.roles) collect(role, name, lists);
      if (group.size > 0) for (const name of chain.groups) collect(group, name, lists);
      if (delegator.size > 0) for (const id of chain.delegators) collect(delegator, id, lists);
    }
    return lists;
  }

  /** Postings by what the target is; remembered with it until a rule changes. */
  #ofTarget(target: IndexedTarget): Posting[] {
    if (target.filed?.version === this.#version) return target.filed.lists;
    const { spec } = target.object;
    const lists: Posting[] = [];
    for (const [key, value] of Object.entries(spec.labels ?? {})) {
      const values = this.#by.label.get(key);
      if (values) collect(values, value, lists);
    }
    collect(this.#by.type, spec.type, lists);
    collect(this.#by.environment, spec.environment, lists);
    target.filed = { version: this.#version, lists };
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
        list = new Posting();
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
