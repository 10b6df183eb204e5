import { lintRules } from "../../controller/analysis/lint.ts";
import { PolicyEngine } from "../../controller/policy/engine.ts";
import type { Converted } from "./convert.ts";
import { formerNames } from "./leftovers.ts";
import { inside, type Place, shown, warn } from "./problem.ts";
import type { PythonProject } from "./python-project.ts";
import type { PolicyTests } from "./tests.ts";

/** Bans that rules above them always outrank: they never deny anything. */
function shadowedBans({ policies }: PythonProject, objects: Converted, originalName: (name: string) => string): void {
  const engine = new PolicyEngine({ profile: "compat" });
  engine.replaceAll(objects);
  const denies = new Map<string, Place>();
  for (const { rules, place } of policies) {
    for (const [i, rule] of rules.entries())
      if (rule.decision === "deny") denies.set(rule.name, inside(place, "rules", i));
  }
  for (const { kind, rule, message } of lintRules(engine)) {
    const place = kind === "shadowed" ? denies.get(originalName(rule)) : undefined;
    if (place)
      warn(
        place,
        `the ban ${shown(originalName(rule))} never decides: ${message}`,
        "put it into a policy with guardrail: true",
      );
  }
}

/** Targets and tests that only fit because nobody there compares an action's target types with the target. */
function uncheckedTypes({ actions, targets }: PythonProject, tests: readonly PolicyTests[]): void {
  const fitting = new Set(actions.flatMap(({ value }) => value.target_types));
  const told = new Set<string>();
  for (const { value, place } of targets) {
    if (fitting.has(value.type) || told.has(value.type)) continue;
    told.add(value.type);
    warn(
      inside(place, "type"),
      `no action is for targets of type ${shown(value.type)}; types were never compared there, but strict compares them`,
    );
  }
  const types = new Map(targets.map(({ value }) => [value.id, value.type]));
  const wanted = new Map(actions.map(({ value }) => [value.name, value.target_types]));
  for (const { top, cases } of tests) {
    for (const [i, { name, action, target }] of cases.entries()) {
      const type = types.get(String(target));
      const expected = wanted.get(String(action));
      if (type === undefined || expected === undefined || expected.includes(type)) continue;
      const what = `${shown(name)} puts the action ${shown(action)}, which is for ${expected.join(", ")}, to a ${type}`;
      warn(inside(top, "tests", i), `${what}; strict denies that`);
    }
  }
}

/** Warns of what a project relies on without saying so. */
export function warnOfReliance(project: PythonProject, objects: Converted, tests: readonly PolicyTests[]): void {
  const original = new Map(objects.policies.flatMap((policy) => Object.entries(formerNames(policy))));
  shadowedBans(project, objects, (name) => original.get(name) ?? name);
  uncheckedTypes(project, tests);
}
