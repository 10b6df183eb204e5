import type { ActionPolicy } from "../api/types.ts";
import type { PolicyEngine } from "../policy/engine.ts";
import type { CompiledRule } from "../policy/rule.ts";
import { overlap } from "./conflict.ts";
import { type Cover, covers, restCovers } from "./covers.ts";
import { labelKeys, matchesPair, type Pair, pairsOf, targetClasses } from "./inventory.ts";
import type { Finding, RuleName } from "./types.ts";
import { matchesNothing, neverMatches } from "./unreachable.ts";

/** Comparisons of two rules that are made at most; some seconds' work. */
const MAX_WORK = 4_000_000;

interface World {
  engine: PolicyEngine;
  /** Guardrails that deny, guardrails that ask for approval, then the ordinary rules, each in the order of decision. */
  denying: CompiledRule[];
  asking: CompiledRule[];
  ordinary: CompiledRule[];
  /** Undefined where no actions or no targets are registered. */
  pairs: Pair[] | undefined;
  left: number;
}

const name = (rule: CompiledRule): RuleName => ({ policy: rule.policy.name, rule: rule.spec.name });
const path = (rule: CompiledRule): string => `spec.rules[${rule.order}]`;
const told = (rule: CompiledRule): string => `${rule.policy.name}/${rule.spec.name}`;

/** Rules that are asked before this one, and whose match leaves it nothing. */
function* above(world: World, rule: CompiledRule): Generator<CompiledRule> {
  for (const other of world.denying) {
    if (other === rule) return;
    yield other;
  }
  for (const other of rule.policy.guardrail ? world.asking : world.ordinary) {
    if (other === rule) return;
    // an error in a guardrail counts for more than another's asking for approval
    if (rule.policy.guardrail && rule.when !== undefined && other.when === undefined) continue;
    yield other;
  }
}

function shadow(by: CompiledRule, rule: CompiledRule, cover: Cover): string {
  const same = by.spec.decision === rule.spec.decision;
  const who = by.policy.guardrail ? `guardrail ${told(by)}` : `${told(by)} (priority ${by.priority})`;
  const but = cover === "direct" ? ", unless the request is delegated" : "";
  return `${who} matches all that this rule matches and ${same ? "decides the same" : `decides ${by.spec.decision}`} before it${but}`;
}

function shadowed(world: World, rule: CompiledRule): Finding | undefined {
  const { profile } = world.engine;
  let direct: CompiledRule | undefined;
  for (const other of above(world, rule)) {
    world.left--;
    if (other.broken !== undefined) continue;
    const cover = covers(other, rule, profile);
    if (cover === "direct") direct ??= other;
    if (cover !== "all") continue;
    const message = shadow(other, rule, cover);
    return { kind: "shadowed", ...name(rule), path: path(rule), by: name(other), holds: "always", message };
  }
  if (direct) {
    const message = shadow(direct, rule, "direct");
    return { kind: "shadowed", ...name(rule), path: path(rule), by: name(direct), holds: "always", message };
  }
  return shadowedByInventory(world, rule);
}

/** Whether rules above it take every registered pair that it matches, be it each another one. */
function shadowedByInventory(world: World, rule: CompiledRule): Finding | undefined {
  const { profile } = world.engine;
  if (!world.pairs || (profile === "compat" && !rule.needsTarget)) return undefined;
  const candidates: CompiledRule[] = [];
  for (const other of above(world, rule)) {
    world.left--;
    if (other.broken === undefined && restCovers(other, rule, profile) === "all") candidates.push(other);
  }
  if (candidates.length === 0) return undefined;
  const taking = new Set<CompiledRule>();
  for (const pair of world.pairs) {
    world.left--;
    if (!matchesPair(rule, pair)) continue;
    const other = candidates.find((candidate) => matchesPair(candidate, pair));
    world.left -= candidates.length;
    if (!other) return undefined;
    taking.add(other);
  }
  const [first, ...more] = [...taking];
  if (!first) return undefined;
  const who = [first, ...more].slice(0, 3).map((other) => `${told(other)} (${other.spec.decision})`);
  const message = `of what is registered, all that this rule matches is decided before it by ${who.join(", ")}${more.length > 2 ? ", …" : ""}`;
  const by = more.length === 0 ? { by: name(first) } : {};
  return { kind: "shadowed", ...name(rule), path: path(rule), ...by, holds: "inventory", message };
}

