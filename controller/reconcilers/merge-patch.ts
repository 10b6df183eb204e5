/** JSON as the API server stores it. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json | undefined };

/**
 * The JSON Merge Patch (RFC 7386) that turns `from` into `to`, or undefined when they are equal. Keys that `to` lacks become
 * explicit nulls: a patch that only names the new keys would leave the old ones standing. Arrays are replaced whole.
 */
export function mergePatch(from: Json | undefined, to: Json | undefined): Json | undefined {
  if (equal(from, to)) return undefined;
  if (to === undefined) return null;
  if (!isObject(to)) return to;
  if (!isObject(from)) return withoutUndefined(to);
  const patch: { [key: string]: Json } = {};
  for (const key of new Set([...Object.keys(from), ...Object.keys(to)])) {
    const part = mergePatch(from[key], to[key]);
    if (part !== undefined) patch[key] = part;
  }
  return patch;
}

/** Whether two JSON values are the same; object keys in any order, an undefined member as an absent one. */
export function equal(left: Json | undefined, right: Json | undefined): boolean {
  if (left === right) return true;
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, index) => equal(item, right[index]));
  }
  if (!isObject(left) || !isObject(right)) return false;
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...keys].every((key) => equal(left[key], right[key]));
}

function isObject(value: Json | undefined): value is { [key: string]: Json | undefined } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function withoutUndefined(value: { [key: string]: Json | undefined }): Json {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined));
}
