import { readFileSync } from "node:fs";
import { Ajv, type ValidateFunction } from "ajv";

type Json = { [key: string]: unknown };

const description = JSON.parse(readFileSync(new URL("openapi.json", import.meta.url), "utf8")) as Json;
const ajv = new Ajv({ strict: false, validateFormats: false });
ajv.addSchema(withNulls(description) as Json, "openapi.json");
const compiled = new Map<string, ValidateFunction>();

/** OpenAPI 3.0 says `nullable`, which JSON Schema does not know. */
function withNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withNulls);
  if (typeof value !== "object" || value === null) return value;
  const { nullable, ...rest } = value as Json;
  const plain = Object.fromEntries(Object.entries(rest).map(([key, item]) => [key, withNulls(item)]));
  return nullable === true ? { anyOf: [{ type: "null" }, plain] } : plain;
}

function at(pointer: readonly string[]): Json | undefined {
  return pointer.reduce<unknown>((node, key) => (node as Json | undefined)?.[key], description) as Json | undefined;
}

/** What is wrong with a value by a schema of the description, or undefined. */
function flaw(pointer: readonly string[], value: unknown): string | undefined {
  const ref = `openapi.json#/${pointer.map((key) => encodeURIComponent(key.replace(/~/g, "~0").replace(/\//g, "~1"))).join("/")}`;
  const validate = compiled.get(ref) ?? ajv.compile({ $ref: ref });
  compiled.set(ref, validate);
  return validate(value) ? undefined : ajv.errorsText(validate.errors);
}

function schemaPointer(path: readonly string[]): readonly string[] | undefined {
  const node = at(path);
  if (node === undefined) return undefined;
  if (typeof node.$ref === "string") return schemaPointer(node.$ref.slice(2).split("/"));
  return at([...path, "content", "application/json", "schema"]) && [...path, "content", "application/json", "schema"];
}

/** @throws Error when a request is not what the description says */
export function checkRequest(method: string, path: string, query: URLSearchParams, body: unknown): void {
  const operation = ["paths", path, method.toLowerCase()];
  const parameters = (at([...operation, "parameters"]) ?? []) as unknown as Json[];
  const known = parameters.map((parameter) =>
    typeof parameter.$ref === "string" ? at(parameter.$ref.slice(2).split("/")) : parameter,
  );
  for (const name of query.keys()) {
    const found = known.find((parameter) => parameter?.in === "query" && parameter.name === name);
    if (found === undefined) throw new Error(`${method} ${path} knows no ${name}`);
    const allowed = (found.schema as Json).enum as unknown[] | undefined;
    if (allowed && !allowed.includes(query.get(name))) throw new Error(`${method} ${path}: ${name}=${query.get(name)}`);
  }
  const schema = schemaPointer([...operation, "requestBody"]);
  if (schema === undefined || body === undefined) return;
  const wrong = flaw(schema, body);
  if (wrong !== undefined) throw new Error(`${method} ${path}: ${wrong}`);
}

/** @throws Error when an answer is not what the description says */
export function checkAnswer(method: string, path: string, status: number, body: unknown): void {
  const response = ["paths", path, method.toLowerCase(), "responses", String(status)];
  if (at(response) === undefined) throw new Error(`${method} ${path} never answers ${status}`);
  const schema = schemaPointer(response);
  const wrong = schema && body !== undefined ? flaw(schema, body) : undefined;
  if (wrong !== undefined) throw new Error(`${method} ${path} ${status}: ${wrong}`);
}

/** The value with whatever else the named schema demands, so that a double need not spell it out. */
export function complete(name: string, value: Json): Json {
  return fill({ $ref: `#/components/schemas/${name}` }, value) as Json;
}

function fill(given: Json, value: unknown): unknown {
  const schema = typeof given.$ref === "string" ? (at(given.$ref.slice(2).split("/")) ?? {}) : given;
  if (Array.isArray(value)) return value.map((item) => fill((schema.items ?? {}) as Json, item));
  const choice = ((schema.anyOf ?? schema.oneOf ?? schema.allOf) as Json[] | undefined)?.[0];
  if (choice && schema.properties === undefined)
    return value === undefined && schema.nullable ? null : fill(choice, value);
  if (value === undefined) {
    if (schema.nullable === true) return null;
    if (Array.isArray(schema.enum)) return schema.enum[0];
    if (schema.type === "array") return [];
    if (schema.type === "integer" || schema.type === "number") return 1;
    if (schema.type === "boolean") return false;
    if (schema.type === "string") return schema.format === "date-time" ? "2026-01-01T00:00:00Z" : "x";
  } else if (typeof value !== "object" || value === null) return value;
  const properties = (schema.properties ?? {}) as Record<string, Json>;
  const result: Json = { ...(value as Json | undefined) };
  for (const key of new Set([...((schema.required ?? []) as string[]), ...Object.keys(result)])) {
    result[key] = fill(properties[key] ?? {}, result[key]);
  }
  return result;
}
