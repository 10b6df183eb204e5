import type { CrdSchema } from "./schema.ts";

/** A JSON schema that ajv compiles in strict mode. */
export type JsonSchema = Record<string, unknown>;

const copied = [
  "type",
  "format",
  "enum",
  "required",
  "pattern",
  "minimum",
  "maximum",
  "minLength",
  "maxLength",
  "minItems",
  "maxItems",
  "minProperties",
  "maxProperties",
];

/**
 * The JSON schema of a structural schema, stricter in two points: fields that it does not declare are errors rather than dropped, and a list that is a set
 * or a map must not hold the same item twice (keyword `listKeys`: the names of the keys, none for a set).
 */
export function toJsonSchema(schema: CrdSchema): JsonSchema {
  const result: JsonSchema = {};
  for (const keyword of copied) if (schema[keyword] !== undefined) result[keyword] = schema[keyword];
  if (schema.properties) {
    result.properties = mapValues(schema.properties, toJsonSchema);
    if (!schema["x-kubernetes-preserve-unknown-fields"]) result.additionalProperties = false;
  }
  if (schema.additionalProperties) result.additionalProperties = toJsonSchema(schema.additionalProperties);
  if (schema.items) result.items = toJsonSchema(schema.items);
  if (schema["x-kubernetes-list-type"] === "set") result.listKeys = [];
  if (schema["x-kubernetes-list-type"] === "map") result.listKeys = schema["x-kubernetes-list-map-keys"] ?? [];
  return result;
}

function mapValues<T, R>(record: Record<string, T>, map: (value: T) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}
