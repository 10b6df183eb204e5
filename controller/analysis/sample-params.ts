import type { Action, ActionParameter } from "../api/types.ts";
import { valueErrors } from "../policy/constraints.ts";
import { isBound } from "../policy/params.ts";
import type { CompiledRule } from "../policy/rule.ts";

/** What an expression compares with: its text and number literals. */
export interface Literals {
  texts: string[];
  numbers: number[];
}

/** The literals of the `when` of some rules, and their borders. */
export function literalsOf(rules: Iterable<CompiledRule>): Literals {
  const texts = new Set<string>();
  const numbers = new Set<number>();
  for (const { spec } of rules) {
    const when = spec.match.when ?? "";
    const quoted = /'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/g;
    for (const found of when.matchAll(quoted)) texts.add(found[1] ?? found[2] ?? "");
    for (const [text] of when.replace(quoted, "").matchAll(/\b\d+(?:\.\d+)?/g)) {
      for (const number of [Number(text) - 1, Number(text), Number(text) + 1]) numbers.add(number);
    }
  }
  return { texts: [...texts], numbers: [...numbers] };
}

function candidates(parameter: ActionParameter, literals: Literals): unknown[] {
  const c = parameter.constraints;
  const given = [parameter.default, ...(c?.enum ?? [])].filter((value) => value !== undefined);
  switch (parameter.type) {
    case "boolean":
      return [...given, true, false];
    case "array":
      return [...given, [], ["a"], ...literals.texts.map((text) => [text])];
    case "string":
      return [
        ...given,
        ...literals.texts,
        "a",
        "a".repeat(c?.minLength ?? 1),
        "a1",
        "a-1",
        "1",
        "1.0",
        "a:1",
        "a/b",
        "A",
        "",
      ];
    default:
      return [...given, ...literals.numbers, c?.minimum, c?.maximum, 1, 0].filter((value) => value !== undefined);
  }
}

/** Values that the parameter takes, most telling first; absent ones too where it is optional. */
function values(action: Action, parameter: ActionParameter, literals: Literals): unknown[] {
  if (isBound(action, parameter.name)) return [undefined]; // the target gives it
  const valid = candidates(parameter, literals).filter((value) => valueErrors(parameter, value, "").length === 0);
  const distinct = [...new Map(valid.map((value) => [JSON.stringify(value), value])).values()];
  return parameter.required === false ? [undefined, ...distinct] : distinct;
}

/** Sets of parameters to try: valid ones, varied one at a time where expressions may look at them. */
export interface ParamSamples {
  sets: Record<string, unknown>[];
  /** A required parameter for which no valid value was found. */
  unsolved: string | undefined;
}

/** Samples parameters of an action. `vary` when some rule has an expression that may look at them. */
export function sampleParams(action: Action, literals: Literals, vary: boolean, limit = 24): ParamSamples {
  const base: Record<string, unknown> = {};
  const choices = new Map<string, unknown[]>();
  for (const parameter of action.spec.parameters ?? []) {
    const found = values(action, parameter, literals);
    if (found.length === 0) return { sets: [], unsolved: parameter.name };
    choices.set(parameter.name, found);
    if (found[0] !== undefined) base[parameter.name] = found[0];
  }
  const sets = [base];
  for (const [name, found] of vary ? choices : []) {
    for (const value of found.slice(1)) {
      if (sets.length >= limit) return { sets, unsolved: undefined };
      sets.push({ ...base, [name]: value });
    }
  }
  return { sets, unsolved: undefined };
}
