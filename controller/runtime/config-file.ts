import { readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { isMap, isScalar, LineCounter, type Node, parseDocument } from "yaml";
import { CONFIG_KEYS, configValueProblem } from "../api/config-keys.ts";
import { nearest } from "../api/near-names.ts";
import { show } from "../api/schema-error.ts";

/** Name of the settings file. */
export const CONFIG_FILE_NAME = "agent-safe.yaml";

export type ConfigErrorCode = "Unreadable" | "Syntax" | "NotAMapping" | "UnknownKey" | "BadValue";

/** What is wrong with a settings file; the message begins with `file:line:column` and names the key. */
export class ConfigError extends Error {
  readonly code: ConfigErrorCode;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  constructor(code: ConfigErrorCode, file: string, at: { line: number; col: number }, message: string) {
    super(`${file}:${at.line}:${at.col}: ${message}`);
    this.name = "ConfigError";
    this.code = code;
    this.file = file;
    this.line = at.line;
    this.column = at.col;
  }
}

/** The nearest settings file from the folder `from` upwards, or undefined. */
export function findConfigFile(from: string): string | undefined {
  for (let dir = resolve(from); ; dir = dirname(dir)) {
    const file = join(dir, CONFIG_FILE_NAME);
    if (statSync(file, { throwIfNoEntry: false })?.isFile()) return file;
    if (dirname(dir) === dir) return undefined;
  }
}

/**
 * All settings of a file, whoever reads them. Throws ConfigError at the first thing that is wrong with it: it is never read in
 * part, and never ignored. Values are as YAML has them.
 */
export function readConfigFile(file: string): ReadonlyMap<string, unknown> {
  const start = { line: 1, col: 1 };
  let source: string;
  try {
    source = readFileSync(file, "utf8");
  } catch (error) {
    throw new ConfigError("Unreadable", file, start, error instanceof Error ? error.message : String(error));
  }
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem) throw new ConfigError("Syntax", file, lines.linePos(problem.pos[0]), problem.message);
  const settings = new Map<string, unknown>();
  const { contents } = document;
  if (contents === null || (isScalar(contents) && contents.value === null)) return settings;
  if (!isMap(contents)) throw new ConfigError("NotAMapping", file, start, "must be a mapping of settings.");
  for (const pair of contents.items) {
    const node = pair.key as Node;
    const at = node.range ? lines.linePos(node.range[0]) : start;
    const name = isScalar(node) ? String(node.value) : "";
    const key = Object.hasOwn(CONFIG_KEYS, name) ? CONFIG_KEYS[name] : undefined;
    if (!key) {
      const near = nearest(name, Object.keys(CONFIG_KEYS));
      const hint =
        near === undefined ? `; known are ${Object.keys(CONFIG_KEYS).join(", ")}` : `; did you mean ${near}?`;
      throw new ConfigError("UnknownKey", file, at, `${show(name)} is no setting${hint}`);
    }
    const value = (pair.value as Node | null)?.toJS(document) as unknown;
    const wrong = configValueProblem(key, value ?? "");
    if (wrong !== undefined) throw new ConfigError("BadValue", file, at, `"${name}" ${wrong}`);
    settings.set(name, value);
  }
  return settings;
}
