import type { Action } from "../api/types.ts";
import { ENVIRONMENTS, type Environment, RISK_CLASSES, SENSITIVITIES, type Sensitivity } from "../api/vocabulary.ts";
import type { PolicyEngine } from "../policy/engine.ts";
import { effectiveRisk } from "../policy/risk.ts";
import type { CompiledRule } from "../policy/rule.ts";

/** Registered targets that no rule can tell apart by its selectors. */
export interface TargetClass {
  /** Id of one of them. */
  id: string;
  type: string;
  environment: Environment;
  sensitivity: Sensitivity;
  labels: Readonly<Record<string, string>>;
}

/** An action on a target, both registered, that the profile lets come to the rules. */
export interface Pair {
  action: Action;
  target: TargetClass;
  /** Bit of the effective risk. */
  risk: number;
}

/** The targets that resolve, by id. */
export function resolvable(engine: PolicyEngine): TargetClass[] {
  const all = [...engine.targets.byName.values()].filter((target) => !("error" in engine.targets.find(target.id)));
  return all
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map((target) => {
      const { type, environment, labels = {} } = target.object.spec;
      return { id: target.id, type, environment, sensitivity: engine.sensitivityOf(target), labels };
    });
}

/** What selectors can tell of a target; labels count where `keys` names them. */
export function kindOf({ type, environment, sensitivity, labels }: TargetClass, keys: ReadonlySet<string>): string {
  const told = Object.entries(labels).filter(([key]) => keys.has(key));
  return JSON.stringify([type, environment, sensitivity, told.sort()]);
}

/** The targets that resolve, one for each kind that selectors tell apart. */
export function targetClasses(engine: PolicyEngine, keys: ReadonlySet<string>): TargetClass[] {
  const classes = new Map<string, TargetClass>();
  for (const target of resolvable(engine)) {
    const key = kindOf(target, keys);
    if (!classes.has(key)) classes.set(key, target);
  }
  return [...classes.values()];
}

/** Labels that rules select by. */
export function labelKeys(rules: Iterable<CompiledRule>): Set<string> {
  const keys = new Set<string>();
  for (const rule of rules) for (const [key] of rule.labels ?? []) keys.add(key);
  return keys;
}

/** An action on a kind of target; undefined where the profile does not let it come to the rules. */
export function pairOf(engine: PolicyEngine, action: Action, target: TargetClass): Pair | undefined {
  if (engine.profile === "strict" && !action.spec.targetTypes.includes(target.type)) return undefined;
  return { action, target, risk: 1 << RISK_CLASSES.indexOf(effectiveRisk(action.spec.riskClass, target.sensitivity)) };
}

/** Every registered action on every kind of registered target that it fits. */
export function pairsOf(engine: PolicyEngine, classes: readonly TargetClass[]): Pair[] {
  return engine.actionNames().flatMap((name) => {
    const action = engine.getAction(name);
    return action ? classes.flatMap((target) => pairOf(engine, action, target) ?? []) : [];
  });
}

/** Whether a rule's condition on actions holds for this name. */
export function matchesAction(rule: CompiledRule, name: string): boolean {
  return rule.actions === undefined || rule.actions.includes(name) || rule.globs?.some((g) => g.test(name)) === true;
}

/** Whether a rule's condition on targets holds for this kind of target. */
export function matchesTarget(rule: CompiledRule, target: TargetClass): boolean {
  return (
    (rule.environments & (1 << ENVIRONMENTS.indexOf(target.environment))) !== 0 &&
    (rule.sensitivities & (1 << SENSITIVITIES.indexOf(target.sensitivity))) !== 0 &&
    (rule.types === undefined || rule.types.includes(target.type)) &&
    (rule.labels ?? []).every(([key, value]) => target.labels[key] === value)
  );
}

/** Whether a rule's conditions on action, target and effective risk hold. */
export function matchesPair(rule: CompiledRule, { action, target, risk }: Pair): boolean {
  return (rule.risks & risk) !== 0 && matchesTarget(rule, target) && matchesAction(rule, action.metadata.name);
}

/** All rules of an engine, guardrails first, in the order of decision. */
export function rulesOf(engine: PolicyEngine): CompiledRule[] {
  return [...engine.guardrails.ordered.rules, ...engine.rules.ordered.rules];
}