/** Rules of one priority that overlap and decide differently: a name, not an intention, decides between them. */
function conflicting(world: World, rule: CompiledRule, at: number): Finding | undefined {
  for (let i = at - 1; i >= 0; i--) {
    const other = world.ordinary[i];
    if (!other || other.priority !== rule.priority) return undefined;
    world.left--;
    if (other.spec.decision === rule.spec.decision || other.broken !== undefined) continue;
    if (!overlap(other, rule, world.pairs)) continue;
    // the exception first, then the general rule, in one policy: that is meant
    if (other.policy === rule.policy && covers(rule, other, world.engine.profile) === "all") continue;
    const why = other.policy === rule.policy ? "only its place in the policy" : "only the name of its policy";
    const message = `${told(other)} has the same priority, matches some of the same requests and decides ${other.spec.decision}; ${why} puts it first`;
    const holds = world.pairs ? "inventory" : "always";
    return { kind: "conflicting", ...name(rule), path: path(rule), by: name(other), holds, message };
  }
  return undefined;
}

/** Rules that are left out when a policy is compiled. */
function leftOut(policy: ActionPolicy): Finding[] {
  return policy.spec.rules.flatMap((rule, i): Finding[] => {
    const message = rule.disabled
      ? "is disabled"
      : policy.spec.guardrail && rule.decision === "allow"
        ? "is an allow in a guardrail, which only denies or asks for approval"
        : undefined;
    if (message === undefined) return [];
    const at = { policy: policy.metadata.name, rule: rule.name, path: `spec.rules[${i}]` };
    return [{ kind: "unreachable", ...at, holds: "always", message }];
  });
}

function unreachable(world: World, rule: CompiledRule, classes: Parameters<typeof pairsOf>[1]): Finding | undefined {
  const never = neverMatches(rule);
  const nothing = never ?? matchesNothing(rule, world.engine.actionNames(), classes, world.pairs ?? []);
  if (nothing === undefined) return undefined;
  const holds = never === undefined ? "inventory" : "always";
  return { kind: "unreachable", ...name(rule), path: path(rule), holds, message: nothing };
}

/**
 * Finds rules that never decide or that decide by accident: shadowed, unreachable and conflicting ones. Claims only what it
 * can prove, for all requests (`holds: always`) or for all that is registered in the engine (`holds: inventory`).
 * Deterministic: policies by name, rules in their order. With very many rules it stops comparing and says so.
 */
export function lintRules(engine: PolicyEngine): Finding[] {
  const guardrails = engine.guardrails.ordered.rules;
  const ordinary = engine.rules.ordered.rules;
  const classes = targetClasses(engine, labelKeys([...guardrails, ...ordinary]));
  const pairs = pairsOf(engine, classes);
  const world: World = {
    engine,
    denying: guardrails.filter((rule) => rule.spec.decision === "deny"),
    asking: guardrails.filter((rule) => rule.spec.decision !== "deny"),
    ordinary,
    pairs: classes.length > 0 && engine.actionNames().length > 0 ? pairs : undefined,
    left: MAX_WORK,
  };
  const findings = engine.policies().flatMap(leftOut);
  const rules = [...guardrails, ...ordinary];
  for (const [i, rule] of rules.entries()) {
    if (rule.broken !== undefined) continue;
    if (world.left <= 0) {
      const message = `too many rules to compare them all; ${rules.length - i} of ${rules.length} were left out from here on`;
      findings.push({ kind: "incomplete", ...name(rule), path: path(rule), holds: "always", message });
      break;
    }
    const found =
      unreachable(world, rule, classes) ?? shadowed(world, rule) ?? conflicting(world, rule, i - guardrails.length);
    if (found) findings.push(found);
  }
  return findings.sort(byPlace);
}

function byPlace(a: Finding, b: Finding): number {
  if (a.policy !== b.policy) return a.policy < b.policy ? -1 : 1;
  const order = ({ path }: Finding): number => Number(/\d+/.exec(path)?.[0] ?? 0);
  return order(a) - order(b);
}
