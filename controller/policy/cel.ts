import { type ASTNode, Environment } from "@marcbachmann/cel-js";
import { meter } from "./cel-cost.ts";
import { ExpressionError } from "./errors.ts";
import { compileSearch, type Pattern } from "./regex.ts";

/** Longest CEL expression that is accepted, in code points, as the CRDs count. */
export const MAX_CEL_LENGTH = 4096;
/** Steps an evaluation may take unless told otherwise; well under 10 ms. */
export const DEFAULT_COST_LIMIT = 100_000;

export interface CelOptions {
  /** Names the expression may use. `now` is a timestamp; everything else is dynamic. */
  variables: readonly string[];
  /** Steps an evaluation may take. */
  costLimit?: number;
  /** Demand that it gives a boolean (default true). */
  boolean?: boolean;
}

/** A compiled expression. Throws ExpressionError (`Evaluation`, `CostExceeded`, `Type`). */
export type CelProgram = (variables: Readonly<Record<string, unknown>>) => unknown;

/** Variables of `match.when`. */
export const WHEN_VARIABLES = ["request", "params", "target", "agent", "now"] as const;

const environments = new Map<string, { env: Environment; patterns: Map<string, Pattern> }>();

function environment(variables: readonly string[]): { env: Environment; patterns: Map<string, Pattern> } {
  const key = variables.join(",");
  const known = environments.get(key);
  if (known) return known;
  const patterns = new Map<string, Pattern>();
  const env = new Environment({
    enableOptionalTypes: true,
    homogeneousAggregateLiterals: false,
    limits: { maxAstNodes: 500, maxDepth: 40, maxListElements: 200, maxMapEntries: 100, maxCallArguments: 8 },
  });
  for (const name of variables) env.registerVariable(name, name === "now" ? "google.protobuf.Timestamp" : "dyn");
  // The library's own `matches` runs a backtracking engine; ours is RE2.
  env.registerFunction("string.re2Search(string): bool", (text: string, source: string) => {
    const pattern = patterns.get(source) ?? compileSearch(source); // always a literal that has compiled before
    return pattern(text);
  });
  const made = { env, patterns };
  if (environments.size < 64) environments.set(key, made);
  return made;
}

function message(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (text.split("\n")[0] ?? "").slice(0, 200);
}

/** Visits the tree below `node`: arguments may be nodes, arrays of nodes, or plain values. */
function visit(node: unknown, see: (node: ASTNode) => void): void {
  if (Array.isArray(node)) {
    for (const member of node) visit(member, see);
  } else if (node !== null && typeof node === "object" && "op" in node) {
    see(node as ASTNode);
    visit((node as ASTNode).args, see);
  }
}

/** Turns `x.matches("…")` into our RE2 call; only literal patterns, so that no agent's text becomes a pattern. */
function useRe2(root: ASTNode, patterns: Map<string, Pattern>): void {
  visit(root, (node) => {
    if (node.op === "id" && node.args === "cel")
      throw new ExpressionError("UnknownVariable", "cel.bind is not offered");
    if (node.op === "call" && node.args[0] === "matches")
      throw new ExpressionError("Syntax", "write matches as text.matches('…')");
    if (node.op !== "rcall") return;
    const call = node.args;
    if (call[0] === "re2Search") throw new ExpressionError("Syntax", "re2Search is not offered; use matches");
    if (call[0] !== "matches") return;
    const source = call[2].length === 1 && call[2][0]?.op === "value" ? call[2][0].args : undefined;
    if (typeof source !== "string") throw new ExpressionError("Syntax", "matches takes one literal pattern");
    if (patterns.size > 10_000) patterns.clear();
    patterns.set(source, compileSearch(source));
    call[0] = "re2Search";
  });
}

/**
 * Compiles a CEL expression that may only use `variables`. Integers must be given as bigint (see `celValue`).
 * Throws ExpressionError (`TooLong`, `Syntax`, `UnknownVariable`, `Type`).
 */
export function compileCel(expression: string, options: CelOptions): CelProgram {
  if (expression.length > MAX_CEL_LENGTH && Array.from(expression).length > MAX_CEL_LENGTH)
    throw new ExpressionError("TooLong", `expression is longer than ${MAX_CEL_LENGTH} characters`);
  const { env, patterns } = environment(options.variables);
  let program: ReturnType<Environment["parse"]>;
  try {
    program = env.parse(expression);
  } catch (error) {
    throw new ExpressionError("Syntax", message(error));
  }
  useRe2(program.ast, patterns);
  const checked = program.check();
  if (!checked.valid) {
    const text = message(checked.error);
    throw new ExpressionError(text.startsWith("Unknown variable") ? "UnknownVariable" : "Type", text);
  }
  const wantBoolean = options.boolean ?? true;
  if (wantBoolean && checked.type !== "bool" && checked.type !== "dyn") {
    throw new ExpressionError("Type", `gives ${checked.type}, not a bool`);
  }
  const metered = meter(program.ast, options.costLimit ?? DEFAULT_COST_LIMIT);
  return (variables) => {
    metered.reset();
    let value: unknown;
    try {
      value = program(variables);
    } catch (error) {
      if (metered.exceeded()) throw new ExpressionError("CostExceeded", "takes more steps than allowed");
      if (error instanceof ExpressionError) throw error;
      throw new ExpressionError("Evaluation", message(error));
    }
    // `||` and the quantifiers swallow errors of their parts, also the one that says stop
    if (metered.exceeded()) throw new ExpressionError("CostExceeded", "takes more steps than allowed");
    if (wantBoolean && typeof value !== "boolean") throw new ExpressionError("Type", "did not give a bool");
    return value;
  };
}

/** JSON as CEL sees it: whole numbers are integers, so that `params.replicas + 1` has a meaning. */
export function celValue(value: unknown): unknown {
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(celValue);
  if (value === null || typeof value !== "object") return value;
  const copy: Record<string, unknown> = Object.create(null);
  for (const [key, member] of Object.entries(value)) if (member !== undefined) copy[key] = celValue(member);
  return copy;
}
