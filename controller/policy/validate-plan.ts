import type { Action, ActionPlan, PlanStep } from "../api/types.ts";
import { nearNames } from "./distance.ts";
import { didYouMean, type FieldError, fieldError, show } from "./field-error.ts";
import { paramsLimits } from "./params-limits.ts";
import { duplicates } from "./validate-policy.ts";
import { validateRequest } from "./validate-request.ts";

/** The Actions that a plan may name. */
export interface PlanActions {
  get(name: string): Action | undefined;
  names(): readonly string[];
}

/**
 * Checks what a plan means: names of steps, what they wait for, and each step against its Action, as a request is. All errors of all steps at once.
 * Without `actions` the parameters are only held to what no Action can allow.
 */
export function validatePlan(plan: ActionPlan, actions?: PlanActions): FieldError[] {
  const { steps } = plan.spec;
  return [...orderErrors(steps), ...steps.flatMap((step, index) => stepErrors(step, index, actions))];
}

function stepErrors(step: PlanStep, index: number, actions: PlanActions | undefined): FieldError[] {
  const errors = actions ? validateRequest(actions.get(step.action), step, actions.names()) : paramsLimits(step.params);
  return errors.map((error) => under(`spec.steps[${index}]`, error));
}

/** The error of a request as one of a step: `spec.params.x` is `spec.steps[2].params.x`. */
function under(base: string, { path, message, ...rest }: FieldError): FieldError {
  const own = base + path.slice("spec".length);
  return { ...rest, path: own, message: message.startsWith(path) ? own + message.slice(path.length) : message };
}

/** What is wrong with the steps as a whole: names that are there twice, and waiting for nobody, oneself or each other. */
function orderErrors(steps: readonly PlanStep[]): FieldError[] {
  const names = steps.map(({ name }) => name);
  const errors = duplicates(names).map((name) => {
    const message = `${show(name)} is the name of another step of this plan`;
    return fieldError(`spec.steps[${names.lastIndexOf(name)}].name`, "DuplicateStep", message);
  });
  for (const [index, { name, dependsOn = [] }] of steps.entries()) {
    for (const [at, wanted] of dependsOn.entries()) {
      const path = `spec.steps[${index}].dependsOn[${at}]`;
      if (wanted === name) errors.push(fieldError(path, "DependsOnItself", `${show(wanted)} would wait for itself`));
      else if (!names.includes(wanted)) {
        const others = [...new Set(names)].filter((other) => other !== name);
        const near = didYouMean(nearNames(wanted, others));
        errors.push(fieldError(path, "UnknownStep", `${show(wanted)} is no step of this plan`, near));
      }
    }
  }
  // With such mistakes it is not known who was meant to wait for whom.
  return errors.length > 0 ? errors : circleErrors(steps);
}

function circleErrors(steps: readonly PlanStep[]): FieldError[] {
  const waits = new Map(steps.map((step, index) => [step.name, dependencies(steps, index)]));
  for (let found = true; found; ) {
    found = false;
    for (const [name, others] of waits) {
      if (others.some((other) => waits.has(other))) continue;
      waits.delete(name);
      found = true;
    }
  }
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const start of waits.keys()) {
    const path: string[] = [];
    let at: string | undefined = start;
    while (at !== undefined && !seen.has(at)) {
      seen.add(at);
      path.push(at);
      at = waits.get(at)?.find((other) => waits.has(other));
    }
    const from = at === undefined ? -1 : path.indexOf(at);
    if (from < 0) continue;
    const circle = [...path.slice(from), path[from]].join(" waits for ");
    const index = steps.findIndex(({ name }) => name === path[from]);
    const message = `goes in a circle: ${circle}`;
    errors.push(fieldError(`spec.steps[${index}].dependsOn`, "Circle", message));
  }
  return errors;
}

/** Names of the steps that one waits for: those that it names, else the step before it. */
function dependencies(steps: readonly PlanStep[], index: number): readonly string[] {
  const before = steps[index - 1];
  return steps[index]?.dependsOn ?? (before ? [before.name] : []);
}
