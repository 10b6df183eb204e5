import type { Action, ActionParameter } from "../api/types.ts";
import { compileCel } from "./cel.ts";
import { valueErrors } from "./constraints.ts";
import { nearNames } from "./distance.ts";
import { didYouMean, type FieldError, fieldError, show } from "./field-error.ts";
import { compilePath } from "./path.ts";
import { compilePattern, compileSearch } from "./regex.ts";
import { TARGET_ATTRIBUTES } from "./resource.ts";
import { type TemplateRules, templateErrors } from "./template.ts";
import { duplicates, expressionError } from "./validate-policy.ts";

export interface ValidateActionOptions {
  /** The catalog, for the action that a rollback names; without it that is not looked up. */
  actions?: { get(name: string): Action | undefined };
}

const OBSERVE_VARIABLES = ["object", "params", "target", "before_state", "request", "now"];
const PRECHECK_VARIABLES = ["object", "items", "params", "target", "request", "now"];
const REQUEST_NAMES = ["uid", "time", "namespace", "name", "attempt", "reason", "ticketId", "correlationId"];

function parameterErrors(parameter: ActionParameter, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { constraints: c } = parameter;
  const pattern = c?.pattern;
  if (pattern !== undefined)
    errors.push(...expressionError(`${path}.constraints.pattern`, "BadPattern", () => compilePattern(pattern)));
  for (const [low, high] of [
    ["minimum", "maximum"],
    ["minLength", "maxLength"],
    ["minItems", "maxItems"],
  ] as const) {
    const least = c?.[low];
    const most = c?.[high];
    if (least !== undefined && most !== undefined && least > most) {
      errors.push(fieldError(`${path}.constraints.${low}`, "BadBounds", `${least} is above ${high} ${most}`));
    }
  }
  for (const [i, value] of (c?.enum ?? []).entries()) {
    errors.push(
      ...valueErrors({ name: parameter.name, type: parameter.type }, value, `${path}.constraints.enum[${i}]`),
    );
  }
  if (parameter.default !== undefined) errors.push(...valueErrors(parameter, parameter.default, `${path}.default`));
  return errors;
}

/** Whether a path such as `target.labels.app` can mean something. */
function isTargetPath(text: string): boolean {
  if (!text.startsWith("target.")) return false;
  const rest = text.slice("target.".length);
  return TARGET_ATTRIBUTES.includes(rest) || /^labels\..+/.test(rest);
}

function bindingErrors(action: Action, names: readonly string[]): FieldError[] {
  const errors: FieldError[] = [];
  for (const [name, binding] of Object.entries(action.spec.bindings ?? {})) {
    const path = `spec.bindings.${name}`;
    if (!names.includes(name)) {
      errors.push(
        fieldError(
          path,
          "UnknownParameter",
          "binds a parameter that is not declared",
          didYouMean(nearNames(name, names)),
        ),
      );
    }
    if (typeof binding === "string" && !isTargetPath(binding)) {
      errors.push(
        fieldError(
          path,
          "BadBinding",
          `${show(binding)} is not a path such as target.name, target.namespace or target.labels.app`,
        ),
      );
    }
  }
  return errors;
}

function executionErrors(action: Action, rules: TemplateRules): FieldError[] {
  const { execution, prechecks, stateFields, credentials } = action.spec;
  const errors: FieldError[] = [];
  const templates = (path: string, template: unknown, given: TemplateRules = rules): void => {
    if (template === undefined) return;
    for (const problem of templateErrors(template, given))
      errors.push(fieldError(`${path}${problem.path}`, "BadTemplate", problem.message));
  };
  const cel = (path: string, expression: string | undefined, variables: readonly string[]): void => {
    if (expression !== undefined)
      errors.push(...expressionError(path, "BadExpression", () => compileCel(expression, { variables })));
  };
  const jmespath = (path: string, expression: string | undefined): void => {
    if (expression !== undefined) errors.push(...expressionError(path, "BadPath", () => compilePath(expression)));
  };
  cel("spec.execution.observe", execution.observe, OBSERVE_VARIABLES);
  const { kubernetes, aws, handler, output } = execution;
  for (const field of ["namespace", "name", "patch", "body", "gracePeriodSeconds"] as const) {
    templates(`spec.execution.kubernetes.${field}`, kubernetes?.[field]);
  }
  templates("spec.execution.aws.input", aws?.input);
  templates("spec.execution.aws.observe.input", aws?.observe?.input);
  jmespath("spec.execution.aws.observe.path", aws?.observe?.path);
  cel("spec.execution.aws.waitFor", aws?.waitFor, OBSERVE_VARIABLES);
  templates("spec.execution.handler.input", handler?.input);
  jmespath("spec.execution.output.path", output?.path);
  for (const [i, check] of (prechecks ?? []).entries()) {
    cel(`spec.prechecks[${i}].require`, check.require, PRECHECK_VARIABLES);
    for (const field of ["namespace", "name", "labelSelector", "fieldSelector"] as const) {
      const value = check.read?.[field];
      templates(`spec.prechecks[${i}].read.${field}`, value);
      if (value?.startsWith("target.") && !isTargetPath(value)) {
        errors.push(
          fieldError(`spec.prechecks[${i}].read.${field}`, "BadPath", `${show(value)} is not a path of the target`),
        );
      }
    }
  }
  for (const [i, field] of (stateFields ?? []).entries()) {
    const path = `spec.stateFields[${i}].path`;
    templates(path, field.path);
    // a template's value becomes a quoted identifier; any identifier does for the check
    jmespath(path, field.path.replace(/\{\{[^{}]*\}\}/g, "x"));
  }
  for (const [i, arn] of (credentials?.resources ?? []).entries()) templates(`spec.credentials.resources[${i}]`, arn);
  return errors;
}

