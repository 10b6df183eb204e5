import type { CompiledRule } from "../policy/rule.ts";
import type { Profile } from "../policy/types.ts";
import { globsContain } from "./glob-language.ts";
import { windowsContain } from "./week.ts";

/** How much of what one rule matches another matches too: all of it, all but delegated requests, or not provably so. */
export type Cover = "all" | "direct" | "no";

function subset(inner: readonly string[] | undefined, outer: readonly string[] | undefined): boolean {
  return outer === undefined || inner?.every((value) => outer.includes(value)) === true;
}

/** Bit sets over closed vocabularies; -1 is absent. */
function bitsWithin(inner: number, outer: number, size: number): boolean {
  const all = (1 << size) - 1;
  return (inner & all & ~outer) === 0;
}

function actionsCover(a: CompiledRule, b: CompiledRule): boolean {
  if (a.actions === undefined) return true;
  const outer = a.spec.match.actions ?? [];
  const inner = b.actions === undefined ? ["*"] : (b.spec.match.actions ?? []);
  return inner.every((glob) => globsContain(outer, glob));
}

function targetCovers(a: CompiledRule, b: CompiledRule, profile: Profile): boolean {
  // unknown targets never come to the rules under `strict`
  if (a.needsTarget && !b.needsTarget && profile === "compat") return false;
  return (
    bitsWithin(b.environments, a.environments, 3) &&
    bitsWithin(b.sensitivities, a.sensitivities, 4) &&
    subset(b.types, a.types) &&
    (a.labels ?? []).every(([key, value]) => b.spec.match.targets?.labels?.[key] === value)
  );
}

function delegationCovers(a: CompiledRule, b: CompiledRule): boolean {
  const direct = b.delegation === 2 || b.maxDepth <= 0;
  const delegated = b.delegation === 1 || b.delegatedFrom !== undefined;
  if (a.maxDepth < (direct ? 0 : b.maxDepth)) return false;
  if (a.delegation === 1) return delegated;
  return a.delegation !== 2 || direct;
}

function callersCover(a: CompiledRule, b: CompiledRule, profile: Profile): Cover {
  if (a.needsCaller && !b.needsCaller && profile === "compat") return "no";
  if (!subset(b.agentIds, a.agentIds) || !subset(b.roles, a.roles) || !subset(b.groups, a.groups)) return "no";
  if (!subset(b.delegatedFrom, a.delegatedFrom) || !delegationCovers(a, b)) return "no";
  // What gives sees only what was lent; what takes away (or asks for approval) sees the whole chain.
  const sees = (rule: CompiledRule): boolean => rule.restricts || rule.spec.decision === "require_approval";
  const asks = a.agentIds ?? a.roles ?? a.groups ?? a.delegatedFrom ?? a.when;
  const wider = a.restricts || (a.spec.decision === b.spec.decision && !b.restricts);
  const canBeDelegated = b.delegation !== 2 && b.maxDepth > 0;
  return profile === "strict" && asks !== undefined && sees(b) && !wider && canBeDelegated ? "direct" : "all";
}

/** Callers, time, ticket and `when`: all that is no matter of action and target. */
export function restCovers(a: CompiledRule, b: CompiledRule, profile: Profile): Cover {
  if (a.ticket !== 0 && a.ticket !== b.ticket) return "no";
  if (a.when !== undefined && a.spec.match.when?.trim() !== b.spec.match.when?.trim()) return "no";
  const callers = callersCover(a, b, profile);
  return callers !== "no" && windowsContain(a.spec.match.timeWindows, b.spec.match.timeWindows) ? callers : "no";
}

/** Whether `a` matches every request that `b` matches, whatever is registered. */
export function covers(a: CompiledRule, b: CompiledRule, profile: Profile): Cover {
  // cheap ones first: most pairs end here
  if (!bitsWithin(b.risks, a.risks, 4) || !targetCovers(a, b, profile)) return "no";
  const rest = restCovers(a, b, profile);
  return rest !== "no" && actionsCover(a, b) ? rest : "no";
}
