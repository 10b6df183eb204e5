import { lintRules } from "../../controller/analysis/lint.ts";
import { problemAt } from "./definitions.ts";
import type { Project } from "./load.ts";
import type { Problem } from "./problem.ts";

/** Rules of a project that are pointless or accidental: shadowed, unreachable, or contradicting one of the same priority. */
export function ruleWarnings(project: Project): Problem[] {
  return lintRules(project.engine).flatMap(({ kind, policy, path, rule, message }): Problem[] => {
    const object = project.policies.find(({ metadata }) => metadata.name === policy);
    // Who disables a rule knows that it never decides.
    if (object?.spec.rules.find(({ name }) => name === rule)?.disabled) return [];
    const source = object && project.sourceOf(object);
    if (!source) return [];
    const code = `${kind.charAt(0).toUpperCase()}${kind.slice(1)}`;
    return [
      problemAt(source, path, code, `rule ${rule} is ${kind}: ${message}`, {
        severity: "warning",
        kind: "ActionPolicy",
      }),
    ];
  });
}
