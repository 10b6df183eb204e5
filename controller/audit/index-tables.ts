import { chmod } from "node:fs/promises";
import type { ChargeRow } from "../limits/charge-row.ts";
import { AuditError } from "./errors.ts";
import { EXECUTION_TYPES, type IndexRow } from "./index-rows.ts";
import { openSqlite, type Sqlite } from "./sqlite.ts";

/** Each entry brings the index one version up. An index of a later version is thrown away. */
const MIGRATIONS = [
  `CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
   CREATE TABLE events (seq INTEGER PRIMARY KEY, time INTEGER NOT NULL, type TEXT NOT NULL, uid TEXT, ns TEXT, name TEXT,
     attempt INTEGER, result TEXT);
   CREATE INDEX events_uid ON events (uid, seq) WHERE uid IS NOT NULL;
   CREATE INDEX events_type ON events (type, time);`,
  // Emptied, so that the charges of all events are read: an older program may have indexed events of a newer one.
  `CREATE TABLE charges (key TEXT NOT NULL, agent TEXT NOT NULL, time INTEGER NOT NULL, nth INTEGER NOT NULL,
     score INTEGER NOT NULL, denied INTEGER NOT NULL, PRIMARY KEY (key, agent)) WITHOUT ROWID;
   CREATE INDEX charges_time ON charges (time, nth);
   DELETE FROM events;`,
];

/**
 * Opens the database and brings it to the present version.
 * @throws AuditError LOG_CORRUPT when it is damaged or of a later version, and SQLite's own errors
 */
export async function openTables(path: string): Promise<Sqlite> {
  const opened = await openSqlite(path);
  try {
    await chmod(path, 0o600);
    await opened.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -8000;");
    const [check] = await opened.all<{ quick_check: string }>("PRAGMA quick_check(1)");
    if (check?.quick_check !== "ok") throw new AuditError("LOG_CORRUPT", `the index is damaged: ${check?.quick_check}`);
    const [version] = await opened.all<{ user_version: number }>("PRAGMA user_version");
    const from = version?.user_version ?? 0;
    if (from > MIGRATIONS.length) throw new AuditError("LOG_CORRUPT", "the index is of a later version");
    for (let i = from; i < MIGRATIONS.length; i++) {
      await opened.exec(`BEGIN; ${MIGRATIONS[i]} PRAGMA user_version = ${i + 1}; COMMIT;`);
    }
    await opened.all("SELECT 1 FROM charges LIMIT 1");
    return opened;
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** Number of events in the index. @throws AuditError LOG_CORRUPT when some are missing */
export async function countEvents(from: Sqlite): Promise<number> {
  const [row] = await from.all<{ count: number; last: number | null }>(
    "SELECT count(*) count, max(seq) last FROM events",
  );
  const count = row?.count ?? 0;
  if (count !== (row?.last ?? -1) + 1) throw new AuditError("LOG_CORRUPT", "the index has gaps");
  return count;
}

/** Id of the first event of the log that the index is of. */
export async function readGenesis(from: Sqlite): Promise<string | undefined> {
  const [meta] = await from.all<{ value: string }>("SELECT value FROM meta WHERE key = 'genesis'");
  return meta?.value;
}

/** Remembers which log the index is of. */
export async function writeGenesis(to: Sqlite, id: string): Promise<void> {
  await to.run("INSERT OR REPLACE INTO meta VALUES ('genesis', ?)", [id]);
}

/** Adds rows. Their charges go first: a crash in between repeats them, and repeating a charge changes nothing. */
export async function insertRows(to: Sqlite, rows: readonly IndexRow[]): Promise<void> {
  const charges = rows.flatMap((row) => row[8]);
  if (charges.length > 0) {
    await to.run(
      `INSERT INTO charges SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5 FROM json_each(?) WHERE true
       ON CONFLICT DO UPDATE SET score = max(score, excluded.score), denied = max(denied, excluded.denied),
         nth = iif(excluded.time > time, excluded.nth, nth), time = max(time, excluded.time)`,
      [JSON.stringify(charges)],
    );
  }
  await to.run(
    `INSERT INTO events SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7 FROM json_each(?)`,
    [JSON.stringify(rows)],
  );
}

/** Rows of what was executed for a request, in order. */
export async function executionRows(from: Sqlite, uid: string): Promise<IndexRow[]> {
  const types = EXECUTION_TYPES.map((type) => `'${type}'`).join(", ");
  const rows = await from.all<{
    seq: number;
    time: number;
    type: string;
    attempt: number | null;
    result: string | null;
  }>(`SELECT seq, time, type, attempt, result FROM events WHERE uid = ? AND type IN (${types}) ORDER BY seq`, [uid]);
  return rows.map(({ seq, time, type, attempt, result }) => [
    seq,
    time,
    type,
    uid,
    null,
    null,
    attempt,
    result === null ? null : String(result),
    [],
  ]);
}

const CHARGES_PER_PAGE = 10_000;

/** Charges made at `since` (epoch ms) or later, in the order in which they were made, by the page. */
export async function* chargePages(from: Sqlite, since: number): AsyncGenerator<ChargeRow[]> {
  let last: [number, number, string, string] = [since, -1, "", ""];
  for (;;) {
    const rows = await from.all<Omit<ChargeRow, "denied" | "refused"> & { denied: number }>(
      `SELECT key, agent, time, nth, score, denied FROM charges WHERE (time, nth, key, agent) > (?, ?, ?, ?)
       ORDER BY time, nth, key, agent LIMIT ${CHARGES_PER_PAGE}`,
      last,
    );
    const page = rows.map((row) => ({ ...row, denied: row.denied === 1, refused: false }));
    if (page.length > 0) yield page;
    const end = page.at(-1);
    if (end === undefined || page.length < CHARGES_PER_PAGE) return;
    last = [end.time, end.nth, end.key, end.agent];
  }
}
