import { decide } from "../policy/decide.ts";
import type { PolicyEngine } from "../policy/engine.ts";
import type { Facts } from "../policy/facts.ts";
import { show } from "../policy/field-error.ts";
import { prepare } from "../policy/judge.ts";
import { CONDITIONS, failures } from "../policy/match.ts";
import { outcomeOf } from "../policy/outcome.ts";
import type { CompiledRule } from "../policy/rule.ts";
import { tell } from "../policy/trace.ts";
import type { DecideInput } from "../policy/types.ts";
import type { Explanation, MissedCondition, NearRule } from "./types.ts";

function missedOf(rule: CompiledRule, facts: Facts): MissedCondition[] {
  const failed = failures(rule, facts, 0);
  const missed = CONDITIONS.filter((_, i) => (failed & (1 << i)) !== 0);
  return missed.map((condition) => ({ condition, message: tell(condition, rule, facts) }));
}

function nearRule(rule: CompiledRule, facts: Facts): NearRule {
  const { policy, spec, priority } = rule;
  const base = { policy: policy.name, rule: spec.name, guardrail: policy.guardrail, priority, decision: spec.decision };
  const outcome = outcomeOf(rule, facts);
  if (outcome === "decides" || outcome === "tightens")
    return { ...base, outcome: "outranked", missed: [], message: `would ${spec.decision}, but is outranked` };
  if (outcome !== false) return { ...base, outcome: "error", missed: [], message: outcome.error };
  const missed = missedOf(rule, facts);
  if (missed.length === 0) missed.push({ condition: "match.when", message: `not true: ${show(spec.match.when)}` });
  return { ...base, outcome: "missed", missed };
}

/**
 * Judges a request and tells which rules came nearest, with all conditions that each missed. Looks at every rule, unlike the
 * trace of a decision, which looks at a bounded number and tells the first condition.
 */
export function explain(engine: PolicyEngine, input: DecideInput, limit = 10): Explanation {
  const decision = decide(engine, input);
  const { facts } = prepare(engine, input);
  if (!facts) return { decision, nearest: [] };
  const decided = (near: NearRule): boolean => near.policy === decision.policy && near.rule === decision.rule;
  const nearest = [...engine.guardrails.ordered.rules, ...engine.rules.ordered.rules]
    .map((rule) => nearRule(rule, facts))
    .filter((near) => !decided(near))
    .sort((a, b) => a.missed.length - b.missed.length) // stable: the order of decision within
    .slice(0, limit);
  return { decision, nearest };
}
