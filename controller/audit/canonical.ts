import { AuditError } from "./errors.ts";

/** Values nested deeper than this are refused: every reader of the log must be able to parse it on a small stack. */
export const MAX_DEPTH = 48;

function fail(path: string, what: string): never {
  throw new AuditError("BAD_EVENT", `${path || "event"}: ${what}`);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function text(value: string, path: string): string {
  if (!value.isWellFormed()) fail(path, "a lone surrogate has no UTF-8 form");
  return JSON.stringify(value);
}

function write(value: unknown, path: string, depth: number): string {
  switch (typeof value) {
    case "string":
      return text(value, path);
    case "boolean":
      return value ? "true" : "false";
    case "number":
      // Readers differ in how they print fractions and big numbers; integers and strings have one form everywhere.
      if (!Number.isSafeInteger(value))
        fail(path, "numbers must be integers within ±(2^53-1); write others as strings");
      return String(value);
    case "object":
      break;
    default:
      return fail(path, `${typeof value} has no JSON form`);
  }
  if (value === null) return "null";
  if (depth >= MAX_DEPTH) fail(path, `nested deeper than ${MAX_DEPTH} levels`);
  if (Array.isArray(value)) return `[${value.map((item, i) => write(item, `${path}[${i}]`, depth + 1)).join(",")}]`;
  if (!isPlain(value)) fail(path, "only plain objects, arrays, strings, integers, booleans and null");
  const entries = value as Record<string, unknown>;
  let result = "";
  // The default order of sort is that of RFC 8785: by UTF-16 code units.
  for (const key of Object.keys(value).sort()) {
    const item = entries[key];
    if (item === undefined) continue;
    const here = path ? `${path}.${key}` : key;
    result += `${result && ","}${text(key, here)}:${write(item, here, depth + 1)}`;
  }
  return `{${result}}`;
}

/**
 * The canonical JSON (RFC 8785) of a value of strings, integers, booleans, null, arrays and plain objects.
 * Properties that are `undefined` are left out. Checking and writing are one walk: this runs for every event.
 * @throws AuditError BAD_EVENT with the path of what does not fit.
 */
export function canonical(value: unknown, path = ""): string {
  return write(value, path, 0);
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
