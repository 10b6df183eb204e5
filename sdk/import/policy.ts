import type { ActionPolicy, PolicyRule } from "../../controller/api/types.ts";
import { LEFTOVERS_ANNOTATION } from "./leftovers.ts";
import { Names, ruleSlug, slug } from "./names.ts";
import { inside, type Place, warn } from "./problem.ts";
import { toRules } from "./rule.ts";
import type { PythonRule } from "./shapes.ts";

const MAX_RULES = 128;
const MAX_PRIORITY = 1_000_000;

/** A file of rules, in the order in which the project reads its files. */
export interface RuleFile {
  /** Its name without the ending. */
  name: string;
  place: Place;
  rules: PythonRule[];
}

interface Part {
  name: string;
  rules: PolicyRule[];
  original: Record<string, string>;
}

/** Priorities that are too great or too small become ranks, all of them, which keeps their order. */
function ranks(files: readonly RuleFile[]): Map<number, number> | undefined {
  const all = [...new Set(files.flatMap((file) => file.rules.map((rule) => rule.priority)))].sort((a, b) => a - b);
  if (all.every((priority) => Math.abs(priority) <= MAX_PRIORITY)) return undefined;
  const [first] = files;
  if (first)
    warn(
      first.place,
      `priorities beyond ±${MAX_PRIORITY} are not possible; all priorities became ranks, in the same order`,
    );
  return new Map(all.map((priority, rank) => [priority, rank]));
}

function toParts(file: RuleFile, types: Names, priorities: Map<number, number> | undefined): Part[] {
  const names = new Names(ruleSlug);
  const original: Record<string, string> = {};
  const rules = file.rules.flatMap((rule, i) => {
    const priority = priorities?.get(rule.priority) ?? rule.priority;
    const made = toRules({ ...rule, priority }, types, names, inside(file.place, "rules", i));
    for (const { name } of made) if (name !== rule.name) original[name] = rule.name;
    return made;
  });
  const parts: Part[] = [];
  for (let from = 0; from < rules.length; from += MAX_RULES) {
    const some = rules.slice(from, from + MAX_RULES);
    const renamed = Object.fromEntries(
      some.flatMap(({ name }) => (original[name] === undefined ? [] : [[name, original[name]]])),
    );
    parts.push({ name: file.name, rules: some, original: renamed });
  }
  return parts;
}

/** Whether names sort as they stand, without a number before them. */
function sorted(names: readonly string[]): boolean {
  return names.every((name, i) => i === 0 || (names[i - 1] ?? "") < name);
}

/**
 * The policies that say the same. Rules of one priority are looked at by policy name and order, so names keep the order of the
 * files, with a number in front where they would not sort so by themselves.
 */
export function toPolicies(files: readonly RuleFile[], types: Names): ActionPolicy[] {
  const priorities = ranks(files);
  const parts = files.flatMap((file) => toParts(file, types, priorities));
  const plain = parts.map((part) => slug(part.name, "policy"));
  const width = String(parts.length).length;
  const names = sorted(plain) ? plain : plain.map((name, i) => `${String(i + 1).padStart(width, "0")}-${name}`);
  return parts.map(({ rules, original }, i) => ({
    apiVersion: "agentsafe.dev/v1alpha1",
    kind: "ActionPolicy",
    metadata: {
      name: names[i] ?? "policy",
      ...(Object.keys(original).length > 0 && {
        annotations: { [LEFTOVERS_ANNOTATION]: JSON.stringify({ names: original }) },
      }),
    },
    spec: { rules },
  }));
}
