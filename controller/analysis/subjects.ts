import type { PolicyEngine } from "../policy/engine.ts";
import { kindOf, labelKeys, type Pair, pairOf, resolvable, rulesOf, type TargetClass } from "./inventory.ts";

/** Something on each of two sides. */
export interface Both<T> {
  before: T;
  after: T;
}

/** An action on a target as each side knows it; undefined where it does not, or does not let it come to the rules. */
export interface Subject extends Both<Pair | undefined> {
  action: string;
  target: string;
  /** Whether action or target differ between the sides. */
  changed: boolean;
}

interface Kind<T> extends Both<T | undefined> {
  name: string;
  changed: boolean;
}

/** One of each kind: names that neither side can tell apart are the same kind. */
function kinds<T>(
  sides: Both<ReadonlyMap<string, T>>,
  tell: (value: T, name: string) => string,
  always: (name: string) => string,
): Kind<T>[] {
  const found = new Map<string, Kind<T>>();
  for (const name of [...new Set([...sides.before.keys(), ...sides.after.keys()])].sort()) {
    const before = sides.before.get(name);
    const after = sides.after.get(name);
    const [one, two] = [before, after].map((value) => (value === undefined ? "" : tell(value, name)));
    const key = JSON.stringify([one, two, always(name)]);
    if (!found.has(key)) found.set(key, { name, before, after, changed: one !== two });
  }
  return [...found.values()];
}

/** Registered actions on registered targets of either side, one for each kind that the rules can tell apart. */
export function subjectsOf(engines: Both<PolicyEngine>): Subject[] {
  const rules = [...rulesOf(engines.before), ...rulesOf(engines.after)];
  const looks = rules.some((rule) => rule.when !== undefined); // an expression may tell any two apart
  const keys = labelKeys(rules);
  const globs = [...new Set(rules.flatMap((rule) => rule.globs ?? []))];
  const names = new Set(rules.flatMap((rule) => rule.actions ?? []));
  const targetsOf = (engine: PolicyEngine) => new Map(resolvable(engine).map((target) => [target.id, target]));
  const targets = kinds<TargetClass>(
    { before: targetsOf(engines.before), after: targetsOf(engines.after) },
    (target) => (looks ? JSON.stringify([kindOf(target, keys), target.labels]) : kindOf(target, keys)),
    (id) => (looks ? id : ""),
  );
  const actionsOf = (engine: PolicyEngine) =>
    new Map(engine.actionNames().map((name) => [name, engine.getAction(name)] as const));
  const actions = kinds(
    { before: actionsOf(engines.before), after: actionsOf(engines.after) },
    (action) => {
      const { riskClass, targetTypes, parameters, bindings } = action?.spec ?? {};
      return JSON.stringify([riskClass, targetTypes, parameters, bindings]);
    },
    (name) => JSON.stringify([globs.map((glob) => glob.test(name)), looks || names.has(name) ? name : ""]),
  );
  return actions.flatMap((action) =>
    targets.map((target): Subject => {
      const side = (engine: PolicyEngine, which: keyof Both<unknown>): Pair | undefined => {
        const [a, t] = [action[which], target[which]];
        return a && t ? pairOf(engine, a, t) : undefined;
      };
      return {
        action: action.name,
        target: target.name,
        before: side(engines.before, "before"),
        after: side(engines.after, "after"),
        changed: action.changed || target.changed,
      };
    }),
  );
}
