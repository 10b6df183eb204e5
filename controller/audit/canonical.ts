import canonicalize from "canonicalize";
import { AuditError, messageOf } from "./errors.ts";

/** Values nested deeper than this are refused: every reader of the log must be able to parse it on a small stack. */
export const MAX_DEPTH = 48;

function fail(path: string, what: string): never {
  throw new AuditError("BAD_EVENT", `${path || "event"}: ${what}`);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function check(value: unknown, path: string, depth: number): void {
  switch (typeof value) {
    case "string":
    case "boolean":
    case "undefined":
      return;
    case "number":
      // Readers differ in how they print fractions and big numbers; integers and strings have one form everywhere.
      if (!Number.isSafeInteger(value))
        fail(path, "numbers must be integers within ±(2^53-1); write others as strings");
      return;
    case "object":
      break;
    default:
      fail(path, `a ${typeof value} has no JSON form`);
  }
  if (value === null) return;
  if (depth >= MAX_DEPTH) fail(path, `nested deeper than ${MAX_DEPTH} levels`);
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) check(value[i], `${path}[${i}]`, depth + 1);
    return;
  }
  if (!isPlain(value)) fail(path, "only plain objects, arrays, strings, integers, booleans and null");
  for (const [key, item] of Object.entries(value)) check(item, path ? `${path}.${key}` : key, depth + 1);
}

/**
 * The canonical JSON (RFC 8785) of a value of strings, integers, booleans, null, arrays and plain objects.
 * Properties that are `undefined` are left out. @throws AuditError BAD_EVENT with the path of what does not fit.
 */
export function canonical(value: unknown, path = ""): string {
  check(value, path, 0);
  try {
    const text = canonicalize(value);
    if (text === undefined) return fail(path, "has no JSON form");
    return text;
  } catch (error) {
    if (error instanceof AuditError) throw error;
    return fail(path, messageOf(error));
  }
}

/**
 * Makes any JSON value fit for the log: numbers that are no safe integers become strings, lone surrogates the
 * replacement character, and what is nested too deep the string "…". Nothing else changes.
 */
export function auditable(value: unknown, depth = 0): unknown {
  if (typeof value === "number") return Number.isSafeInteger(value) ? value : String(value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "string") return value.toWellFormed();
  if (typeof value !== "object" || value === null) return typeof value === "boolean" ? value : null;
  // The envelope adds a level or two of its own.
  if (depth >= MAX_DEPTH - 8) return "…";
  if (Array.isArray(value)) return value.map((item) => auditable(item, depth + 1));
  const result: Record<string, unknown> = Object.create(null);
  for (const [key, item] of Object.entries(value)) {
    if (item !== undefined) result[key.toWellFormed()] = auditable(item, depth + 1);
  }
  return result;
}