function rollbackErrors(action: Action, rules: TemplateRules, options: ValidateActionOptions): FieldError[] {
  const { rollback, reversible, stateFields } = action.spec;
  if (!rollback)
    return reversible
      ? [fieldError("spec.rollback", "Required", "reversible says that the action can be undone, but not by what")]
      : [];
  const errors: FieldError[] = [];
  const withState: TemplateRules = {
    roots: { ...rules.roots, before_state: (stateFields ?? []).map((field) => field.name) },
  };
  for (const problem of templateErrors(rollback.params, withState)) {
    errors.push(fieldError(`spec.rollback.params${problem.path}`, "BadTemplate", problem.message));
  }
  const other = rollback.action === action.metadata.name ? action : options.actions?.get(rollback.action);
  if (!other) {
    if (options.actions)
      errors.push(fieldError("spec.rollback.action", "UnknownAction", `unknown action ${show(rollback.action)}`));
    return errors;
  }
  const names = (other.spec.parameters ?? []).map((parameter) => parameter.name);
  for (const name of Object.keys(rollback.params ?? {})) {
    if (!names.includes(name)) {
      errors.push(
        fieldError(
          `spec.rollback.params.${name}`,
          "UnknownParameter",
          `unknown parameter of action ${rollback.action}`,
          didYouMean(nearNames(name, names)),
        ),
      );
    }
  }
  return errors;
}

/**
 * Checks what an Action means: parameter names and constraints, patterns (RE2), bindings, templates, CEL, JMESPath, rollback.
 * All errors at once.
 */
export function validateAction(action: Action, options: ValidateActionOptions = {}): FieldError[] {
  const { parameters = [], stateFields = [], prechecks = [], redaction } = action.spec;
  const names = parameters.map((parameter) => parameter.name);
  const state = stateFields.map((field) => field.name);
  const rules: TemplateRules = {
    roots: { params: names, target: [...TARGET_ATTRIBUTES, "labels"], request: REQUEST_NAMES, before_state: state },
  };
  const errors = parameters.flatMap((parameter, i) => parameterErrors(parameter, `spec.parameters[${i}]`));
  for (const name of duplicates(names)) {
    errors.push(
      fieldError(
        `spec.parameters[${names.lastIndexOf(name)}].name`,
        "DuplicateParameter",
        `${show(name)} is declared twice`,
      ),
    );
  }
  for (const name of duplicates(state)) {
    errors.push(
      fieldError(
        `spec.stateFields[${state.lastIndexOf(name)}].name`,
        "DuplicateField",
        `${show(name)} is declared twice`,
      ),
    );
  }
  const checks = prechecks.map((check) => check.name);
  for (const name of duplicates(checks)) {
    errors.push(
      fieldError(
        `spec.prechecks[${checks.lastIndexOf(name)}].name`,
        "DuplicateCheck",
        `${show(name)} is declared twice`,
      ),
    );
  }
  for (const [i, pattern] of (redaction?.outputPatterns ?? []).entries()) {
    errors.push(...expressionError(`spec.redaction.outputPatterns[${i}]`, "BadPattern", () => compileSearch(pattern)));
  }
  return [
    ...errors,
    ...bindingErrors(action, names),
    ...executionErrors(action, rules),
    ...rollbackErrors(action, rules, options),
  ];
}
