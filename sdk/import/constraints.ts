import type { ActionParameter } from "../../controller/api/types.ts";
import { NOTHING, toRe2 } from "./pattern.ts";
import { inside, type Place, shown, warn } from "./problem.ts";
import { pythonList } from "./python-list.ts";
import type { PythonConstraints, PythonParameter } from "./shapes.ts";

type Constraints = NonNullable<ActionParameter["constraints"]>;

const MAX_LENGTH = 32_768;
const MAX_VALUES = 64;

/** A parameter's type and constraints. */
export interface Allowed {
  type: ActionParameter["type"];
  constraints?: Constraints;
}

/** What refuses every value, where the constraints leave none, or where they can't be said. */
const NEVER: Allowed = { type: "string", constraints: { pattern: NOTHING } };

function nothing(place: Place, why: string): Allowed {
  warn(place, `no value is accepted: ${why}`, "write the constraint anew");
  return NEVER;
}

function unused(place: Place, c: PythonConstraints, fields: readonly (keyof PythonConstraints)[], type: string): void {
  for (const field of fields) {
    if (c[field] !== undefined) warn(inside(place, field), `has no effect on the type ${type} and is left out`);
  }
}

/** The allowed values among those that an enum of texts can mean for the type, as Python writes values. */
function enumValues(place: Place, texts: readonly string[], parse: (text: string) => unknown): unknown[] {
  const values: unknown[] = [];
  for (const [i, text] of texts.entries()) {
    const value = parse(text);
    if (value === undefined)
      warn(inside(place, "enum", i), `${shown(text)} is equal to no value of the type and is left out`);
    else if (!values.includes(value)) values.push(value);
  }
  return values;
}

function withEnum(place: Place, allowed: Allowed, values: unknown[] | undefined): Allowed {
  if (values === undefined) return allowed;
  if (values.length === 0) return nothing(place, "the enum has no value of the type");
  if (values.length > MAX_VALUES) return nothing(place, `the enum has more than ${MAX_VALUES} values`);
  return { type: allowed.type, constraints: { ...allowed.constraints, enum: values } };
}

function numeric(place: Place, type: "integer" | "number", c: PythonConstraints): Allowed {
  unused(place, c, ["min_length", "max_length", "pattern"], type);
  const { min_value: min, max_value: max } = c;
  const low = min !== undefined && Number.isFinite(min) ? min : undefined; // below -∞ is nothing; NaN holds nobody back
  const high = max !== undefined && Number.isFinite(max) ? max : undefined;
  if (min === Number.POSITIVE_INFINITY || max === Number.NEGATIVE_INFINITY)
    return nothing(place, "the bounds leave none");
  if (low !== undefined && high !== undefined && low > high) return nothing(place, "min_value is above max_value");
  const constraints = { ...(low !== undefined && { minimum: low }), ...(high !== undefined && { maximum: high }) };
  const shape = type === "integer" ? /^(?:0|-?[1-9]\d*)$/ : /^(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]\d+)?|-0\.0)$/;
  const values =
    c.enum && enumValues(place, c.enum, (text) => (shape.test(text) && text !== "-0" ? Number(text) : undefined));
  return withEnum(place, { type, constraints }, values);
}

function textual(place: Place, c: PythonConstraints): Allowed {
  unused(place, c, ["min_value", "max_value"], "string");
  const { min_length: min = 0, max_length: max = MAX_LENGTH } = c;
  if (max < 0 || min > Math.min(max, MAX_LENGTH)) return nothing(place, "the bounds of its length leave none");
  const constraints: Constraints = {
    ...(min > 0 && { minLength: min }),
    ...(max < MAX_LENGTH && { maxLength: max }),
  };
  if (c.pattern !== undefined && c.pattern !== "") {
    const made = toRe2(c.pattern);
    if ("problem" in made)
      return nothing(inside(place, "pattern"), `the pattern can't be said in RE2: ${made.problem}`);
    if (made.pattern !== c.pattern) warn(inside(place, "pattern"), `becomes ${shown(made.pattern)} in RE2`);
    constraints.pattern = made.pattern;
  } else if (c.pattern === "") {
    constraints.maxLength = 0;
    if (min > 0) return nothing(place, "an empty pattern and a length above 0");
  }
  return withEnum(place, { type: "string", constraints }, c.enum && [...new Set(c.enum)]);
}

/** True and false are 1 and 0 to bounds, and `True` and `False` to an enum. */
function truth(place: Place, c: PythonConstraints): Allowed {
  unused(place, c, ["min_length", "max_length", "pattern"], "boolean");
  const values = [false, true].filter((value) => {
    const bounded = !(Number(value) < (c.min_value ?? 0)) && !(Number(value) > (c.max_value ?? 1));
    return bounded && (c.enum === undefined || c.enum.includes(value ? "True" : "False"));
  });
  return values.length === 2 ? { type: "boolean" } : withEnum(place, { type: "boolean" }, values);
}

function listed(place: Place, c: PythonConstraints): Allowed {
  unused(place, c, ["min_value", "max_value", "min_length", "max_length", "pattern"], "array");
  const values = c.enum && enumValues(place, c.enum, pythonList);
  return withEnum(place, { type: "array" }, values);
}

/** The type and constraints under which the same values are accepted; where that can't be, fewer. */
export function toAllowed(parameter: PythonParameter, place: Place): Allowed {
  const c = parameter.constraints;
  if (!c) return { type: parameter.type };
  const here = inside(place, "constraints");
  const allowed =
    parameter.type === "string"
      ? textual(here, c)
      : parameter.type === "boolean"
        ? truth(here, c)
        : parameter.type === "array"
          ? listed(here, c)
          : numeric(here, parameter.type, c);
  if (allowed.constraints && Object.keys(allowed.constraints).length === 0) return { type: allowed.type };
  return allowed;
}
