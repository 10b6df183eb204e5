import type { Action, ActionParameter } from "../api/types.ts";
import { valueErrors } from "./constraints.ts";
import { nearNames } from "./distance.ts";
import { didYouMean, type FieldError, fieldError, show } from "./field-error.ts";
import { paramsLimits } from "./params-limits.ts";

const NONE: FieldError[] = [];

function isEmpty(value: object): boolean {
  if (Object.getPrototypeOf(value) !== Object.prototype) return false;
  for (const _ in value) return false;
  return true;
}

/** Whether the target gives this parameter by a path, so that a request may leave it out. */
export function isBound(action: Action, name: string): boolean {
  const bindings = action.spec.bindings;
  return bindings !== undefined && Object.hasOwn(bindings, name) && typeof bindings[name] === "string";
}

/**
 * Checks the parameters of a request against its Action: missing ones first, then unknown ones, then each value. Always
 * whole, also when there are none. `mayOmit` says which required parameters the target fills in.
 */
export function paramErrors(
  action: Action,
  params: Readonly<Record<string, unknown>> | undefined,
  mayOmit: (parameter: ActionParameter) => boolean,
): FieldError[] {
  const declared = action.spec.parameters ?? [];
  const given = params ?? {};
  if (declared.length === 0 && isEmpty(given)) return NONE;
  const limits = paramsLimits(params);
  if (limits.length > 0) return limits;
  const errors: FieldError[] = [];
  for (const parameter of declared) {
    if (parameter.required !== false && !Object.hasOwn(given, parameter.name) && !mayOmit(parameter)) {
      errors.push(
        fieldError(`spec.params.${parameter.name}`, "Required", `missing required parameter of type ${parameter.type}`),
      );
    }
  }
  const names = declared.map((parameter) => parameter.name);
  for (const name of Object.keys(given)) {
    if (names.includes(name)) continue;
    const path = `spec.params.${/^[A-Za-z0-9_-]{1,64}$/.test(name) ? name : show(name)}`;
    errors.push(
      fieldError(
        path,
        "UnknownParameter",
        `unknown parameter of action ${action.metadata.name}`,
        didYouMean(nearNames(name, names)),
      ),
    );
  }
  for (const parameter of declared) {
    if (Object.hasOwn(given, parameter.name)) {
      errors.push(...valueErrors(parameter, given[parameter.name], `spec.params.${parameter.name}`));
    }
  }
  return errors;
}

/** The given parameters with the defaults of absent optional ones. */
export function withDefaults(
  action: Action,
  params: Readonly<Record<string, unknown>> | undefined,
): Record<string, unknown> {
  const result: Record<string, unknown> = { ...params };
  for (const parameter of action.spec.parameters ?? []) {
    if (parameter.default !== undefined && !Object.hasOwn(result, parameter.name)) {
      result[parameter.name] = structuredClone(parameter.default);
    }
  }
  return result;
}
