import { createReadStream } from "node:fs";
import { lstat, readdir, stat } from "node:fs/promises";
import { join, relative, resolve, sep } from "node:path";
import { CONFIG_FILE_NAME } from "../../controller/runtime/config-file.ts";
import type { Problem } from "./problem.ts";

/** Larger files are no manifests. */
const MAX_BYTES = 16 * 1024 * 1024;

export interface FileText {
  /** As problems name it. */
  name: string;
  text: string;
}

/** A file's problem as a whole. */
export function fileProblem(name: string, code: string, message: string): Problem {
  return { file: name, line: 1, column: 1, path: "", code, message, severity: "error" };
}

/** A path as it is told: relative to the working directory when it is below that. */
export function shownPath(path: string, cwd: string): string {
  const near = relative(cwd, resolve(cwd, path));
  return near === "" ? "." : near.startsWith(`..${sep}`) || near === ".." ? resolve(cwd, path) : near;
}

function explain(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * All YAML and JSON files below a folder (or the one file), sorted. Hidden folders and `node_modules` are left out, as is the
 * settings file; links to files are followed, links to folders not.
 */
export async function findFiles(path: string, problems: Problem[], cwd: string): Promise<string[]> {
  const found: string[] = [];
  const walk = async (dir: string): Promise<void> => {
    const entries = await readdir(dir, { withFileTypes: true });
    for (const entry of entries) {
      const at = join(dir, entry.name);
      if (entry.isDirectory()) {
        if (!entry.name.startsWith(".") && entry.name !== "node_modules") await walk(at).catch((e) => trouble(at, e));
      } else if (/\.(ya?ml|json)$/i.test(entry.name) && !skipped(entry.name)) {
        if (entry.isFile() || (entry.isSymbolicLink() && (await isFile(at)))) found.push(at);
      }
    }
  };
  const trouble = (at: string, error: unknown): void => {
    problems.push(fileProblem(shownPath(at, cwd), "Unreadable", explain(error)));
  };
  try {
    if ((await stat(path)).isDirectory()) await walk(path);
    else found.push(path);
  } catch (error) {
    trouble(path, error);
  }
  return found.sort();
}

/** Not manifests, though they are JSON or YAML. */
function skipped(name: string): boolean {
  return name === CONFIG_FILE_NAME || name === "package.json" || name === "package-lock.json" || name.startsWith(".");
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    // A link to nowhere is a problem of its own, told when it is read.
    return (await lstat(path)).isSymbolicLink();
  }
}

/** Reads a file, or says why that can't be. */
export async function readText(path: string, problems: Problem[], cwd: string): Promise<FileText | undefined> {
  const name = shownPath(path, cwd);
  try {
    const bytes = await readBounded(path);
    if (!bytes) {
      problems.push(fileProblem(name, "TooLarge", `has more than ${MAX_BYTES} bytes; a manifest is smaller`));
      return undefined;
    }
    return { name, text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch (error) {
    problems.push(fileProblem(name, "Unreadable", explain(error)));
    return undefined;
  }
}

/** What a file holds, undefined when it is too much; devices and pipes, which have no size, are read no further either. */
async function readBounded(path: string): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 })) {
    size += (chunk as Uint8Array).length;
    if (size > MAX_BYTES) return undefined;
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks);
}
