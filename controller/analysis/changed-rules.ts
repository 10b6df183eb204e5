import type { PolicyEngine } from "../policy/engine.ts";
import type { CompiledRule } from "../policy/rule.ts";
import { rulesOf } from "./inventory.ts";

/** All that a rule does, without what it says about itself. */
function meaning({ policy, spec, priority }: CompiledRule): string {
  const { match, decision, approval } = spec;
  return JSON.stringify([policy.guardrail, priority, decision, match, approval ?? null]);
}

/** The rules of `mine` that are not in the other list, or not in the same order among those that are in both. */
function changedIn(mine: readonly CompiledRule[], other: readonly CompiledRule[]): CompiledRule[] {
  const there = new Set(other.map(meaning));
  const here = new Set(mine.map(meaning));
  const shared = other.map(meaning).filter((text) => here.has(text));
  let at = 0;
  return mine.filter((rule) => {
    const text = meaning(rule);
    if (!there.has(text)) return true;
    return shared[at++] !== text;
  });
}

/** Rules of either engine that the other does not have, or has elsewhere in the order of decision; names don't count. */
export function changedRules(
  before: PolicyEngine,
  after: PolicyEngine,
): { before: CompiledRule[]; after: CompiledRule[] } {
  const [a, b] = [rulesOf(before), rulesOf(after)];
  return { before: changedIn(a, b), after: changedIn(b, a) };
}
