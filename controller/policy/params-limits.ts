import { type FieldError, fieldError } from "./field-error.ts";

/** Most bytes of the JSON of `params`. */
export const MAX_PARAMS_BYTES = 32 * 1024;
const MAX_DEPTH = 16;
const FORBIDDEN_KEYS = new Set(["__proto__", "constructor", "prototype"]);

/** Walks a value for what no parameter may hold, whatever an Action says. */
function walk(path: string, value: unknown, depth: number, errors: FieldError[]): void {
  if (depth > MAX_DEPTH) {
    errors.push(fieldError(path, "TooDeep", `is nested more than ${MAX_DEPTH} deep`));
    return;
  }
  if (typeof value === "number") {
    if (!Number.isFinite(value)) errors.push(fieldError(path, "InvalidNumber", "is not a finite number"));
    else if (Math.abs(value) > Number.MAX_SAFE_INTEGER) {
      errors.push(
        fieldError(
          path,
          "UnsafeInteger",
          `${value} is beyond ±(2^53 − 1), where numbers lose digits`,
          "send it as a string",
        ),
      );
    }
    return;
  }
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) walk(`${path}[${i}]`, value[i], depth + 1, errors);
    return;
  }
  if (value === null || typeof value !== "object") {
    if (typeof value === "bigint" || typeof value === "function" || typeof value === "symbol") {
      errors.push(fieldError(path, "NotJson", `a ${typeof value} is not JSON`));
    }
    return;
  }
  for (const key of Object.keys(value)) {
    if (FORBIDDEN_KEYS.has(key))
      errors.push(fieldError(`${path}.${key}`, "ForbiddenKey", "a key of this name is not allowed"));
    else walk(`${path}.${key.slice(0, 64)}`, (value as Record<string, unknown>)[key], depth + 1, errors);
    if (errors.length > 64) return;
  }
}

/** What no Action can allow: too large, too deep, numbers that lose digits, keys that reach a prototype. */
export function paramsLimits(params: unknown, path = "spec.params"): FieldError[] {
  if (params === undefined) return [];
  if (params === null || typeof params !== "object" || Array.isArray(params)) {
    return [fieldError(path, "InvalidType", "must be a map of parameter names to values")];
  }
  const errors: FieldError[] = [];
  const proto = Object.getPrototypeOf(params);
  if (proto !== Object.prototype && proto !== null) {
    errors.push(fieldError(path, "ForbiddenKey", "has a prototype of its own"));
  }
  walk(path, params, 0, errors);
  // `undefined` and cycles can't come out of JSON; the depth check has refused the latter
  if (errors.length === 0) {
    const bytes = Buffer.byteLength(JSON.stringify(params));
    if (bytes > MAX_PARAMS_BYTES)
      errors.push(fieldError(path, "TooLarge", `has ${bytes} bytes of JSON, more than ${MAX_PARAMS_BYTES}`));
  }
  return errors;
}
