import { schemas } from "./generated/schemas.ts";
import type { Kind } from "./resources.ts";
import type { CrdSchema } from "./schema.ts";

/**
 * A copy of the object with the defaults of its CRD filled in, as the API server would store it: a field that is null counts as absent, so that it gets its
 * default or goes. What does not fit the schema is copied as it is.
 */
export function applyDefaults<T>(kind: Kind, object: T): T {
  const schema = schemas[kind];
  return schema ? (fill(schema, structuredClone(object)) as T) : structuredClone(object);
}

function fill(schema: CrdSchema, value: unknown): unknown {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items ? value.map((item) => fill(items, item)) : value;
  }
  if (!isRecord(value)) return value;
  for (const [name, child] of Object.entries(schema.properties ?? {})) {
    if (value[name] === null && child.nullable !== true) delete value[name];
    if (value[name] === undefined && child.default !== undefined) value[name] = structuredClone(child.default);
    if (value[name] !== undefined) value[name] = fill(child, value[name]);
  }
  const { additionalProperties } = schema;
  if (additionalProperties) {
    for (const name of Object.keys(value)) {
      if (value[name] === null && additionalProperties.nullable !== true) delete value[name];
      else value[name] = fill(additionalProperties, value[name]);
    }
  }
  return value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
