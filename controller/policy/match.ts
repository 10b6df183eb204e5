import type { CallerView } from "./caller.ts";
import type { Facts } from "./facts.ts";
import { ENVIRONMENT_BITS, RISK_BITS, SENSITIVITY_BITS } from "./posting.ts";
import { type CompiledRule, globMatches } from "./rule.ts";
import { inWindow } from "./time.ts";

/** Conditions in the order in which they are tried; the number is the bit in `failures`. */
export const CONDITIONS = [
  "match.actions",
  "match.targets",
  "match.targets.environments",
  "match.targets.sensitivities",
  "match.targets.types",
  "match.targets.labels",
  "match.callers",
  "match.callers.agentIds",
  "match.callers.roles",
  "match.callers.groups",
  "match.callers.delegatedFrom",
  "match.callers.maxDelegationDepth",
  "match.callers.requireDelegation",
  "match.riskClasses",
  "match.timeWindows",
  "match.requireTicket",
  "match.when",
] as const;

const bit = (name: (typeof CONDITIONS)[number]): number => 1 << CONDITIONS.indexOf(name);
const ACTIONS = bit("match.actions");
const TARGETS = bit("match.targets");
const ENVIRONMENTS = bit("match.targets.environments");
const SENSITIVITIES = bit("match.targets.sensitivities");
const TYPES = bit("match.targets.types");
const LABELS = bit("match.targets.labels");
const CALLERS = bit("match.callers");
const AGENT_IDS = bit("match.callers.agentIds");
const ROLES = bit("match.callers.roles");
const GROUPS = bit("match.callers.groups");
const DELEGATED_FROM = bit("match.callers.delegatedFrom");
const DEPTH = bit("match.callers.maxDelegationDepth");
const DELEGATION = bit("match.callers.requireDelegation");
const RISKS = bit("match.riskClasses");
const WINDOWS = bit("match.timeWindows");
const TICKET = bit("match.requireTicket");
/** The bit of `match.when`, which only `outcome` asks. */
export const WHEN = bit("match.when");

function shares(a: readonly string[], b: readonly string[]): boolean {
  for (const value of a) if (b.includes(value)) return true;
  return false;
}

function actionMatches(rule: CompiledRule, facts: Facts): boolean {
  if (rule.actions === undefined) return true;
  const { action, actionNumber } = facts;
  for (const number of rule.actionNumbers) if (number === actionNumber && number >= 0) return true;
  if (actionNumber < 0 && rule.actions.includes(action)) return true;
  if (rule.globs) for (const glob of rule.globs) if (globMatches(glob, action, actionNumber)) return true;
  return false;
}

function labelsMatch(wanted: CompiledRule["labels"], have: Readonly<Record<string, string>> | undefined): boolean {
  if (!wanted) return true;
  for (const [key, value] of wanted) {
    if (have?.[key] !== value) return false; // what a prototype has is never a text
  }
  return true;
}

function anyWindow(rule: CompiledRule, now: number): boolean {
  if (!rule.windows) return true;
  for (const window of rule.windows) if (inWindow(window, now)) return true;
  return false;
}

/** The caller as a rule of this kind sees it. */
export function viewOf(rule: CompiledRule, facts: Facts): CallerView | undefined {
  return rule.restricts ? facts.chain : facts.caller;
}

/** Whether all conditions but `when` hold for this caller; stops at the first that does not. */
export function holds(rule: CompiledRule, facts: Facts, caller: CallerView | undefined): boolean {
  const { target } = facts;
  if (rule.needsTarget) {
    if (!target) return false;
    if ((rule.environments & facts.environment) === 0) return false;
    if ((rule.sensitivities & facts.sensitivity) === 0) return false;
    if (rule.types && !rule.types.includes(target.object.spec.type)) return false;
    if (!labelsMatch(rule.labels, target.object.spec.labels)) return false;
  }
  if ((rule.risks & facts.risk) === 0) return false;
  if (rule.ticket !== 0 && (rule.ticket === 1) !== facts.hasTicket) return false;
  if (!actionMatches(rule, facts)) return false;
  if (rule.needsCaller) {
    if (!caller) return false;
    if (rule.agentIds && !shares(rule.agentIds, caller.ids)) return false;
    if (rule.roles && !shares(rule.roles, caller.roles)) return false;
    if (rule.groups && !shares(rule.groups, caller.groups)) return false;
    if (rule.delegatedFrom && !shares(rule.delegatedFrom, caller.delegators)) return false;
    if (facts.depth > rule.maxDepth) return false;
    if (rule.delegation !== 0 && (rule.delegation === 1) !== facts.depth > 0) return false;
  }
  return rule.windows === undefined || anyWindow(rule, facts.now);
}

/** The conditions that fail by a rule's screen alone, as a bit set over CONDITIONS; those that hold by it may still fail. */
export function screenFailures(screen: Int32Array, at: number, facts: Facts): number {
  const held = (screen[at + 1] ?? 0) & facts.screen;
  let failed = ((screen[at] ?? 0) & facts.actionBit) === 0 ? ACTIONS : 0;
  if ((held & ENVIRONMENT_BITS) === 0) failed |= ENVIRONMENTS;
  if ((held & SENSITIVITY_BITS) === 0) failed |= SENSITIVITIES;
  if ((held & RISK_BITS) === 0) failed |= RISKS;
  if (((screen[at + 3] ?? 0) & ~facts.labelBits) !== 0) failed |= LABELS;
  return failed;
}

/**
 * All conditions but `when` that fail, as a bit set over CONDITIONS. Agrees with `holds` for the caller as the rule sees it.
 * Those `known` to fail by the screen are not looked at again: the costly part is to fetch what a rule names from memory.
 */
export function failures(rule: CompiledRule, facts: Facts, known: number): number {
  const { target } = facts;
  let failed = known;
  if ((failed & ACTIONS) === 0 && !actionMatches(rule, facts)) failed |= ACTIONS;
  if (rule.needsTarget) {
    if (!target) failed |= TARGETS;
    else {
      if ((rule.environments & facts.environment) === 0) failed |= ENVIRONMENTS;
      if ((rule.sensitivities & facts.sensitivity) === 0) failed |= SENSITIVITIES;
      if (rule.types && !rule.types.includes(target.object.spec.type)) failed |= TYPES;
      if ((failed & LABELS) === 0 && !labelsMatch(rule.labels, target.object.spec.labels)) failed |= LABELS;
    }
  }
  if (rule.needsCaller) {
    const caller = viewOf(rule, facts);
    if (!caller) failed |= CALLERS;
    else {
      if (rule.agentIds && !shares(rule.agentIds, caller.ids)) failed |= AGENT_IDS;
      if (rule.roles && !shares(rule.roles, caller.roles)) failed |= ROLES;
      if (rule.groups && !shares(rule.groups, caller.groups)) failed |= GROUPS;
      if (rule.delegatedFrom && !shares(rule.delegatedFrom, caller.delegators)) failed |= DELEGATED_FROM;
      if (facts.depth > rule.maxDepth) failed |= DEPTH;
      if (rule.delegation !== 0 && (rule.delegation === 1) !== facts.depth > 0) failed |= DELEGATION;
    }
  }
  if ((rule.risks & facts.risk) === 0) failed |= RISKS;
  if (!anyWindow(rule, facts.now)) failed |= WINDOWS;
  if (rule.ticket !== 0 && (rule.ticket === 1) !== facts.hasTicket) failed |= TICKET;
  return failed;
}
