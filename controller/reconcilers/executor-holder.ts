import { randomUUID } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** File in a log's folder that names the log, for as long as its volume lives. */
const FILE = "log-id";
const MAX_HOST = 150;

/**
 * The holder of this process's claims: `<host>/<id of its log>/<boot>`. The log's id lies beside the log, so a process
 * that finds its own id in a claim may ask its own log about it, and one whose volume was lost may not: an intent
 * that is missing from another log proves nothing. `process` is `<host>/<boot>`.
 */
export async function executorHolder(process: string, logDir: string): Promise<string> {
  const slash = process.lastIndexOf("/");
  const [host, boot] = [process.slice(0, Math.max(0, slash)), process.slice(slash + 1)];
  await mkdir(logDir, { recursive: true, mode: 0o700 });
  return `${host.slice(0, MAX_HOST)}/${await logId(join(logDir, FILE))}/${boot}`;
}

/** The id of the log that the process of a holder writes; "" when the holder does not say. */
export function logOf(holder: string): string {
  return holder.split("/").at(-2) ?? "";
}

async function logId(file: string): Promise<string> {
  try {
    await writeFile(file, randomUUID(), { flag: "wx", mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
  const id = (await readFile(file, "utf8")).trim();
  if (!/^[0-9a-f-]{36}$/.test(id))
    throw new Error(`${file} does not hold an id; delete it if the log beside it is new`);
  return id;
}
