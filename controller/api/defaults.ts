import { schemas } from "./generated/schemas.ts";
import type { Kind } from "./resources.ts";
import type { CrdSchema } from "./schema.ts";

/**
 * A copy of the object with the defaults of its CRD filled in, as the API server would store it. Fields that are null although their schema has a
 * default are filled too. What does not fit the schema is copied as it is.
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
    const missing = value[name] === undefined || value[name] === null;
    if (missing && child.default !== undefined) value[name] = structuredClone(child.default);
    if (value[name] !== undefined) value[name] = fill(child, value[name]);
  }
  if (schema.additionalProperties) {
    for (const name of Object.keys(value)) value[name] = fill(schema.additionalProperties, value[name]);
  }
  return value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
