import { readdir } from "node:fs/promises";
import { join } from "node:path";

/**
 * The log folders at a path: the folder itself when it is a log, else those of its folders that are, by name.
 * @throws the file system's error when the path can't be read
 */
export async function findLogs(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true });
  const isLog = (names: readonly string[]) => names.includes("wal") || names.includes("tile");
  if (isLog(entries.map((entry) => entry.name))) return [path];
  const logs: string[] = [];
  for (const entry of entries) {
    if (entry.isDirectory() && isLog(await readdir(join(path, entry.name)))) logs.push(join(path, entry.name));
  }
  return logs.sort();
}

/** Where logs are unless `--log` says: `$AGENT_SAFE_HOME/audit`, else `.agent-safe/audit`. */
export function defaultLogPath(env: Record<string, string | undefined>): string {
  return join(env.AGENT_SAFE_HOME || ".agent-safe", "audit");
}
