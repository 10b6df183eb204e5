import type { ErrorObject } from "ajv";
import { nearest } from "./near-names.ts";
import { type SchemaError, type SchemaErrorCode, show } from "./schema-error.ts";

type Explanation = Omit<SchemaError, "path"> & { path?: string };

const bounds: Record<string, (limit: unknown) => string> = {
  minimum: (limit) => `must be at least ${limit}`,
  maximum: (limit) => `must be at most ${limit}`,
  minLength: (limit) => `must have at least ${limit} characters`,
  maxLength: (limit) => `must have at most ${limit} characters`,
  minItems: (limit) => `must have at least ${limit} items`,
  maxItems: (limit) => `must have at most ${limit} items`,
  minProperties: (limit) => `must have at least ${limit} entries`,
  maxProperties: (limit) => `must have at most ${limit} entries`,
};

/** An error of ajv in our words. Errors that only repeat another one explain nothing. */
export function explain(error: ErrorObject): SchemaError[] {
  const path = toPath(error.instancePath);
  const explanation = explanationOf(error);
  return explanation ? [{ ...explanation, path: join(path, explanation.path) }] : [];
}

function explanationOf(error: ErrorObject): Explanation | undefined {
  const { keyword, params, data } = error;
  if (keyword in bounds) {
    return { code: "bounds", message: `${bounds[keyword]?.(params.limit)}, not ${show(data)}` };
  }
  switch (keyword) {
    case "required":
      // The second half of "name or generateName": the first half says it already.
      if (params.missingProperty === "generateName") return undefined;
      return { path: String(params.missingProperty), code: "required", message: "is required" };
    case "additionalProperties":
      return unknownField(String(params.additionalProperty), error);
    case "enum":
      return oneOf(params.allowedValues as unknown[], data);
    case "type":
      return fault("type", `must be ${article(String(params.type))}, not ${show(data)}`);
    case "pattern":
      return fault("pattern", `must match ${params.pattern}, not ${show(data)}`);
    case "format":
      return fault("format", `must be ${article(String(params.format))}, not ${show(data)}`);
    case "listKeys":
      return {
        path: `[${params.index}]`,
        code: "duplicate",
        message: `repeats ${show(JSON.parse(String(params.identity)))}`,
      };
    case "anyOf":
      return undefined;
    default:
      return fault("type", error.message ?? keyword);
  }
}

function unknownField(name: string, error: ErrorObject): Explanation {
  const known = Object.keys((error.parentSchema?.properties as object | undefined) ?? {});
  const hint = nearest(name, known);
  const message = `is not a field${hint === undefined ? `; known are ${known.join(", ")}` : `; did you mean ${hint}?`}`;
  return { path: name, code: "unknown", message, ...(hint === undefined ? {} : { hint }) };
}

function oneOf(allowed: unknown[], data: unknown): Explanation {
  const hint =
    typeof data === "string"
      ? nearest(
          data,
          allowed.filter((value) => typeof value === "string"),
        )
      : undefined;
  const message = `must be one of ${allowed.join(", ")}, not ${show(data)}`;
  return { code: "enum", message, ...(hint === undefined ? {} : { hint }) };
}

function fault(code: SchemaErrorCode, message: string): Explanation {
  return { code, message };
}

function article(noun: string): string {
  return `${/^[aeiou]/.test(noun) ? "an" : "a"} ${noun}`;
}

/** `/spec/rules/0/match` as `spec.rules[0].match`. */
function toPath(pointer: string): string {
  const steps = pointer.split("/").slice(1);
  return steps.reduce((path, step) => join(path, step.replaceAll("~1", "/").replaceAll("~0", "~")), "");
}

function join(path: string, step: string | undefined): string {
  if (step === undefined) return path;
  if (/^\d+$/.test(step)) return `${path}[${step}]`;
  if (step.startsWith("[")) return path + step;
  return path === "" ? step : `${path}.${step}`;
}
