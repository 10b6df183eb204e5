import type { Action } from "../../controller/api/types.ts";
import type { Leftovers } from "./leftovers.ts";
import { inside, type Place, shown, warn } from "./problem.ts";
import type { PythonAction } from "./shapes.ts";

type Rollback = NonNullable<Action["spec"]["rollback"]>;

function names(action: PythonAction): string[] {
  return action.parameters.map((parameter) => parameter.name);
}

/** What it does without a mapping: to itself with the state before, or to its pair with the parameters that the pair has. */
function byConvention(action: PythonAction, other: PythonAction): Record<string, string> {
  const state = action.state_fields.map((field) => field.name);
  const mine = names(action);
  const params: Record<string, string> = {};
  for (const name of names(other)) {
    if (other.name === action.name && state.includes(name)) params[name] = `{{ before_state.${name} }}`;
    else if (mine.includes(name)) params[name] = `{{ params.${name} }}`;
  }
  return params;
}

function mapped(action: PythonAction, other: PythonAction, place: Place): Record<string, string> | undefined {
  const known = new Set([
    ...names(action).map((name) => `params.${name}`),
    ...action.state_fields
      .filter(({ name }) => /^[A-Za-z_]\w{0,62}$/.test(name))
      .map(({ name }) => `before_state.${name}`),
  ]);
  const params: Record<string, string> = {};
  for (const [name, { source }] of action.rollback_params) {
    const here = inside(place, "rollback_params", name);
    if (!known.has(source)) warn(here, `${shown(source)} is neither a parameter nor a state field of the action`);
    else if (!names(other).includes(name)) warn(here, `the action ${other.name} has no such parameter`);
    else params[name] = `{{ ${source} }}`;
  }
  return Object.keys(params).length === action.rollback_params.size ? params : undefined;
}

/** How the action is undone. Where that makes no sense, it is kept beside the object and the action counts as irreversible. */
export function toRollback(
  action: PythonAction,
  others: ReadonlyMap<string, PythonAction>,
  place: Place,
  left: Leftovers,
): { reversible: boolean; rollback?: Rollback } {
  const { rollback_action: name, reversible } = action;
  if (name === undefined) {
    if (action.rollback_params.size > 0) left.keep("rollback_params", Object.fromEntries(action.rollback_params));
    if (!reversible) return { reversible: false };
    warn(inside(place, "reversible"), "says that the action can be undone, but not by what; it counts as irreversible");
    left.keep("reversible", true);
    return { reversible: false };
  }
  const other = name === action.name ? action : others.get(name);
  const params =
    other && (action.rollback_params.size > 0 ? mapped(action, other, place) : byConvention(action, other));
  if (!other || !params) {
    const why = other ? "its parameters can't be given" : `there is no action ${shown(name)}`;
    warn(inside(place, "rollback_action"), `the action can't be undone, since ${why}; it counts as irreversible`);
    left.keep("rollback_action", name);
    left.keep("rollback_params", Object.fromEntries(action.rollback_params));
    if (reversible) left.keep("reversible", true);
    return { reversible: false };
  }
  if (action.rollback_params.size === 0) {
    warn(inside(place, "rollback_action"), "names no parameters; they are taken over by name, as they were there");
  }
  if (!reversible)
    warn(inside(place, "reversible"), "names an action that undoes it, but says that it can't be undone");
  return { reversible, rollback: { action: name, ...(Object.keys(params).length > 0 && { params }) } };
}
