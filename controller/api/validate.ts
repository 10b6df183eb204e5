import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import { applyDefaults } from "./defaults.ts";
import { explain } from "./explain.ts";
import { schemas } from "./generated/schemas.ts";
import { toJsonSchema } from "./json-schema.ts";
import { checkMetadata } from "./metadata.ts";
import { type Kind, RESOURCES } from "./resources.ts";
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
  const metadata = checkMetadata(
    (candidate as { metadata?: unknown } | null | undefined)?.metadata,
    RESOURCES[kind].namespaced,
  );
  if (!validate(candidate)) return [...metadata, ...(validate.errors ?? []).flatMap(explain)];
  if (metadata.length > 0) return metadata;
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

// The API server reads null in these as nothing there.
const stringMap = { type: "object", nullable: true, additionalProperties: { type: "string", nullable: true } };

const metadataSchema = {
  type: "object",
  anyOf: [{ required: ["name"] }, { required: ["generateName"] }],
  properties: {
    name: { type: "string" },
    generateName: { type: "string" },
    namespace: { type: "string" },
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
    // the command line compiles for a handful of objects: a fifth of its start was spent on optimising
    code: { optimize: false },
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
