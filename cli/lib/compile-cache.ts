import { mkdirSync, statSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";

/** Makes one folder; whether it is there then. Not recursively: Node loops for ever over some paths that can't be made. */
function made(folder: string): boolean {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch {
    // it is there already, or it can't be made
  }
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
}

/**
 * Keeps compiled code between runs, which nearly halves a start. In the user's own cache, never in a folder that others may write
 * to; where it can't be written, nothing is kept. `NODE_DISABLE_COMPILE_CACHE=1` turns it off.
 */
const base = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
const folder = join(base, "agent-safe");
if (made(base) && made(folder)) enableCompileCache(join(folder, "compiled"));
