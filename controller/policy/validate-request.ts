import type { Action, ActionRequestSpec } from "../api/types.ts";
import { nearNames } from "./distance.ts";
import { didYouMean, type FieldError, fieldError, show } from "./field-error.ts";
import { isBound, paramErrors } from "./params.ts";
import { paramsLimits } from "./params-limits.ts";

/**
 * Checks a request against its Action: the action exists (with names that look alike), and every parameter is known, there,
 * of its type and within its constraints. All errors at once, also when there are no parameters. Parameters that the target
 * gives may be left out.
 */
export function validateRequest(
  action: Action | undefined,
  spec: Pick<ActionRequestSpec, "action" | "target" | "params">,
  knownActionNames: readonly string[],
): FieldError[] {
  if (!action) {
    const near = didYouMean(nearNames(spec.action, knownActionNames));
    const unknown = fieldError("spec.action", "UnknownAction", `unknown action ${show(spec.action)}`, near);
    return [unknown, ...paramsLimits(spec.params)];
  }
  return paramErrors(action, spec.params, (parameter) => isBound(action, parameter.name));
}
