import { accessSync, constants, statSync } from "node:fs";
import { join } from "node:path";
import { type Binaries, programNames } from "./versions.ts";

/** The programs of the control plane that a folder holds; none when there is no folder. */
export function executablesIn(directory: string | undefined): Partial<Binaries> {
  if (!directory) return {};
  const found = programNames.map((name) => [name, join(directory, name)] as const);
  return Object.fromEntries(found.filter(([, path]) => isExecutable(path)));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
