import type { Action } from "../../controller/api/types.ts";
import { CliError } from "./errors.ts";

/**
 * The parameters that `--params` (a JSON object) and `--param name=value` give. Values take the type that the Action declares;
 * one that can't stays text, and the decision says what is wrong with it. A list is JSON, or the same name again.
 */
export function paramsOf(
  json: string | undefined,
  pairs: readonly string[],
  action: Action | undefined,
): Record<string, unknown> | undefined {
  const params = json === undefined ? undefined : parseObject(json);
  if (pairs.length === 0) return params;
  const given = new Map<string, unknown>(Object.entries(params ?? {}));
  const lists = new Set<string>();
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    if (at < 1) throw new CliError("Usage", `--param ${JSON.stringify(pair)} is not name=value`);
    const name = pair.slice(0, at);
    const text = pair.slice(at + 1);
    const type = action?.spec.parameters?.find((parameter) => parameter.name === name)?.type;
    if (type === "array" && !text.startsWith("[")) {
      const before = lists.has(name) ? (given.get(name) as unknown[]) : [];
      lists.add(name);
      given.set(name, [...before, text]);
    } else given.set(name, typed(text, type));
  }
  // fromEntries defines, so that a parameter called __proto__ is one, and is refused
  return Object.fromEntries(given);
}

function parseObject(json: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new CliError("Usage", `--params is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new CliError("Usage", `--params must be a JSON object, such as '{"replicas": 3}'`);
  return value as Record<string, unknown>;
}

function typed(text: string, type: string | undefined): unknown {
  switch (type) {
    case "integer":
    case "number":
      return /^-?\d{1,16}(\.\d{1,16})?([eE][-+]?\d{1,3})?$/.test(text) ? Number(text) : text;
    case "boolean":
      return text === "true" ? true : text === "false" ? false : text;
    case "array":
      try {
        return JSON.parse(text);
      } catch {
        return text;
      }
    default:
      return text;
  }
}
