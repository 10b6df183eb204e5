import type { ActionPolicy, PolicyRule } from "../api/types.ts";
import { ENVIRONMENTS, RISK_CLASSES, SENSITIVITIES } from "../api/vocabulary.ts";
import { type CelProgram, compileCel, WHEN_VARIABLES } from "./cel.ts";
import { compileGlob, type Glob, isGlob } from "./glob.ts";
import { labelBits } from "./label-bits.ts";
import { compileWindow, type TimeWindow } from "./time.ts";

/** A policy that has been compiled. */
export interface CompiledPolicy {
  object: ActionPolicy;
  name: string;
  guardrail: boolean;
  rules: CompiledRule[];
  /** Kept by whoever computes it first. */
  digest?: string;
}

/** A glob that many rules share, with what it said of the names it has seen, by number: 1 yes, 2 no, else not asked. */
export interface ActionGlob {
  test: Glob;
  seen: number[];
  /** Bits (number modulo 32) of the actions that match, of the first `known` numbers. */
  bits: number;
  known: number;
}

const numbers = new Map<string, number>();
const namesByNumber: string[] = [];
const MAX_NUMBERS = 50_000;

/**
 * Number of an action's name, so that rules compare numbers. Only names that rules write or the catalog has come here;
 * beyond the bound every further name shares -1, which is compared by text.
 */
export function actionNumber(name: string): number {
  let number = numbers.get(name);
  if (number === undefined) {
    if (numbers.size >= MAX_NUMBERS) return -1;
    number = numbers.size;
    numbers.set(name, number);
    namesByNumber.push(name);
  }
  return number;
}

/** A rule made ready for comparing numbers and sets. Absent conditions are undefined or -1. */
export interface CompiledRule {
  policy: CompiledPolicy;
  spec: PolicyRule;
  priority: number;
  /** Takes something away whatever else matches: a deny, or any rule of a guardrail. It sees the whole chain of delegation. */
  restricts: boolean;
  /** Position within its policy. */
  order: number;
  /** Names without wildcards, and globs; both undefined when every action matches. */
  actions: readonly string[] | undefined;
  /** The names by number. */
  actionNumbers: readonly number[];
  globs: readonly ActionGlob[] | undefined;
  needsTarget: boolean;
  /** Bit sets over the vocabularies. */
  environments: number;
  sensitivities: number;
  risks: number;
  types: readonly string[] | undefined;
  labels: readonly (readonly [string, string])[] | undefined;
  /** Of all its labels; a target that lacks one of these bits can't match. */
  labelBits: number;
  needsCaller: boolean;
  agentIds: readonly string[] | undefined;
  roles: readonly string[] | undefined;
  groups: readonly string[] | undefined;
  delegatedFrom: readonly string[] | undefined;
  /** Infinity when absent; a negative one never matches. */
  maxDepth: number;
  /** 0 don't care, 1 must be delegated, 2 must be direct. */
  delegation: 0 | 1 | 2;
  /** 0 don't care, 1 with a ticket id, 2 without. */
  ticket: 0 | 1 | 2;
  windows: readonly TimeWindow[] | undefined;
  when: CelProgram | undefined;
  /** Why the rule can't be evaluated at all; it is in error whenever the rest of it holds. */
  broken: string | undefined;
}

const globs = new Map<string, ActionGlob>();
const MAX_SHARED = 20_000;

/** Globs are interned: ten thousand policies use some dozens. */
function actionGlob(source: string): ActionGlob {
  const known = globs.get(source);
  if (known) return known;
  const glob: ActionGlob = { test: compileGlob(source), seen: [], bits: 0, known: 0 };
  if (globs.size >= MAX_SHARED) globs.clear();
  globs.set(source, glob);
  return glob;
}

/** Whether the glob matches the action, remembered by its number. */
export function globMatches(glob: ActionGlob, action: string, number: number): boolean {
  if (number < 0) return glob.test(action);
  const seen = glob.seen[number];
  if (seen !== undefined && seen > 0) return seen === 1;
  const value = glob.test(action);
  while (glob.seen.length < number) glob.seen.push(0); // stays a dense array
  glob.seen[number] = value ? 1 : 2;
  return value;
}

