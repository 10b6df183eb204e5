import { compile, TreeInterpreter } from "@metrichor/jmespath";
import { ExpressionError } from "./errors.ts";

/** A compiled JMESPath: the value it finds in a JSON document, or null. Throws ExpressionError. */
export type Path = (document: unknown) => unknown;

/** Longest path that is accepted, in characters. */
export const MAX_PATH_LENGTH = 512;

type Input = Parameters<typeof TreeInterpreter.search>[1];

/** A copy without prototypes, so that `constructor` or `__proto__` are names like any other. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object") return value;
  const copy: Record<string, unknown> = Object.create(null);
  for (const [key, member] of Object.entries(value)) copy[key] = plain(member);
  return copy;
}

/** Back to ordinary objects, which is what everybody else expects of JSON. */
function ordinary(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordinary);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, ordinary(member)]));
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Compiles a JMESPath; throws ExpressionError when it does not parse. */
export function compilePath(expression: string): Path {
  if (expression.length > MAX_PATH_LENGTH)
    throw new ExpressionError("TooLong", `path is longer than ${MAX_PATH_LENGTH} characters`);
  let tree: ReturnType<typeof compile>;
  try {
    tree = compile(expression);
  } catch (error) {
    throw new ExpressionError("Syntax", `not a JMESPath: ${reason(error)}`);
  }
  return (document) => {
    try {
      return ordinary(TreeInterpreter.search(tree, plain(document) as Input)) ?? null;
    } catch (error) {
      throw new ExpressionError("Evaluation", `JMESPath failed: ${reason(error)}`);
    }
  };
}

/** A key as a JMESPath identifier, quoted where it must be (`app.kubernetes.io/name`). */
export function quoteIdentifier(key: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(key) ? key : JSON.stringify(key);
}
