/** Plain JSON, as the API server sends it and as YAML is read. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json | undefined;
}

/** The value as an object; anything else counts as an empty one. */
export function objectOf(value: Json | undefined): JsonObject {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? value : {};
}

/** The value as a list; anything else counts as an empty one. */
export function listOf(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

/**
 * Path of the first place where two values differ, such as `spec.validations[2].expression`; undefined when they are equal.
 * The order of an object's keys does not count, that of a list does; a key without a value is as good as none.
 */
export function firstDifference(expected: Json | undefined, live: Json | undefined, path = ""): string | undefined {
  if (expected === live) return undefined;
  if (Array.isArray(expected) && Array.isArray(live)) {
    for (let index = 0; index < Math.max(expected.length, live.length); index += 1) {
      const found = firstDifference(expected[index], live[index], `${path}[${index}]`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (isPlain(expected) && isPlain(live)) {
    for (const key of new Set([...Object.keys(expected), ...Object.keys(live)])) {
      const found = firstDifference(own(expected, key), own(live, key), path === "" ? key : `${path}.${key}`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  return path === "" ? "(whole)" : path;
}

function isPlain(value: Json | undefined): value is JsonObject {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function own(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
