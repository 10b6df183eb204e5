import { isDeepStrictEqual } from "node:util";

/** State by field name. */
export type State = Record<string, unknown>;

/** What changed between two states, field by field; keys are sorted. */
export interface StateDiff {
  added: State;
  removed: State;
  changed: Record<string, { old: unknown; new: unknown }>;
  unchanged: string[];
}

/** A shallow diff: a field is one value, however deep. 1 and true are different. */
export function diffState(before: State, after: State): StateDiff {
  const diff: StateDiff = { added: {}, removed: {}, changed: {}, unchanged: [] };
  for (const name of [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted()) {
    if (!Object.hasOwn(before, name)) diff.added[name] = after[name];
    else if (!Object.hasOwn(after, name)) diff.removed[name] = before[name];
    else if (isDeepStrictEqual(before[name], after[name])) diff.unchanged.push(name);
    else diff.changed[name] = { old: before[name], new: after[name] };
  }
  return diff;
}
