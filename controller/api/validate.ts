import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import { applyDefaults } from "./defaults.ts";
import { explain } from "./explain.ts";
import { schemas } from "./generated/schemas.ts";
import { toJsonSchema } from "./json-schema.ts";
import type { Kind } from "./resources.ts";
import { checkRules } from "./rules.ts";
import type { CrdSchema } from "./schema.ts";
import type { SchemaError } from "./schema-error.ts";

export type { SchemaError, SchemaErrorCode } from "./schema-error.ts";

const ajv = createAjv();
const validators = new Map<Kind, ValidateFunction>();

/**
 * All that the API server would refuse in a new object of a kind, and every field that it would silently drop. Defaults are applied first, to a copy. CEL
 * rules are checked once the object has the right shape, except those about a change. Empty when the object is right.
 */
export function validateSchema(kind: Kind, object: unknown): SchemaError[] {
  const schema = schemas[kind];
  if (!schema) return [{ path: "kind", code: "enum", message: `unknown kind ${JSON.stringify(kind)}` }];
  const candidate = applyDefaults(kind, object);
  const validate = validator(kind, schema);
  if (!validate(candidate)) return (validate.errors ?? []).flatMap(explain);
  return checkRules(schema, candidate, "").map((error) => ({ ...error, path: error.path.replace(/^\./, "") }));
}

function validator(kind: Kind, schema: CrdSchema): ValidateFunction {
  let validate = validators.get(kind);
  if (!validate) {
    const { properties, ...json } = toJsonSchema(schema);
    validate = ajv.compile({
      ...json,
      required: ["apiVersion", "kind", "metadata", ...((json.required as string[] | undefined) ?? [])],
      properties: {
        ...(properties as object),
        apiVersion: { type: "string", enum: ["agentsafe.dev/v1alpha1"] },
        kind: { type: "string", enum: [kind] },
        metadata: metadataSchema,
      },
    });
    validators.set(kind, validate);
  }
  return validate;
}

const stringMap = { type: "object", additionalProperties: { type: "string" } };

const metadataSchema = {
  type: "object",
  anyOf: [{ required: ["name"] }, { required: ["generateName"] }],
  properties: {
    name: { type: "string", maxLength: 253, pattern: "^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$" },
    generateName: { type: "string", maxLength: 253 },
    namespace: { type: "string", maxLength: 63, pattern: "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$" },
    labels: stringMap,
    annotations: stringMap,
  },
};

function createAjv(): Ajv {
  const instance = new Ajv({
    allErrors: true,
    strict: true,
    strictRequired: false,
    verbose: true,
    unicodeRegExp: true,
  });
  // A number that is no integer is refused by its type already.
  instance.addFormat("int32", {
    type: "number",
    validate: (value: number) => !Number.isInteger(value) || Math.abs(value) < 2 ** 31,
  });
  instance.addFormat("int64", {
    type: "number",
    validate: (value: number) => !Number.isInteger(value) || Number.isSafeInteger(value),
  });
  instance.addFormat("date-time", /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/);
  instance.addKeyword({
    keyword: "listKeys",
    type: "array",
    schemaType: "array",
    errors: true,
    validate: unique,
  });
  return instance;
}

/** Whether no two items are the same, or have the same keys. Reports the first pair. */
function unique(keys: string[], items: unknown[]): boolean {
  const seen = new Set<string>();
  for (const [index, item] of items.entries()) {
    const record = item as Record<string, unknown> | null;
    const identity = JSON.stringify(keys.length === 0 ? item : keys.map((key) => record?.[key]));
    if (seen.has(identity)) {
      const error: Partial<ErrorObject> = { keyword: "listKeys", params: { index, identity } };
      unique.errors = [error];
      return false;
    }
    seen.add(identity);
  }
  return true;
}
unique.errors = [] as Partial<ErrorObject>[];
