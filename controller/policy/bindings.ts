import type { Action, Target } from "../api/types.ts";
import { typeOf } from "./constraints.ts";
import { type FieldError, fieldError, show } from "./field-error.ts";
import { targetAttribute } from "./resource.ts";

/** Value that the target's path has in the type of the parameter: labels and names are text, a port may be a number. */
function typed(text: string, type: string | undefined): unknown {
  if ((type === "integer" || type === "number") && /^-?[0-9]{1,15}$/.test(text)) return Number(text);
  return text;
}

/**
 * Fills in the parameters that the target gives and checks those that were given: what is judged must be what is touched.
 * Bindings `ownedBy: target` are left to the executor, which looks at the live owner references.
 */
export function bindParams(action: Action, target: Target, params: Record<string, unknown>): FieldError[] {
  const errors: FieldError[] = [];
  const { bindings } = action.spec;
  if (!bindings) return errors;
  for (const [name, binding] of Object.entries(bindings)) {
    if (typeof binding !== "string") continue;
    const id = target.spec.id ?? target.metadata.name;
    const text = targetAttribute(id, target.spec, binding.replace(/^target\./, ""));
    const path = `spec.params.${name}`;
    if (text === undefined) {
      errors.push(fieldError(path, "Unbound", `is bound to ${binding}, which target ${show(id)} does not have`));
      continue;
    }
    const want = typed(text, action.spec.parameters?.find((parameter) => parameter.name === name)?.type);
    if (!Object.hasOwn(params, name)) params[name] = want;
    else if (params[name] !== want) {
      errors.push(
        fieldError(
          path,
          "TargetMismatch",
          `${show(params[name])} (${typeOf(params[name])}) is not the ${show(want)} of target ${show(id)}`,
          "leave it out: the target gives it",
        ),
      );
    }
  }
  return errors;
}
