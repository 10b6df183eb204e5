import { chainVariables, type Facts, whenVariables } from "./facts.ts";
import { holds, viewOf } from "./match.ts";
import type { CompiledRule } from "./rule.ts";

/**
 * What a rule comes to for a request. `tightens`: it asks for approval because of what somebody in the chain of delegation
 * holds, not because of what was lent; it can make an allow below it stricter, and never a denial milder.
 */
export type RuleOutcome = "decides" | "tightens" | false | { error: string };

/** What came of `when` (or of a rule that makes no sense), given that all else holds. */
type WhenOutcome = boolean | { error: string };

const isError = (outcome: WhenOutcome): outcome is { error: string } => typeof outcome === "object";

function evaluate(rule: CompiledRule, variables: Record<string, unknown>): WhenOutcome {
  try {
    return rule.when?.(variables) === true;
  } catch (error) {
    return { error: `match.when: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** `when` with what was lent. */
export function whenLent(rule: CompiledRule, facts: Facts): WhenOutcome {
  if (rule.broken !== undefined) return { error: rule.broken };
  return rule.when === undefined || evaluate(rule, whenVariables(facts));
}

function dependsOnChain(rule: CompiledRule, facts: Facts): boolean {
  return rule.when !== undefined && rule.broken === undefined && facts.chain !== facts.caller;
}

/** For what takes away: true as lent or for any id of the chain with all that the chain holds. */
function whenAny(rule: CompiledRule, facts: Facts): WhenOutcome {
  let outcome = whenLent(rule, facts);
  if (!dependsOnChain(rule, facts)) return outcome;
  for (const variables of chainVariables(facts)) {
    if (outcome === true) return true;
    const next = evaluate(rule, variables);
    if (next === true || outcome === false) outcome = next;
  }
  return outcome;
}

/** For what gives: true as lent, and with all that the chain holds, so that a role left out gives nothing. */
function whenAll(rule: CompiledRule, facts: Facts): WhenOutcome {
  const outcome = whenLent(rule, facts);
  const [whole] = dependsOnChain(rule, facts) ? chainVariables(facts) : [];
  if (outcome === false || whole === undefined) return outcome;
  const second = evaluate(rule, whole);
  return second === true ? outcome : second;
}

/** Holds a rule against a request, `when` included. */
export function outcomeOf(rule: CompiledRule, facts: Facts): RuleOutcome {
  const { chain, caller } = facts;
  const plain = rule.when === undefined && rule.broken === undefined;
  const held = holds(rule, facts, viewOf(rule, facts));
  if (rule.restricts || rule.spec.decision === "allow" || chain === caller) {
    if (!held) return false;
    if (plain) return "decides";
    const outcome = rule.restricts ? whenAny(rule, facts) : whenAll(rule, facts);
    return outcome === true ? "decides" : outcome;
  }
  if (held) {
    const outcome = whenAll(rule, facts);
    if (outcome === true) return "decides";
    if (isError(outcome)) return outcome;
  }
  if (!held && !holds(rule, facts, chain)) return false;
  const outcome = whenAny(rule, facts);
  return outcome === true ? "tightens" : outcome;
}
