import type { StateField } from "../../api/types.ts";
import { compilePath, quoteIdentifier } from "../../policy/path.ts";
import type { ExpressionContext } from "../context.ts";
import type { State } from "../diff.ts";
import { ExecutionError } from "../errors.ts";
import type { LiveObject } from "./objects.ts";
import { renderText } from "./reference.ts";

/**
 * Reads the declared fields from a visible object. Fields that are absent are left out; of an object that does not exist,
 * nothing is there. Throws ExecutionError `BAD_DEFINITION`, and `STATE_MISSING` for a field that is required.
 */
export function readState(
  fields: readonly StateField[],
  object: LiveObject | null,
  context: ExpressionContext,
  options: { demandRequired: boolean },
): State {
  const state: State = {};
  for (const field of fields) {
    const value = object === null ? null : evaluate(field, object, context);
    if (value !== null && value !== undefined) {
      checkType(field, value);
      state[field.name] = value;
    } else if (field.required && options.demandRequired) {
      throw new ExecutionError("STATE_MISSING", `state field ${field.name} can't be read, and the action requires it`);
    }
  }
  return state;
}

function evaluate(field: StateField, document: LiveObject, context: ExpressionContext): unknown {
  const path = field.path.replaceAll(/\{\{[^{}]*\}\}/g, (template) =>
    quoteIdentifier(renderText(template, context) ?? ""),
  );
  try {
    return compilePath(path)(document);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new ExecutionError("BAD_DEFINITION", `state field ${field.name}: ${message}`, { cause });
  }
}

function checkType({ name, type }: StateField, value: unknown): void {
  if (type === undefined || type === "any") return;
  const is =
    type === "array"
      ? Array.isArray(value)
      : type === "object"
        ? typeof value === "object" && !Array.isArray(value)
        : type === "integer"
          ? Number.isSafeInteger(value)
          : typeof value === type;
  if (!is) throw new ExecutionError("STATE_MISSING", `state field ${name} is not of type ${type}`);
}
