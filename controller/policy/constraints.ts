import type { ActionParameter } from "../api/types.ts";
import { ExpressionError } from "./errors.ts";
import { type FieldError, fieldError, show } from "./field-error.ts";
import { compilePattern, type Pattern } from "./regex.ts";

type ParameterType = ActionParameter["type"];

/** The type of a value in the words of the API, as `type` of a parameter has them. */
export function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

/** Whether a value is of a parameter's type. An integer is a number too; a boolean never is. */
export function hasType(value: unknown, type: ParameterType): boolean {
  const have = typeOf(value);
  return have === type || (type === "number" && have === "integer");
}

const patterns = new Map<string, Pattern>();

function pattern(source: string): Pattern {
  const known = patterns.get(source);
  if (known) return known;
  const made = compilePattern(source);
  if (patterns.size >= 4096) patterns.clear();
  patterns.set(source, made);
  return made;
}

function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (!Array.isArray(a) || !Array.isArray(b)) return false;
  return a.length === b.length && a.every((member, i) => sameValue(member, b[i]));
}

/** Number of code points. */
function lengthOf(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** All that is wrong with one value; a wrong type hides the constraints. Never throws. */
export function valueErrors(parameter: ActionParameter, value: unknown, path: string): FieldError[] {
  if (!hasType(value, parameter.type)) {
    return [fieldError(path, "InvalidType", `expected ${parameter.type}, got ${typeOf(value)} ${show(value)}`)];
  }
  const c = parameter.constraints;
  if (!c) return [];
  const errors: FieldError[] = [];
  const add = (code: string, message: string): void => {
    errors.push(fieldError(path, code, message));
  };
  if (typeof value === "number") {
    if (c.minimum !== undefined && !(value >= c.minimum))
      add("BelowMinimum", `${show(value)} is below minimum ${c.minimum}`);
    if (c.maximum !== undefined && !(value <= c.maximum))
      add("ExceedsMaximum", `${show(value)} exceeds maximum ${c.maximum}`);
  }
  if (typeof value === "string") {
    const length = lengthOf(value);
    if (c.minLength !== undefined && length < c.minLength)
      add("TooShort", `${show(value)} has ${length} characters, minimum is ${c.minLength}`);
    if (c.maxLength !== undefined && length > c.maxLength)
      add("TooLong", `${show(value)} has ${length} characters, maximum is ${c.maxLength}`);
    if (c.pattern !== undefined) {
      try {
        if (!pattern(c.pattern)(value))
          add("PatternMismatch", `${show(value)} does not match pattern ${show(c.pattern)}`);
      } catch (error) {
        if (!(error instanceof ExpressionError)) throw error;
        add("BadPattern", `the action's pattern ${show(c.pattern)} can't be used: ${error.message}`);
      }
    }
  }
  if (Array.isArray(value)) {
    if (c.minItems !== undefined && value.length < c.minItems)
      add("TooFewItems", `has ${value.length} items, minimum is ${c.minItems}`);
    if (c.maxItems !== undefined && value.length > c.maxItems)
      add("TooManyItems", `has ${value.length} items, maximum is ${c.maxItems}`);
  }
  if (c.enum !== undefined && !c.enum.some((allowed) => sameValue(allowed, value))) {
    add("NotInEnum", `${show(value)} is not one of ${show(c.enum)}`);
  }
  return errors;
}
