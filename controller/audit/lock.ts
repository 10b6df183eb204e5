import { open } from "node:fs/promises";
import { join } from "node:path";
import sqlite3 from "sqlite3";
import { AuditError, errnoOf, messageOf } from "./errors.ts";

/** Name of the file whose lock makes a writer the only one. */
export const LOCK_FILE = "writer.lock";

/**
 * Takes the folder's writer lock, or refuses at once. The lock is the kernel's (POSIX record lock, taken through
 * SQLite, since Node has no call for it): it ends with the process however that dies, needs no guess about process ids (two
 * containers on one volume have pid 1 both), and SQLite also refuses a second taker within the same process. The file stays
 * empty: `BEGIN EXCLUSIVE` locks, nothing is written.
 * @returns a function that gives the lock back
 * @throws AuditError LOG_LOCKED
 */
export async function takeWriterLock(dir: string): Promise<() => Promise<void>> {
  const path = join(dir, LOCK_FILE);
  await makeOnce(path);
  const database = await new Promise<sqlite3.Database>((resolve, reject) => {
    const opened = new sqlite3.Database(path, (error) => (error ? reject(error) : resolve(opened)));
  }).catch((error: unknown) => {
    throw new AuditError("AUDIT_UNAVAILABLE", `${path} can't be opened`, { cause: error });
  });
  const close = () =>
    new Promise<void>((resolve, reject) => database.close((error) => (error ? reject(error) : resolve())));
  try {
    // No journal file: there is nothing to roll back.
    await run(database, "PRAGMA journal_mode = OFF");
    await run(database, "BEGIN EXCLUSIVE");
  } catch (error) {
    await close();
    const busy = error instanceof Error && "code" in error && error.code === "SQLITE_BUSY";
    if (busy) throw new AuditError("LOG_LOCKED", `another process writes the log in ${dir}`, { cause: error });
    throw new AuditError("AUDIT_UNAVAILABLE", `the lock of ${dir} can't be taken`, { cause: error });
  }
  return close;
}

function run(database: sqlite3.Database, sql: string): Promise<void> {
  return new Promise((resolve, reject) =>
    database.run(sql, (error: Error | null) => (error ? reject(error) : resolve())),
  );
}

/**
 * Makes the file when it is not there yet (SQLite would make it readable to others). It never opens one that exists:
 * closing any descriptor of a file gives up all POSIX locks that the process has on it.
 */
async function makeOnce(path: string): Promise<void> {
  try {
    const file = await open(path, "wx", 0o600);
    await file.close();
  } catch (error) {
    if (errnoOf(error) === "EEXIST") return;
    throw new AuditError("AUDIT_UNAVAILABLE", `${path} can't be made: ${messageOf(error)}`, { cause: error });
  }
}
