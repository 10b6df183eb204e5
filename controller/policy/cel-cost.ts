import type { ASTNode } from "@marcbachmann/cel-js";
import { ExpressionError } from "./errors.ts";

/** Counts the steps of one evaluation at a time (evaluation is synchronous). */
export interface Meter {
  reset(): void;
  exceeded(): boolean;
}

type Evaluate = (evaluator: unknown, node: unknown, context: unknown) => unknown;

/** A node as the library runs it: what `meta.evaluate` holds is what gets called. */
interface Evaluable {
  meta: { evaluate?: Evaluate };
  setMeta(key: "evaluate", value: Evaluate): unknown;
}

function isEvaluable(value: object): value is Evaluable {
  return "setMeta" in value && typeof value.setMeta === "function" && "meta" in value;
}

/** What a value costs to have been made or to be compared: strings and lists by their length, maps by their keys. */
function sizeOf(value: unknown): number {
  if (typeof value === "string") return value.length >> 4;
  if (Array.isArray(value)) return value.length;
  if (value !== null && typeof value === "object") return weightOf(value);
  return 0;
}

const weights = new WeakMap<object, number>();

/** All that is below an object, remembered: a comparison of two maps walks them whole. */
function weightOf(value: object): number {
  let weight = weights.get(value);
  if (weight === undefined) {
    weight = 0;
    for (const member of Object.values(value)) weight += 1 + sizeOf(member) / 8;
    weights.set(value, weight);
  }
  return weight / 8;
}

/**
 * Makes every node below `root` (checked already) count a step and the size of what it gives, and refuse beyond `limit`.
 * The library limits only the length of an expression; loops over lists multiply.
 */
export function meter(root: ASTNode, limit: number): Meter {
  let spent = 0;
  const seen = new Set<object>();
  const wrap = (node: Evaluable): void => {
    const inner = node.meta.evaluate;
    if (!inner) return;
    const counted: Evaluate = (evaluator, self, context) => {
      if (++spent > limit) throw new ExpressionError("CostExceeded", "takes more steps than allowed");
      const value = inner.call(node, evaluator, self, context);
      spent += sizeOf(value);
      return value;
    };
    node.setMeta("evaluate", counted);
  };
  // Macros expand into trees that hang off the node's metadata, so everything reachable is walked, not only arguments.
  const walk = (value: unknown, depth: number): void => {
    if (value === null || typeof value !== "object" || seen.has(value) || depth > 200) return;
    seen.add(value);
    if (Array.isArray(value)) {
      for (const member of value) walk(member, depth + 1);
      return;
    }
    const isNode = "op" in value && "args" in value;
    const record = value as Record<string, unknown>;
    if (isNode) {
      if (isEvaluable(value)) wrap(value);
      walk(record.meta, depth + 1);
      walk(record.args, depth + 1);
      for (const part of ["left", "right", "condition", "receiver"]) walk(record[part], depth + 1);
    } else if (Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null) {
      for (const [key, member] of Object.entries(record)) if (key !== "iterCtx") walk(member, depth + 1);
    }
  };
  walk(root, 0);
  return {
    reset: () => {
      spent = 0;
    },
    exceeded: () => spent > limit,
  };
}
