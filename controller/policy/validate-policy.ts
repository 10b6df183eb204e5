import type { ActionPolicy, PolicyRule } from "../api/types.ts";
import { compileCel, WHEN_VARIABLES } from "./cel.ts";
import { ExpressionError } from "./errors.ts";
import { type FieldError, fieldError, show } from "./field-error.ts";
import { globProblem } from "./glob.ts";
import { compileSearch } from "./regex.ts";
import { windowProblems } from "./time.ts";
import { isTimeZone } from "./zone.ts";

/** Runs `compile` and gives what it had to say as an error at `path`. */
export function expressionError(path: string, code: string, compile: () => unknown): FieldError[] {
  try {
    compile();
    return [];
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return [fieldError(path, code, error.message)];
  }
}

/** Names that occur more than once, each once. */
export function duplicates(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, i) => names.indexOf(name) !== i))];
}

function ruleErrors(rule: PolicyRule, path: string, guardrail: boolean): FieldError[] {
  const errors: FieldError[] = [];
  const match = rule.match ?? {};
  for (const [i, glob] of (match.actions ?? []).entries()) {
    const problem = globProblem(glob);
    if (problem) errors.push(fieldError(`${path}.match.actions[${i}]`, "BadGlob", `${show(glob)} ${problem}`));
  }
  for (const [i, window] of (match.timeWindows ?? []).entries()) {
    for (const [field, message] of windowProblems(window, isTimeZone)) {
      const value = field === "days" ? window.days : window[field];
      errors.push(fieldError(`${path}.match.timeWindows[${i}].${field}`, "BadTimeWindow", `${show(value)} ${message}`));
    }
  }
  const { when } = match;
  if (when !== undefined) {
    errors.push(
      ...expressionError(`${path}.match.when`, "BadExpression", () => compileCel(when, { variables: WHEN_VARIABLES })),
    );
  }
  if (guardrail && rule.decision === "allow") {
    errors.push(
      fieldError(
        `${path}.decision`,
        "GuardrailAllows",
        "a guardrail only denies or asks for approval; an allow in it would say nothing",
      ),
    );
  }
  const pattern = rule.approval?.requireReasonPattern;
  if (pattern !== undefined) {
    errors.push(
      ...expressionError(`${path}.approval.requireReasonPattern`, "BadPattern", () => compileSearch(pattern)),
    );
  }
  return errors;
}

/** Checks what an ActionPolicy means: globs, time windows and zones, CEL, patterns, names of rules. All errors at once. */
export function validatePolicy(policy: ActionPolicy): FieldError[] {
  const rules = policy.spec.rules ?? [];
  const errors = rules.flatMap((rule, i) => ruleErrors(rule, `spec.rules[${i}]`, policy.spec.guardrail === true));
  for (const name of duplicates(rules.map((rule) => rule.name))) {
    const at = rules.findLastIndex((rule) => rule.name === name);
    errors.push(
      fieldError(`spec.rules[${at}].name`, "DuplicateRule", `${show(name)} is the name of another rule of this policy`),
    );
  }
  return errors;
}
