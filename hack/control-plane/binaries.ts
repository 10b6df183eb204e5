import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { type Logger, silentLogger } from "../lib/logger.ts";
import { type Binaries, cacheDirectory, type ProgramName, programNames } from "./versions.ts";

/** The programs of the control plane, from the first source that has each. */
export async function ensureBinaries(options: { logger?: Logger; env?: NodeJS.ProcessEnv } = {}): Promise<Binaries> {
  const { logger = silentLogger, env = process.env } = options;
  const cache = cacheDirectory(env);
  const found: Partial<Record<ProgramName, string>> = {};
  for (const name of programNames) {
    const path = join(cache, name);
    if (isExecutable(path)) found[name] = path;
  }
  const missing = programNames.filter((name) => found[name] === undefined);
  if (missing.length > 0) {
    logger.info(`missing: ${missing.join(", ")}`);
    throw new Error(`missing programs of the control plane: ${missing.join(", ")}`);
  }
  return found as Binaries;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
