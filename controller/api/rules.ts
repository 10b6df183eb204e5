import { Environment } from "@marcbachmann/cel-js";
import type { CrdSchema, ValidationRule } from "./schema.ts";
import type { SchemaError } from "./schema-error.ts";

type Check = (value: unknown) => boolean;

const environment = new Environment().registerVariable("self", "dyn");
const compiled = new Map<string, Check>();

/**
 * What the CEL rules of a schema say against a value, at every depth. Rules about a change (`oldSelf`) say nothing here, because offline there is no older
 * object. The value must fit the schema otherwise.
 */
export function checkRules(schema: CrdSchema, value: unknown, path: string): SchemaError[] {
  if (value === undefined || value === null) return [];
  const own = (schema["x-kubernetes-validations"] ?? [])
    .filter((rule) => !rule.rule.includes("oldSelf") && !compile(rule)(value))
    .map((rule) => ({
      path: path + (rule.fieldPath ?? ""),
      code: "rule" as const,
      message: rule.message ?? rule.rule,
    }));
  return [...own, ...children(schema, value).flatMap(([child, item, step]) => checkRules(child, item, path + step))];
}

function children(schema: CrdSchema, value: unknown): [CrdSchema, unknown, string][] {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items ? value.map((item, index) => [items, item, `[${index}]`]) : [];
  }
  if (typeof value !== "object" || value === null) return [];
  const record = value as Record<string, unknown>;
  const declared = Object.entries(schema.properties ?? {});
  const result = declared.map<[CrdSchema, unknown, string]>(([name, child]) => [child, record[name], `.${name}`]);
  const { additionalProperties } = schema;
  if (!additionalProperties) return result;
  return [
    ...result,
    ...Object.entries(record).map<[CrdSchema, unknown, string]>(([name, item]) => [
      additionalProperties,
      item,
      `.${name}`,
    ]),
  ];
}

function compile({ rule }: ValidationRule): Check {
  let check = compiled.get(rule);
  if (!check) {
    const evaluate = environment.parse(rule);
    check = (self) => {
      try {
        return evaluate({ self }) === true;
      } catch {
        // As at the API server: a rule that can't be evaluated does not hold, and its message is told.
        return false;
      }
    };
    compiled.set(rule, check);
  }
  return check;
}
