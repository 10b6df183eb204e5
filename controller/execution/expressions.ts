import { celValue, compileCel } from "../policy/cel.ts";
import { ExecutionError } from "./errors.ts";

/** Asks a CEL expression a yes-or-no question. An expression that fails has no answer: ExecutionError `BAD_DEFINITION`. */
export function ask(expression: string, variables: Record<string, unknown>, now: number): boolean {
  try {
    const program = compileCel(expression, { variables: [...Object.keys(variables).toSorted(), "now"] });
    const values = Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, celValue(value)]));
    return program({ ...values, now: new Date(now) }) === true;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new ExecutionError("BAD_DEFINITION", `the expression has no answer: ${message}`, { cause });
  }
}
