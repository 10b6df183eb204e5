import type { PolicyEngine } from "./engine.ts";
import type { Facts } from "./facts.ts";
import { outcomeOf } from "./outcome.ts";
import { ENVIRONMENT_BITS, RISK_BITS, SCREEN_WIDTH, SENSITIVITY_BITS, screenPriority } from "./posting.ts";
import { type CompiledRule, compareRules } from "./rule.ts";
import type { RuleIndex } from "./rule-index.ts";

/** A rule that matched, or that was in error where it would have had to be known. */
export interface Selected {
  rule: CompiledRule;
  error: string | undefined;
}

/** What the rules say of a request. */
export interface Selection {
  /** The highest guardrail that denies, and the highest that asks for approval. */
  deny: CompiledRule | undefined;
  approval: CompiledRule | undefined;
  /** The highest guardrail in error. */
  guardrailError: Selected | undefined;
  /** The highest ordinary rule that matches or is in error. */
  first: Selected | undefined;
}

/**
 * The highest rule of the index that matches or is in error; one above it that asks for approval because of the chain of
 * delegation takes the place of an allow.
 */
function highest(index: RuleIndex, facts: Facts): Selected | undefined {
  let best: Selected | undefined;
  let tightening: CompiledRule | undefined;
  let floor = Number.NEGATIVE_INFINITY;
  for (const posting of index.candidates(facts)) {
    const { rules } = posting;
    const screen = posting.screen(facts.actionNumber);
    for (let i = 0, at = 0; i < rules.length; i++, at += SCREEN_WIDTH) {
      if ((screen[at + 2] ?? 0) < floor) break; // the rest of this posting is lower than the best so far
      if (((screen[at] ?? 0) & facts.actionBit) === 0) continue;
      if (((screen[at + 3] ?? 0) & ~facts.labelBits) !== 0) continue;
      const sets = (screen[at + 1] ?? 0) & facts.screen;
      if ((sets & ENVIRONMENT_BITS) === 0 || (sets & SENSITIVITY_BITS) === 0 || (sets & RISK_BITS) === 0) continue;
      const rule = rules[i];
      if (!rule) continue;
      if (best && compareRules(rule, best.rule) >= 0) break;
      const outcome = outcomeOf(rule, facts);
      if (outcome === false) continue;
      if (outcome === "tightens") {
        if (better(rule, tightening)) tightening = rule;
        continue;
      }
      best = { rule, error: outcome === "decides" ? undefined : outcome.error };
      floor = screenPriority(rule.priority);
      break;
    }
  }
  if (!tightening || !best || best.error !== undefined || best.rule.spec.decision === "deny") return best;
  return better(tightening, best.rule) ? { rule: tightening, error: undefined } : best;
}

function better(rule: CompiledRule, than: CompiledRule | undefined): boolean {
  return than === undefined || compareRules(rule, than) < 0;
}

/** Runs all rules that can matter, guardrails whole and ordinary ones to the first that decides. */
export function select(engine: PolicyEngine, facts: Facts): Selection {
  const selection: Selection = { deny: undefined, approval: undefined, guardrailError: undefined, first: undefined };
  if (engine.guardrails.size > 0) {
    for (const list of engine.guardrails.candidates(facts)) {
      for (const rule of list.rules) {
        const outcome = outcomeOf(rule, facts);
        if (outcome === false) continue;
        if (typeof outcome === "object") {
          if (better(rule, selection.guardrailError?.rule)) selection.guardrailError = { rule, error: outcome.error };
        } else if (rule.spec.decision === "deny") {
          if (better(rule, selection.deny)) selection.deny = rule;
        } else if (better(rule, selection.approval)) {
          selection.approval = rule;
        }
      }
    }
  }
  selection.first = highest(engine.rules, facts);
  return selection;
}

/** What a selection comes to. `rule` is the one that decides, absent for the default denial. */
export interface Ruling {
  result: "allow" | "deny" | "require_approval" | "undecided";
  cause: "NoMatchingRule" | "Rule" | "Guardrail" | "RuleError" | "GuardrailError";
  rule: CompiledRule | undefined;
  error?: string | undefined;
}

/**
 * Guardrails that deny win over everything; a guardrail in error leaves it open; the highest ordinary rule decides unless
 * it or one above it is in error; a guardrail that asks for approval turns an allow into one; nothing matching is a denial.
 */
export function rule(selection: Selection): Ruling {
  const { deny, approval, guardrailError, first } = selection;
  if (deny) return { result: "deny", cause: "Guardrail", rule: deny };
  if (guardrailError)
    return { result: "undecided", cause: "GuardrailError", rule: guardrailError.rule, error: guardrailError.error };
  if (first?.error !== undefined)
    return { result: "undecided", cause: "RuleError", rule: first.rule, error: first.error };
  if (!first) return { result: "deny", cause: "NoMatchingRule", rule: undefined };
  const { decision } = first.rule.spec;
  if (decision === "allow" && approval) return { result: "require_approval", cause: "Guardrail", rule: approval };
  return { result: decision, cause: "Rule", rule: first.rule };
}
