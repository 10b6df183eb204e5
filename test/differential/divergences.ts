import type { ActionParameter } from "../../controller/api/types.ts";
import type { Decision } from "../../controller/policy/types.ts";
import { LEFTOVERS_ANNOTATION } from "../../sdk/import/leftovers.ts";
import { NOTHING } from "../../sdk/import/pattern.ts";
import type { Problem } from "../../sdk/project/problem.ts";
import type { Asked } from "./generate-request.ts";
import type { Answer } from "./oracle.ts";
import { answerOf, askOurs, type Ours } from "./ours.ts";

/** A case that the two sides decide differently. */
export interface Disagreement {
  ours: Ours;
  asked: Asked;
  /** The request as Python got it, in which `3.0` is not `3`. */
  json: string;
  theirs: Answer;
  made: Decision;
}

/** A difference that is meant. `holds` knows it by its own marks, never by the mere disagreement. */
export interface Divergence {
  id: string;
  holds(of: Disagreement): boolean;
}

function parameters({ ours, asked }: Disagreement): readonly ActionParameter[] {
  return ours.engine.getAction(asked.action)?.spec.parameters ?? [];
}

function kept({ ours, asked }: Disagreement): string[] {
  const text = ours.engine.getAction(asked.action)?.metadata.annotations?.[LEFTOVERS_ANNOTATION];
  return text === undefined ? [] : Object.keys(JSON.parse(text) as object);
}

/** The wall clock of a time as if it were UTC: what the Python project reads hours and days from. */
function wallClock(asked: Asked): Asked {
  return { ...asked, time: `${asked.time.slice(0, 19)}+00:00` };
}

/** All meant differences that a generated case can show, in the order of docs/differences.md. */
export const DIVERGENCES: readonly Divergence[] = [
  {
    // Without parameters nothing is checked there, so a required one may be missing.
    id: "empty-parameters",
    holds: (of) =>
      Object.keys(of.asked.params ?? {}).length === 0 &&
      of.made.cause === "InvalidParameters" &&
      parameters(of).some(({ required }) => required !== false),
  },
  {
    // Hours and days are those of the timestamp's own offset there.
    id: "own-offset",
    holds: (of) => {
      if (!/[+-]\d\d:\d\d$/.test(of.asked.time) || of.asked.time.endsWith("+00:00")) return false;
      const again = askOurs(of.ours, wallClock(of.asked), "again");
      return JSON.stringify(answerOf(of.ours, again)) === JSON.stringify(of.theirs);
    },
  },
  {
    // JSON has one kind of number: 3.0 is 3, and an integer.
    id: "whole-floats",
    holds: (of) =>
      parameters(of).some(({ name, type, constraints }) => {
        const numeric = type === "integer" || type === "number";
        const written = new RegExp(`"${name}":-?\\d+\\.0\\b`).test(of.json);
        const wholeEnum = type === "number" && (constraints?.enum ?? []).some((value) => Number.isInteger(value));
        return numeric && (written || (wholeEnum && Number.isInteger(of.asked.params?.[name])));
      }),
  },
  {
    // What RE2 can't say accepts nothing here. What Python can't compile raises there, before any limit is looked at.
    id: "patterns",
    holds: (of) =>
      (of.made.cause === "InvalidParameters" || ("error" in of.theirs && of.theirs.error.startsWith("error: "))) &&
      parameters(of).some(
        ({ name, constraints }) =>
          constraints?.pattern === NOTHING &&
          typeof of.asked.params?.[name] === "string" &&
          kept(of).includes(`parameters.${name}.constraints`),
      ),
  },
  {
    // No parameter is larger than what survives JSON everywhere.
    id: "large-numbers",
    holds: ({ made, asked }) =>
      made.cause === "InvalidParameters" &&
      Object.values(asked.params ?? {}).some(
        (value) => typeof value === "number" && Math.abs(value) > Number.MAX_SAFE_INTEGER,
      ),
  },
  {
    // How often something was lent is the length of the chain here, not a number beside it.
    id: "claimed-depth",
    holds: ({ asked: { caller } }) =>
      typeof caller === "object" && caller?.depth !== undefined && caller.depth !== (caller.chain ?? []).length,
  },
];

/** The meant difference that explains a disagreement, or undefined. */
export function explain(of: Disagreement): Divergence | undefined {
  return DIVERGENCES.find((divergence) => divergence.holds(of));
}

/** Projects that load there and are refused here, by what the import says of each fault. */
const REFUSALS: readonly (readonly [id: string, message: RegExp])[] = [
  ["duplicate-parameters", /the parameter .* is declared twice/],
  [
    "names",
    /\.name: .* must be a letter or _|^name: .* can't be the name of an object|\.id: .* can't be the id of a target/,
  ],
  ["unlimited-limits", /^(?:rate_limit|cumulative_risk): must be a mapping/],
];

/** The meant difference that explains why a project is refused here, or undefined when any of its errors is not one. */
export function explainRefusal(errors: readonly Problem[]): string | undefined {
  const ids = errors.map(
    ({ path, message }) => REFUSALS.find(([, known]) => known.test(`${path}: ${message}`) || known.test(message))?.[0],
  );
  return ids.every((id) => id !== undefined) ? ids[0] : undefined;
}
