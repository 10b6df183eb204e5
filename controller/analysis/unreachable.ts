import { RISK_CLASSES, SENSITIVITIES } from "../api/vocabulary.ts";
import { effectiveRisk } from "../policy/risk.ts";
import type { CompiledRule } from "../policy/rule.ts";
import { matchesAction, matchesPair, matchesTarget, type Pair, type TargetClass } from "./inventory.ts";

const LISTS = ["actions", "riskClasses", "timeWindows"] as const;
const TARGET_LISTS = ["environments", "sensitivities", "types"] as const;
const CALLER_LISTS = ["agentIds", "roles", "groups", "delegatedFrom"] as const;

function emptyList({ spec: { match } }: CompiledRule): string | undefined {
  const empty = (value: unknown): boolean => Array.isArray(value) && value.length === 0;
  const list =
    LISTS.find((name) => empty(match[name])) ??
    TARGET_LISTS.find((name) => empty(match.targets?.[name])) ??
    CALLER_LISTS.find((name) => empty(match.callers?.[name]));
  return list && `${list} is an empty list, which nothing matches`;
}

function contradiction(rule: CompiledRule): string | undefined {
  const { callers, riskClasses, targets } = rule.spec.match;
  if (rule.maxDepth < 0) return "maxDelegationDepth is negative";
  if (rule.maxDepth === 0 && rule.delegation === 1) return "requireDelegation contradicts maxDelegationDepth 0";
  if (callers?.delegatedFrom && (rule.maxDepth === 0 || rule.delegation === 2))
    return "delegatedFrom can't hold for requests that are not delegated";
  if (rule.spec.match.when?.trim() === "false") return "match.when is false";
  if (riskClasses && targets?.sensitivities) {
    const { sensitivities } = targets;
    const possible = RISK_CLASSES.some((risk) =>
      sensitivities.some(
        (name) =>
          SENSITIVITIES.includes(name) && (riskClasses as readonly string[]).includes(effectiveRisk(risk, name)),
      ),
    );
    if (!possible)
      return `no action on a target of sensitivity ${sensitivities.join(", ")} has the effective risk ${riskClasses.join(", ")}`;
  }
  return undefined;
}

/** Why no request can ever match the rule; undefined when that can't be said. */
export function neverMatches(rule: CompiledRule): string | undefined {
  return emptyList(rule) ?? contradiction(rule);
}

/** Why nothing that is registered can match the rule; undefined when something can. */
export function matchesNothing(
  rule: CompiledRule,
  actions: readonly string[],
  classes: readonly TargetClass[],
  pairs: readonly Pair[],
): string | undefined {
  if (actions.length > 0 && !actions.some((name) => matchesAction(rule, name))) {
    return `no registered action is ${rule.spec.match.actions?.join(", ")}`;
  }
  if (classes.length === 0) return undefined;
  if (rule.needsTarget && !classes.some((target) => matchesTarget(rule, target)))
    return "no registered target is what match.targets asks for";
  if (actions.length > 0 && rule.needsTarget && !pairs.some((pair) => matchesPair(rule, pair)))
    return "no registered action fits a registered target so that match.actions, match.targets and match.riskClasses all hold";
  return undefined;
}
