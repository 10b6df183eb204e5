import type { PolicyEngine } from "./engine.ts";
import type { Facts } from "./facts.ts";
import { show } from "./field-error.ts";
import { CONDITIONS, failures, WHEN, whenOutcome } from "./match.ts";
import { type CompiledRule, compareRules } from "./rule.ts";
import type { RuleIndex } from "./rule-index.ts";
import type { Ruling } from "./select.ts";
import type { TraceEntry } from "./types.ts";

/** Most near misses that a trace tells. */
export const MAX_NEAR_MISSES = 20;
/** Rules that are looked at for near misses: those that share a value with the request, and the head of all. */
const MAX_CANDIDATES = 128;
const MAX_HEAD = 64;

interface Miss {
  rule: CompiledRule;
  /** Bits over CONDITIONS; 0 for a rule that matches as well but does not decide. */
  failed: number;
  distance: number;
}

function bitCount(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++;
  return count;
}

function collect(index: RuleIndex, facts: Facts, skip: CompiledRule | undefined, misses: Miss[]): void {
  const seen = new Set<CompiledRule>();
  const see = (rule: CompiledRule): void => {
    if (rule === skip || seen.has(rule)) return;
    seen.add(rule);
    const failed = failures(rule, facts);
    misses.push({ rule, failed, distance: bitCount(failed) });
  };
  let left = MAX_CANDIDATES;
  for (const list of index.candidates(facts)) {
    for (const rule of list) {
      if (left-- <= 0) break;
      see(rule);
    }
  }
  const head = Math.min(index.ordered.length, MAX_HEAD);
  for (let i = 0; i < head; i++) {
    const rule = index.ordered[i];
    if (rule) see(rule);
  }
}

function lowestCondition(failed: number): string {
  return CONDITIONS[31 - Math.clz32(failed & -failed)] ?? "match";
}

function list(values: readonly string[] | undefined): string {
  const shown = (values ?? []).slice(0, 5).join(", ");
  return (values?.length ?? 0) > 5 ? `${shown}, …` : shown;
}

/** What the rule asked and what the request had, in one line. */
function tell(condition: string, rule: CompiledRule, facts: Facts): string {
  const { match } = rule.spec;
  const { target, agent } = facts;
  switch (condition) {
    case "match.actions":
      return `action ${facts.action} is not ${list(match.actions)}`;
    case "match.targets":
      return "the target is unknown";
    case "match.targets.environments":
      return `environment ${target?.object.spec.environment} is not ${list(match.targets?.environments)}`;
    case "match.targets.sensitivities":
      return `sensitivity ${facts.effectiveSensitivity} is not ${list(match.targets?.sensitivities)}`;
    case "match.targets.types":
      return `type ${target?.object.spec.type} is not ${list(match.targets?.types)}`;
    case "match.targets.labels":
      return `labels lack ${list(rule.labels?.filter(([key, value]) => target?.object.spec.labels?.[key] !== value).map(([key, value]) => `${key}=${value}`))}`;
    case "match.callers":
      return "the agent is unknown";
    case "match.callers.agentIds":
      return `agent ${agent?.id} is not ${list(match.callers?.agentIds)}`;
    case "match.callers.roles":
      return `roles ${list(agent?.roles) || "(none)"} hold none of ${list(match.callers?.roles)}`;
    case "match.callers.groups":
      return `groups ${list(agent?.groups) || "(none)"} hold none of ${list(match.callers?.groups)}`;
    case "match.callers.delegatedFrom":
      return `the chain of delegation holds none of ${list(match.callers?.delegatedFrom)}`;
    case "match.callers.maxDelegationDepth":
      return `delegation depth ${facts.depth} is above ${match.callers?.maxDelegationDepth}`;
    case "match.callers.requireDelegation":
      return match.callers?.requireDelegation ? "the request is not delegated" : "the request is delegated";
    case "match.riskClasses":
      return `effective risk ${facts.effectiveRisk} is not ${list(match.riskClasses)}`;
    case "match.timeWindows":
      return "the time is in none of the windows";
    case "match.requireTicket":
      return match.requireTicket ? "the request has no ticketId" : "the request has a ticketId";
    default:
      return "not true";
  }
}

function entryOf(miss: Miss, facts: Facts): TraceEntry {
  const { rule } = miss;
  const base = { policy: rule.policy.name, rule: rule.spec.name };
  if (miss.failed !== 0) {
    const condition = lowestCondition(miss.failed);
    const others = miss.distance - 1;
    const message = tell(condition, rule, facts);
    return { ...base, outcome: "missed", condition, message: others > 0 ? `${message} (and ${others} more)` : message };
  }
  const outcome = whenOutcome(rule, facts);
  if (outcome === true)
    return { ...base, outcome: "outranked", message: `would ${rule.spec.decision}, but is outranked` };
  const condition = CONDITIONS[31 - Math.clz32(WHEN)] ?? "match.when";
  if (outcome === false)
    return { ...base, outcome: "missed", condition, message: `not true: ${show(rule.spec.match.when)}` };
  return {
    ...base,
    outcome: "error",
    condition: outcome.error.slice(0, outcome.error.indexOf(":")),
    message: outcome.error,
  };
}

/** The rule that decided, then the nearest misses: those with the fewest failing conditions, higher rules first. */
export function trace(engine: PolicyEngine, facts: Facts, ruling: Ruling): TraceEntry[] {
  const misses: Miss[] = [];
  if (engine.guardrails.size > 0) collect(engine.guardrails, facts, ruling.rule, misses);
  collect(engine.rules, facts, ruling.rule, misses);
  misses.sort((a, b) => a.distance - b.distance || compareRules(a.rule, b.rule));
  const entries: TraceEntry[] = [];
  if (ruling.rule) {
    const base = { policy: ruling.rule.policy.name, rule: ruling.rule.spec.name };
    if (ruling.error === undefined) entries.push({ ...base, outcome: "matched" });
    else
      entries.push({
        ...base,
        outcome: "error",
        condition: ruling.error.slice(0, ruling.error.indexOf(":")),
        message: ruling.error,
      });
  }
  const count = Math.min(misses.length, MAX_NEAR_MISSES);
  for (let i = 0; i < count; i++) {
    const miss = misses[i];
    if (miss) entries.push(entryOf(miss, facts));
  }
  return entries;
}
