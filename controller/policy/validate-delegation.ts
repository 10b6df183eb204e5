import type { Delegation } from "../api/types.ts";
import { type FieldError, fieldError, show } from "./field-error.ts";
import { globProblem } from "./glob.ts";
import { durationErrors } from "./validate-duration.ts";
import { duplicates } from "./validate-policy.ts";

/** Longest that power may be lent. */
const MAX_TTL = "168h";

/**
 * Checks what a Delegation means by itself: patterns that can match, lists that say something, a lifetime, and a depth only where the chain begins.
 * All errors at once. Whether the delegator has what it lends is not known here.
 */
export function validateDelegation(delegation: Delegation): FieldError[] {
  const { spec } = delegation;
  const { targets } = spec;
  const errors = [
    ...durationErrors("spec.ttl", spec.ttl, MAX_TTL),
    ...globErrors("spec.actions", spec.actions),
    ...globErrors("spec.targets.ids", targets?.ids),
  ];
  const selections: [path: string, list: readonly string[] | undefined][] = [
    ["spec.actions", spec.actions],
    ["spec.targets.ids", targets?.ids],
    ["spec.targets.environments", targets?.environments],
    ["spec.targets.sensitivities", targets?.sensitivities],
    ["spec.targets.types", targets?.types],
  ];
  for (const [path, list] of selections) {
    if (list?.length === 0)
      errors.push(fieldError(path, "Empty", "selects nothing", "leave it out to select everything"));
  }
  if (targets && Object.keys(targets).length === 0)
    errors.push(fieldError("spec.targets", "Empty", "selects nothing", "leave it out to select every target"));
  const lists: [path: string, list: readonly string[] | undefined][] = [
    ["spec.roles", spec.roles],
    ["spec.groups", spec.groups],
    ...selections,
  ];
  for (const [path, list = []] of lists) {
    for (const value of duplicates(list)) {
      errors.push(fieldError(`${path}[${list.lastIndexOf(value)}]`, "Duplicate", `${show(value)} is there twice`));
    }
  }
  if (spec.parentRef && spec.maxDepth !== undefined) {
    const message = `${show(spec.maxDepth)} can't be given with parentRef`;
    errors.push(fieldError("spec.maxDepth", "Conflict", message, "the first Delegation of the chain sets it"));
  }
  return errors;
}

function globErrors(path: string, globs: readonly string[] | undefined): FieldError[] {
  return (globs ?? []).flatMap((glob, i) => {
    const problem = globProblem(glob);
    return problem === undefined ? [] : [fieldError(`${path}[${i}]`, "BadGlob", `${show(glob)} ${problem}`)];
  });
}
