import type { Problem } from "../project/problem.ts";

/** Keys and indexes from the top of a file to a value. */
export type Path = readonly (string | number)[];

/** A file that is being read, and where its problems go. */
export interface Source {
  file: string;
  /** Line and column of a value; of its nearest ancestor when it is not written itself. */
  locate(path: Path): { line: number; column: number };
  problems: Problem[];
}

/** A value's place in its file. */
export interface Place {
  source: Source;
  path: Path;
}

/** The place of a member. */
export function inside(place: Place, ...path: Path): Place {
  return { source: place.source, path: [...place.path, ...path] };
}

/** A path as people write it: `rules[2].match`. */
export function pathText(path: Path): string {
  return path.map((part, i) => (typeof part === "number" ? `[${part}]` : i === 0 ? part : `.${part}`)).join("");
}

/** A value as a message shows it: escaped, on one line and short. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function report(severity: Problem["severity"], place: Place, message: string, hint?: string): void {
  const { source, path } = place;
  source.problems.push({
    file: source.file,
    ...source.locate(path),
    path: pathText(path),
    code: severity === "error" ? "NotImportable" : "Imported",
    message,
    severity,
    ...(hint !== undefined && { hint }),
  });
}

/** Says that the project can't be imported because of this. */
export function fault(place: Place, message: string, hint?: string): void {
  report("error", place, message, hint);
}

/** Says that something is read otherwise than it may look, or that something is left to be done. */
export function warn(place: Place, message: string, hint?: string): void {
  report("warning", place, message, hint);
}
