import type { Action, ActionParameter } from "../../controller/api/types.ts";
import { valueErrors } from "../../controller/policy/constraints.ts";
import { toAllowed } from "./constraints.ts";
import { toCredentials } from "./credentials.ts";
import { Leftovers } from "./leftovers.ts";
import type { Names } from "./names.ts";
import { fault, inside, type Place, shown, warn } from "./problem.ts";
import { toRollback } from "./rollback.ts";
import type { PythonAction, PythonParameter } from "./shapes.ts";

/** A text no longer than the field; the whole of it is kept when it is cut. */
function cut(text: string, most: number, place: Place, left: Leftovers): string {
  const plain = text.trimEnd();
  if (plain.length <= most) return plain;
  warn(place, `is longer than ${most} characters; the whole is kept as an annotation`);
  left.keep(String(place.path.join(".")), text);
  return plain.slice(0, most);
}

function toParameter(parameter: PythonParameter, place: Place, left: Leftovers): ActionParameter {
  const made: ActionParameter = { name: parameter.name, required: parameter.required, ...toAllowed(parameter, place) };
  if (parameter.constraints && made.constraints?.pattern !== parameter.constraints.pattern) {
    left.keep(`parameters.${parameter.name}.constraints`, parameter.constraints);
  }
  const description = cut(parameter.description, 512, inside(place, "description"), left);
  if (description !== "") made.description = description;
  const { default: value } = parameter;
  if (value === undefined) return made;
  if (valueErrors(made, value, "default").length === 0)
    return { ...made, default: value as ActionParameter["default"] };
  warn(inside(place, "default"), `${shown(value)} does not satisfy type and constraints and is left out`);
  left.keep(`parameters.${parameter.name}.default`, value);
  return made;
}

function toParameters(action: PythonAction, place: Place, left: Leftovers): ActionParameter[] {
  const seen = new Set<string>();
  if (action.parameters.length > 32) fault(inside(place, "parameters"), "has more than 32 parameters");
  return action.parameters.map((parameter, i) => {
    const here = inside(place, "parameters", i);
    if (!/^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(parameter.name))
      fault(
        inside(here, "name"),
        `${shown(parameter.name)} must be a letter or _, then letters, digits and _`,
        "rename it",
      );
    if (seen.has(parameter.name))
      fault(inside(here, "name"), `the parameter ${shown(parameter.name)} is declared twice`);
    seen.add(parameter.name);
    return toParameter(parameter, here, left);
  });
}

/** What can be checked as there: that the target exists. The rest of what a check is to find out is said only in words. */
function toPrechecks(action: PythonAction, place: Place, left: Leftovers): NonNullable<Action["spec"]["prechecks"]> {
  const exists = action.prechecks.filter(
    ({ name }) => /^[a-z]([a-z0-9-]{0,60})-exists$/.test(name) && !/-not-exists$/.test(name),
  );
  const others = action.prechecks.filter((check) => !exists.includes(check));
  if (others.length > 0) {
    const named = others.map(({ name }) => name).join(", ");
    warn(
      inside(place, "prechecks"),
      `${named}: what must hold is said only in words and was never enforced; kept as an annotation`,
      "write prechecks with `require`",
    );
    left.keep("prechecks", others);
  }
  return [...new Map(exists.map((check) => [check.name, check])).values()]
    .slice(0, 16)
    .map(({ name, description }) => ({ name, ...(description !== "" && { description: description.slice(0, 512) }) }));
}

const STATE_TYPES = ["string", "integer", "number", "boolean", "array", "object", "any"] as const;

function toStateFields(
  action: PythonAction,
  place: Place,
  left: Leftovers,
): NonNullable<Action["spec"]["stateFields"]> {
  const named = [...new Map(action.state_fields.map((field) => [field.name, field])).values()];
  const fields = named.filter(({ name }) => /^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(name)).slice(0, 32);
  if (fields.length < named.length) {
    warn(inside(place, "state_fields"), "has names that can't be those of fields; these are kept as an annotation");
    left.keep("state_fields", action.state_fields);
  }
  if (fields.length > 0) {
    warn(
      inside(place, "state_fields"),
      "says which fields are recorded, but not where they stand in the object; each is read under its own name",
      "correct `stateFields[].path`",
    );
  }
  return fields.map((field) => ({
    name: field.name,
    type: STATE_TYPES.find((type) => type === field.type) ?? "any",
    path: field.name,
    ...(field.description !== "" && { description: field.description.slice(0, 512) }),
    ...(field.required && { required: true }),
  }));
}

/** Items that fit a list of at most so many texts; the others are kept beside the object. */
function fitting(items: readonly string[], most: number, length: number, key: string, left: Leftovers): string[] {
  const fit = [...new Set(items)].filter((item) => item.length > 0 && item.length <= length).slice(0, most);
  if (fit.length < new Set(items).size) left.keep(key, items);
  return fit;
}

/** The Action that says the same. `types` gives target types their names. */
export function toAction(
  action: PythonAction,
  others: ReadonlyMap<string, PythonAction>,
  types: Names,
  place: Place,
): Action {
  const left = new Leftovers();
  const { name } = action;
  if (name.endsWith("-") || name.length > 63)
    fault(
      inside(place, "name"),
      `${shown(name)} can't be the name of an object`,
      "rename it without the hyphen at its end",
    );
  if (new Set(action.target_types).size > 16) fault(inside(place, "target_types"), "has more than 16 types");
  const parameters = toParameters(action, place, left);
  const prechecks = toPrechecks(action, place, left);
  const stateFields = toStateFields(action, place, left);
  const privileges = fitting(action.required_privileges, 32, 128, "required_privileges", left);
  const tags = fitting(action.tags, 16, 63, "tags", left);
  const { reversible, rollback } = toRollback(action, others, place, left);
  const credentials = toCredentials(action, place, left);
  const spec: Action["spec"] = {
    version: action.version,
    description: cut(action.description, 1024, inside(place, "description"), left),
    riskClass: action.risk_class,
    targetTypes: [...new Set(action.target_types.map((type) => types.of(type)))],
    ...(parameters.length > 0 && { parameters }),
    ...(prechecks.length > 0 && { prechecks }),
    ...(stateFields.length > 0 && { stateFields }),
    reversible,
    ...(rollback && { rollback }),
    ...(privileges.length > 0 && { requiredPrivileges: privileges }),
    ...(credentials && { credentials }),
    execution: { executor: "dry-run", handler: { handler: name.slice(0, 63).replace(/-+$/, "") } },
    ...(tags.length > 0 && { tags }),
  };
  return { apiVersion: "agentsafe.dev/v1alpha1", kind: "Action", metadata: { name, ...left.annotations() }, spec };
}
