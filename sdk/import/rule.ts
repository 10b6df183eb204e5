import type { PolicyRule } from "../../controller/api/types.ts";
import { MAX_GLOB_LENGTH } from "../../controller/policy/glob.ts";
import { toGlob } from "./glob.ts";
import type { Names } from "./names.ts";
import { fault, inside, type Place, shown, warn } from "./problem.ts";
import type { PythonRule } from "./shapes.ts";
import { toWindows, type Window } from "./window.ts";

type Match = PolicyRule["match"];

/** Deepest delegation that there is; a rule that allows more allows all. */
const MAX_DEPTH = 5;

/** A match, the lists of which may be longer than a rule may have; undefined when it never holds. */
interface Draft {
  match: Match;
  never: string | undefined;
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}

function targets(rule: PythonRule, types: Names, draft: Draft): void {
  const given = rule.match.targets;
  if (!given) return;
  const made: NonNullable<Match["targets"]> = {};
  for (const key of ["environments", "sensitivities", "types"] as const) {
    if (given[key]?.length === 0) draft.never ??= `match.targets.${key}`;
  }
  if (given.environments) made.environments = unique(given.environments);
  if (given.sensitivities) made.sensitivities = unique(given.sensitivities);
  if (given.types) made.types = unique(given.types).map((type) => types.of(type));
  if (given.labels && given.labels.size > 0) made.labels = Object.fromEntries(given.labels);
  draft.match.targets = made;
}

function callers(rule: PythonRule, draft: Draft): void {
  const given = rule.match.callers;
  if (!given) return;
  const made: NonNullable<Match["callers"]> = {};
  for (const [key, name] of [
    ["agent_ids", "agentIds"],
    ["roles", "roles"],
    ["groups", "groups"],
    ["delegated_from", "delegatedFrom"],
  ] as const) {
    const values = given[key];
    if (!values) continue;
    const known = unique(values).filter((value) => value !== ""); // nobody is called nothing
    if (known.length === 0) draft.never ??= `match.callers.${key}`;
    else made[name] = known;
  }
  const depth = given.max_delegation_depth;
  if (depth !== undefined && depth < 0) draft.never ??= "match.callers.max_delegation_depth";
  else if (depth !== undefined && depth <= MAX_DEPTH) made.maxDelegationDepth = depth;
  else if (depth !== undefined) draft.match.when = `size(agent.delegation) <= ${depth}`;
  if (given.require_delegation !== undefined) made.requireDelegation = given.require_delegation;
  draft.match.callers = made;
}

function toDraft(rule: PythonRule, types: Names, place: Place): Draft {
  const draft: Draft = { match: {}, never: undefined };
  const { actions, risk_classes: risks, time_windows: windows, require_ticket: ticket } = rule.match;
  const globs = unique(actions.filter((glob) => glob !== "").map(toGlob));
  if (globs.length === 0) draft.never = "match.actions";
  for (const glob of globs) {
    if (glob.length > Math.min(128, MAX_GLOB_LENGTH))
      fault(inside(place, "match", "actions"), `${shown(glob)} is longer than 128 characters`);
  }
  if (!globs.includes("*")) draft.match.actions = globs;
  targets(rule, types, draft);
  callers(rule, draft);
  if (risks) draft.match.riskClasses = unique(risks);
  if (risks?.length === 0) draft.never ??= "match.risk_classes";
  if (windows) {
    const made = windows.flatMap(toWindows);
    if (made.length === 0) draft.never ??= "match.time_windows";
    const days = windows.flatMap((window) => window.days ?? []);
    if (days.some((day) => day < 0 || day > 6))
      warn(inside(place, "match", "time_windows"), "has a day other than 0 (Monday) to 6, which never comes");
    draft.match.timeWindows = unique(made.map((window) => JSON.stringify(window))).map(
      (text) => JSON.parse(text) as Window,
    );
  }
  if (ticket !== undefined) draft.match.requireTicket = ticket;
  return draft;
}

/** The same match several times over where one list is too long, each with a part of it. */
function split(match: Match): Match[] {
  const parts = <T>(list: T[] | undefined, most: number): (T[] | undefined)[] =>
    list === undefined
      ? [undefined]
      : Array.from({ length: Math.ceil(list.length / most) }, (_, i) => list.slice(i * most, (i + 1) * most));
  let matches = parts(match.actions, 64).map((actions) => ({ ...match, ...(actions && { actions }) }));
  matches = matches.flatMap((each) =>
    parts(each.timeWindows, 32).map((timeWindows) => ({ ...each, ...(timeWindows && { timeWindows }) })),
  );
  matches = matches.flatMap((each) =>
    parts(each.targets?.types, 64).map((types) => (types ? { ...each, targets: { ...each.targets, types } } : each)),
  );
  for (const key of ["agentIds", "roles", "groups", "delegatedFrom"] as const) {
    matches = matches.flatMap((each) =>
      parts(each.callers?.[key], 64).map((list) =>
        list ? { ...each, callers: { ...each.callers, [key]: list } } : each,
      ),
    );
  }
  return matches;
}

function without(match: Match, emptied: string): Match {
  const made = structuredClone(match);
  if (emptied.startsWith("match.targets") && made.targets) {
    for (const key of ["environments", "sensitivities", "types"] as const)
      if (made.targets[key]?.length === 0) delete made.targets[key];
  }
  for (const key of ["actions", "riskClasses", "timeWindows"] as const) if (made[key]?.length === 0) delete made[key];
  return made;
}

/** The rules that say the same, one as a rule; `names` gives each a name of its own. */
export function toRules(rule: PythonRule, types: Names, names: Names, place: Place): PolicyRule[] {
  const { match, never } = toDraft(rule, types, place);
  const name = (): string => names.next(rule.name);
  const common = {
    priority: rule.priority,
    decision: rule.decision,
    reason: rule.reason.slice(0, 1024),
    ...(rule.description !== "" && { description: rule.description.slice(0, 1024) }),
  };
  if (rule.reason.length > 1024) warn(inside(place, "reason"), "is cut to 1024 characters");
  if (never !== undefined) {
    warn(
      place,
      `the rule never matches: ${never} is empty or can't hold; it is disabled`,
      "remove it, or say what it is for",
    );
    const [first] = split(without(match, never));
    return [{ name: name(), ...common, disabled: true, match: first ?? {} }];
  }
  if (rule.match.targets && Object.keys(match.targets ?? {}).length === 0 && rule.decision === "allow")
    warn(inside(place, "match", "targets"), "is empty and asks only that the target is known");
  return split(match).map((each) => ({ name: name(), ...common, match: each }));
}