/** How many actions have a number. */
export function actionCount(): number {
  return numbers.size;
}

/** Bits (number modulo 32) of the actions that the rule names; an action whose bit is not there can't match. */
export function actionBits(rule: CompiledRule): number {
  if (rule.actions === undefined) return -1;
  let set = 0;
  for (const number of rule.actionNumbers) set = number < 0 ? -1 : set | (1 << (number & 31));
  for (const glob of rule.globs ?? []) {
    for (; glob.known < namesByNumber.length; glob.known++) {
      if (glob.test(namesByNumber[glob.known] ?? "")) glob.bits |= 1 << (glob.known & 31);
    }
    set |= glob.bits;
  }
  return set;
}

function bits(vocabulary: readonly string[], values: readonly string[] | undefined): number {
  if (values === undefined) return -1;
  let set = 0;
  for (const value of values) {
    const at = vocabulary.indexOf(value);
    if (at >= 0) set |= 1 << at;
  }
  return set;
}

function tri(value: boolean | undefined): 0 | 1 | 2 {
  return value === undefined ? 0 : value ? 1 : 2;
}

function explain(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function compileRule(policy: CompiledPolicy, spec: PolicyRule, order: number): CompiledRule {
  const match = spec.match ?? {};
  const { targets, callers } = match;
  const every = match.actions === undefined || match.actions.includes("*");
  let windows: TimeWindow[] | undefined;
  let when: CelProgram | undefined;
  let broken: string | undefined;
  try {
    windows = match.timeWindows?.map(compileWindow);
  } catch (error) {
    broken = `match.timeWindows: ${explain(error)}`;
  }
  try {
    when = match.when === undefined ? undefined : compileCel(match.when, { variables: WHEN_VARIABLES });
  } catch (error) {
    broken = `match.when: ${explain(error)}`;
  }
  const names = every ? undefined : match.actions?.filter((name) => !isGlob(name));
  return {
    policy,
    spec,
    priority: spec.priority ?? 0,
    restricts: policy.guardrail || spec.decision === "deny",
    order,
    actions: names,
    actionNumbers: names?.map(actionNumber) ?? [],
    globs: every ? undefined : match.actions?.filter(isGlob).map(actionGlob),
    needsTarget: targets !== undefined,
    environments: bits(ENVIRONMENTS, targets?.environments),
    sensitivities: bits(SENSITIVITIES, targets?.sensitivities),
    risks: bits(RISK_CLASSES, match.riskClasses),
    types: targets?.types,
    labels: targets?.labels && Object.entries(targets.labels),
    labelBits: labelBits(targets?.labels),
    needsCaller: callers !== undefined,
    agentIds: callers?.agentIds,
    roles: callers?.roles,
    groups: callers?.groups,
    delegatedFrom: callers?.delegatedFrom,
    maxDepth: callers?.maxDelegationDepth ?? Number.POSITIVE_INFINITY,
    delegation: tri(callers?.requireDelegation),
    ticket: tri(match.requireTicket),
    windows,
    when,
    broken,
  };
}

/** Compiles a policy. Never throws: a rule that makes no sense is kept as one that is in error. Disabled rules are left out. */
export function compilePolicy(object: ActionPolicy): CompiledPolicy {
  const policy: CompiledPolicy = {
    object,
    name: object.metadata.name,
    guardrail: object.spec.guardrail === true,
    rules: [],
  };
  const rules = object.spec.rules ?? [];
  for (let order = 0; order < rules.length; order++) {
    const spec = rules[order];
    if (!spec || spec.disabled) continue;
    // A guardrail only ever tightens; an allow in it says nothing.
    if (policy.guardrail && spec.decision === "allow") continue;
    policy.rules.push(compileRule(policy, spec, order));
  }
  return policy;
}

/** Negative when `a` is looked at before `b`: priority, then policy name, then order. */
export function compareRules(a: CompiledRule, b: CompiledRule): number {
  if (a.priority !== b.priority) return b.priority - a.priority;
  if (a.policy !== b.policy) return a.policy.name < b.policy.name ? -1 : 1;
  return a.order - b.order;
}
