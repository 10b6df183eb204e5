import { holderOf } from "./caller.ts";
import type { PolicyEngine } from "./engine.ts";
import type { Facts } from "./facts.ts";
import { show } from "./field-error.ts";
import { CONDITIONS, failures, holds, screenFailures, viewOf, WHEN } from "./match.ts";
import { outcomeOf, whenLent } from "./outcome.ts";
import { type Posting, SCREEN_WIDTH, screenPriority } from "./posting.ts";
import { type CompiledRule, compareRules } from "./rule.ts";
import type { RuleIndex } from "./rule-index.ts";
import type { Ruling } from "./select.ts";
import type { TraceEntry } from "./types.ts";

/** Most near misses that a trace tells. */
export const MAX_NEAR_MISSES = 20;
/** Rules that are looked at for near misses beside the head of all: those that share a value with the request. */
const MAX_CANDIDATES = 64;

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

/** Keeps the nearest misses in order; most rules are turned away by one comparison. */
function keep(misses: Miss[], rule: CompiledRule, failed: number): void {
  const distance = bitCount(failed);
  const last = misses[MAX_NEAR_MISSES - 1];
  if (last && (last.distance < distance || (last.distance === distance && compareRules(last.rule, rule) < 0))) return;
  let at = misses.length;
  while (at > 0) {
    const other = misses[at - 1];
    if (!other || other.distance < distance) break;
    if (other.distance === distance) {
      if (other.rule === rule) return; // looked at before
      if (compareRules(other.rule, rule) < 0) break;
    }
    at--;
  }
  // moved by hand: splice costs more than all comparisons
  for (let to = Math.min(misses.length, MAX_NEAR_MISSES - 1); to > at; to--) {
    const moved = misses[to - 1];
    if (moved) misses[to] = moved;
  }
  misses[at] = { rule, failed, distance };
}

/** Keeps what is near among the first `limit` rules of a posting. */
function look(posting: Posting, limit: number, facts: Facts, skip: CompiledRule | undefined, misses: Miss[]): void {
  const { rules } = posting;
  const screen = posting.screen(facts.actionNumber);
  for (let i = 0, at = 0; i < limit; i++, at += SCREEN_WIDTH) {
    const last = misses[MAX_NEAR_MISSES - 1];
    const known = screenFailures(screen, at, facts);
    if (last) {
      // turned away without being touched when it can't come before the last that is kept
      const least = bitCount(known);
      if (least > last.distance) continue;
      if (least === last.distance && (screen[at + 2] ?? 0) < screenPriority(last.rule.priority)) continue;
    }
    const rule = rules[i];
    if (rule && rule !== skip) keep(misses, rule, failures(rule, facts, known));
  }
}

function collect(index: RuleIndex, facts: Facts, skip: CompiledRule | undefined, misses: Miss[]): void {
  look(index.head, index.head.rules.length, facts, skip, misses);
  let left = MAX_CANDIDATES;
  for (const posting of index.candidates(facts)) {
    const limit = Math.min(posting.rules.length, left);
    look(posting, limit, facts, skip, misses);
    left -= limit;
  }
}

function lowestCondition(failed: number): string {
  return CONDITIONS[31 - Math.clz32(failed & -failed)] ?? "match";
}

/** Up to five values in one text; joined by hand because this is most of a trace's cost. */
function list(values: readonly string[] | undefined): string {
  if (!values || values.length === 0) return "(none)";
  let text = values[0] ?? "";
  const count = Math.min(values.length, 5);
  for (let i = 1; i < count; i++) text = `${text}, ${values[i]}`;
  return values.length > 5 ? `${text}, …` : text;
}

/** What the rule asked and what the request had, in one line. */
export function tell(condition: string, rule: CompiledRule, facts: Facts): string {
  const { match } = rule.spec;
  const { target } = facts;
  const caller = viewOf(rule, facts);
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
      return `agent ${list(caller?.ids)} is not ${list(match.callers?.agentIds)}`;
    case "match.callers.roles":
      return `roles ${list(caller?.roles)} hold none of ${list(match.callers?.roles)}`;
    case "match.callers.groups":
      return `groups ${list(caller?.groups)} hold none of ${list(match.callers?.groups)}`;
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

/** Through whom in the chain of delegation a rule matches that does not match what was lent; undefined when it does. */
function through(rule: CompiledRule, facts: Facts): string | undefined {
  const { agent, caller, chain } = facts;
  if (!agent || !caller || chain === caller) return undefined;
  if (holds(rule, facts, caller))
    return whenLent(rule, facts) === true ? undefined : "match.when is true of what the chain of delegation holds";
  const { agentIds, roles, groups, delegatedFrom } = rule;
  const id = agentIds?.includes(agent.id) ? undefined : agentIds?.find((wanted) => chain?.ids.includes(wanted));
  const holder = id ?? holderOf(agent, "roles", roles) ?? holderOf(agent, "groups", groups);
  const from = delegatedFrom?.find((wanted) => chain?.delegators.includes(wanted));
  return `matches through agent ${holder ?? from ?? agent.id} of the chain of delegation`;
}

function entryOf(miss: Miss, facts: Facts): TraceEntry {
  const { rule } = miss;
  const base = { policy: rule.policy.name, rule: rule.spec.name };
  // what fails as the rule sees the caller may still tighten by the chain of delegation
  const outcome = miss.failed === 0 || facts.chain !== facts.caller ? outcomeOf(rule, facts) : false;
  if (outcome === "decides" || outcome === "tightens")
    return { ...base, outcome: "outranked", message: `would ${rule.spec.decision}, but is outranked` };
  if (outcome !== false) return errorEntry(base, outcome.error);
  if (miss.failed === 0) {
    const condition = CONDITIONS[31 - Math.clz32(WHEN)] ?? "match.when";
    return { ...base, outcome: "missed", condition, message: `not true: ${show(rule.spec.match.when)}` };
  }
  const condition = lowestCondition(miss.failed);
  const others = miss.distance - 1;
  const message = tell(condition, rule, facts);
  return { ...base, outcome: "missed", condition, message: others > 0 ? `${message} (and ${others} more)` : message };
}

function errorEntry(base: { policy: string; rule: string }, error: string): TraceEntry {
  return { ...base, outcome: "error", condition: error.slice(0, error.indexOf(":")), message: error };
}

/** The rule that decided, then the nearest misses: those with the fewest failing conditions, higher rules first. */
export function trace(engine: PolicyEngine, facts: Facts, ruling: Ruling): TraceEntry[] {
  const misses: Miss[] = [];
  if (engine.guardrails.size > 0) collect(engine.guardrails, facts, ruling.rule, misses);
  collect(engine.rules, facts, ruling.rule, misses);
  const entries: TraceEntry[] = [];
  if (ruling.rule) {
    const base = { policy: ruling.rule.policy.name, rule: ruling.rule.spec.name };
    if (ruling.error !== undefined) entries.push(errorEntry(base, ruling.error));
    else {
      const message = through(ruling.rule, facts);
      entries.push({ ...base, outcome: "matched", ...(message !== undefined && { message }) });
    }
  }
  for (const miss of misses) entries.push(entryOf(miss, facts));
  return entries;
}
