import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Problem } from "../project/problem.ts";
import { shown } from "./problem.ts";
import { type PyYamlFile, readPyYaml } from "./pyyaml.ts";

const MAX_BYTES = 16 * 1024 * 1024;

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}

/** Negative when `a` sorts before `b` as Python sorts texts: by code point. */
function byCodePoint(a: string, b: string): number {
  const left = [...a];
  const right = [...b];
  for (let i = 0; i < left.length && i < right.length; i++) {
    const difference = (left[i]?.codePointAt(0) ?? 0) - (right[i]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** The `*.yaml` and `*.yml` of a folder, not below it, in the order in which the project reads them. */
export function yamlFiles(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => /\.ya?ml$/.test(name))
    .sort(byCodePoint)
    .map((name) => join(folder, name));
}

/** All YAML files below a folder, by path; empty when there is no such folder. */
export function yamlFilesBelow(folder: string): string[] {
  if (!isFolder(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.ya?ml$/.test(name) && !/(^|\/)(\.|node_modules\/)/.test(name))
    .sort(byCodePoint)
    .map((name) => join(folder, name));
}

function trouble(file: string, message: string): Problem {
  return { file, line: 1, column: 1, path: "", code: "Unreadable", message, severity: "error" };
}

/** Reads a folder's files in order; a folder that is missing is an error. */
export function readFolder(folder: string, shownAs: string, problems: Problem[]): { name: string; file: PyYamlFile }[] {
  if (!isFolder(folder)) {
    problems.push(trouble(shownAs, "is no folder"));
    return [];
  }
  return yamlFiles(folder).flatMap((path) => {
    const name = path.slice(folder.length).replace(/^\/+/, "");
    const file = readOne(path, `${shownAs}/${name}`, problems);
    return file ? [{ name, file }] : [];
  });
}

/** Reads one file; undefined when it can't be read. */
export function readOne(path: string, shownAs: string, problems: Problem[]): PyYamlFile | undefined {
  try {
    const bytes = readFileSync(path);
    if (bytes.length > MAX_BYTES) throw new Error(`has more than ${MAX_BYTES} bytes`);
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
    return readPyYaml(shownAs, text, problems);
  } catch (error) {
    problems.push(trouble(shownAs, `can't be read: ${shown(error instanceof Error ? error.message : String(error))}`));
    return undefined;
  }
}
