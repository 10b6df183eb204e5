import { chmod, rm } from "node:fs/promises";
import { join } from "node:path";
import { AuditError, messageOf } from "./errors.ts";
import { type AuditEvent, parseEvent } from "./event.ts";
import type { AuditLogger } from "./log.ts";
import { openSqlite, type Sqlite } from "./sqlite.ts";
import { listSegments, readLines, readSegment } from "./wal.ts";

/** File name of the index. It can be deleted at any time while no writer runs: it is made anew from the log. */
export const INDEX_FILE = "index.sqlite";

/** Each entry brings the index one version up. An index of a later version is thrown away. */
const MIGRATIONS = [
  `CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
   CREATE TABLE events (seq INTEGER PRIMARY KEY, time INTEGER NOT NULL, type TEXT NOT NULL, uid TEXT, ns TEXT, name TEXT,
     attempt INTEGER, result TEXT);
   CREATE INDEX events_uid ON events (uid, seq) WHERE uid IS NOT NULL;
   CREATE INDEX events_type ON events (type, time);`,
];

const ROWS_PER_STATEMENT = 2_000;
const EXECUTION_TYPES = ["execution.intent", "execution.outcome", "execution.unknown"];

/** What the index keeps of an event: seq, time (epoch ms), type, request uid, ns, name, attempt, result. */
export type IndexRow = [
  number,
  number,
  string,
  string | null,
  string | null,
  string | null,
  number | null,
  string | null,
];

/** One attempt to execute a request. */
export interface Execution {
  attempt: number;
  /** Seq of the intent; absent when the log has an outcome alone. */
  intent?: number;
  /** Seq of the last outcome, or of the record that it is unknown. */
  outcome?: number;
  outcomeType?: "execution.outcome" | "execution.unknown";
  /** `data.result` of that outcome. */
  result?: string;
}

/** The derived index of a log. */
export interface Index {
  /** Takes a durable event. */
  add(row: IndexRow): void;
  /** Rows taken but not yet written. */
  readonly lag: number;
  /** The attempts on record for a request, by attempt. Sees rows that are not written yet. */
  executions(uid: string): Promise<Execution[]>;
  /** Resolves when every row taken so far is written. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

/** The row of an event. */
export function indexRow(
  event: Pick<AuditEvent, "seq" | "type" | "action" | "data"> & { time: string | number },
): IndexRow {
  const { action, data } = event;
  const attempt = action?.attempt ?? data.attempt;
  const result = data.result;
  return [
    event.seq,
    typeof event.time === "number" ? event.time : Date.parse(event.time),
    event.type,
    action?.uid ?? null,
    action?.ns ?? null,
    action?.name ?? null,
    typeof attempt === "number" ? attempt : null,
    typeof result === "string" ? result.slice(0, 64) : null,
  ];
}

/** Folds rows of one request into its attempts. */
export function foldExecutions(rows: readonly IndexRow[]): Execution[] {
  const attempts = new Map<number, Execution>();
  for (const [seq, , type, , , , attempt, result] of rows) {
    const key = attempt ?? 1;
    const execution = attempts.get(key) ?? { attempt: key };
    attempts.set(key, execution);
    if (type === "execution.intent") execution.intent ??= seq;
    else if (
      type === "execution.outcome" ||
      (type === "execution.unknown" && execution.outcomeType !== "execution.outcome")
    ) {
      execution.outcome = seq;
      execution.outcomeType = type;
      if (result === null) delete execution.result;
      else execution.result = result;
    }
  }
  return [...attempts.values()].sort((a, b) => a.attempt - b.attempt);
}

/**
 * Opens the index in the background; lookups wait for it. Rows that it lacks come from the log's files; one that is
 * damaged, of another log, or ahead of the log is made anew.
 * @param size durable events in the log now
 */
export function openIndex({ dir, size, logger }: { dir: string; size: number; logger: AuditLogger }): Index {
  const path = join(dir, INDEX_FILE);
  /** Taken, not yet written; in order. */
  let queue: IndexRow[] = [];
  const overlay = new Map<string, IndexRow[]>();
  let database: Sqlite | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  /** Durable events in the log, kept up with `add`: an index made anew later must reach as far. */
  let durable = size;
  let flushing: Promise<void> = Promise.resolve();

  async function insert(to: Sqlite, rows: IndexRow[]): Promise<void> {
    await to.run(
      `INSERT INTO events SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7 FROM json_each(?)`,
      [JSON.stringify(rows)],
    );
  }

  async function next(to: Sqlite): Promise<number> {
    const [row] = await to.all<{ count: number; last: number | null }>(
      "SELECT count(*) count, max(seq) last FROM events",
    );
    const count = row?.count ?? 0;
    if (count !== (row?.last ?? -1) + 1) throw new AuditError("LOG_CORRUPT", "the index has gaps");
    return count;
  }

  async function openOnce(): Promise<Sqlite> {
    const opened = await openSqlite(path);
    try {
      await chmod(path, 0o600);
      await opened.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -8000;");
      const [check] = await opened.all<{ quick_check: string }>("PRAGMA quick_check(1)");
      if (check?.quick_check !== "ok")
        throw new AuditError("LOG_CORRUPT", `the index is damaged: ${check?.quick_check}`);
      const [version] = await opened.all<{ user_version: number }>("PRAGMA user_version");
      const from = version?.user_version ?? 0;
      if (from > MIGRATIONS.length) throw new AuditError("LOG_CORRUPT", "the index is of a later version");
      for (let i = from; i < MIGRATIONS.length; i++) {
        await opened.exec(`BEGIN; ${MIGRATIONS[i]} PRAGMA user_version = ${i + 1}; COMMIT;`);
      }
      const have = await next(opened);
      const [meta] = await opened.all<{ value: string }>("SELECT value FROM meta WHERE key = 'genesis'");
      const genesis = await genesisId(dir);
      if (have > 0 && (meta?.value !== genesis || have > durable)) {
        throw new AuditError("LOG_CORRUPT", "the index is of another state of the log");
      }
      if (genesis) await opened.run("INSERT OR REPLACE INTO meta VALUES ('genesis', ?)", [genesis]);
      await catchUp(opened, have);
      return opened;
    } catch (error) {
      await opened.close();
      throw error;
    }
  }

  async function catchUp(to: Sqlite, from: number): Promise<void> {
    // Rows of the queue come by themselves; the files give what was durable before the first of them.
    const end = queue[0]?.[0] ?? durable;
    let rows: IndexRow[] = [];
    let seq = from;
    if (from >= end) return;
    for await (const { lines } of readLines(dir, from)) {
      for (const line of lines) {
        if (seq >= end) break;
        rows.push(indexRow(parseEvent(line)));
        seq++;
        if (rows.length === ROWS_PER_STATEMENT) {
          await insert(to, rows);
          rows = [];
        }
      }
      if (seq >= end) break;
    }
    if (rows.length > 0) await insert(to, rows);
  }

  async function discard(): Promise<void> {
    for (const suffix of ["", "-wal", "-shm"]) await rm(`${path}${suffix}`, { force: true });
  }

  async function ensure(): Promise<Sqlite> {
    if (database) return database;
    try {
      database = await openOnce();
    } catch (error) {
      // Then it is not the index that is at fault, and it would be thrown away at every try.
      if (messageOf(error).startsWith("SQLITE_FULL")) throw error;
      logger.warn({ error: messageOf(error) }, "the audit index can't be used; making it anew from the log");
      await discard();
      database = await openOnce();
    }
    return database;
  }

  async function flushNow(): Promise<void> {
    const to = await ensure();
    while (queue.length > 0) {
      const rows = queue.slice(0, ROWS_PER_STATEMENT);
      try {
        await insert(to, rows);
      } catch (error) {
        await drop(to);
        throw error;
      }
      queue = queue.slice(rows.length);
      for (const row of rows) forget(row);
    }
  }

  /** Whatever is wrong with it, opening it again finds out and repairs it. */
  async function drop(broken: Sqlite | undefined): Promise<void> {
    if (database === broken) database = undefined;
    try {
      await broken?.close();
    } catch (error) {
      logger.warn({ error: messageOf(error) }, "the audit index did not close");
    }
  }

  function forget(row: IndexRow): void {
    const uid = row[3];
    const rest = uid === null ? undefined : overlay.get(uid)?.filter((r) => r !== row);
    if (uid === null || !rest) return;
    if (rest.length > 0) overlay.set(uid, rest);
    else overlay.delete(uid);
  }

  function settle(): Promise<void> {
    const run = flushing.then(flushNow, flushNow);
    flushing = run;
    return run;
  }

  function schedule(delay: number): void {
    if (timer || closed) return;
    timer = setTimeout(() => {
      timer = undefined;
      settle().catch((error: unknown) => {
        logger.warn({ error: messageOf(error) }, "the audit index can't be written; trying again");
        schedule(1_000);
      });
    }, delay);
  }

  async function look(uid: string): Promise<IndexRow[]> {
    const to = await ensureOpen();
    // Taken before the query: a row that is written meanwhile comes twice, never not at all.
    const pending = overlay.get(uid) ?? [];
    const types = EXECUTION_TYPES.map((type) => `'${type}'`).join(", ");
    const rows = await to.all<Record<string, string | number | null>>(
      `SELECT seq, time, type, uid, ns, name, attempt, result FROM events WHERE uid = ? AND type IN (${types}) ORDER BY seq`,
      [uid],
    );
    const stored = rows.map(
      (r): IndexRow => [
        Number(r.seq),
        Number(r.time),
        String(r.type),
        uid,
        null,
        null,
        r.attempt === null ? null : Number(r.attempt),
        r.result === null ? null : String(r.result),
      ],
    );
    const last = stored.at(-1)?.[0] ?? -1;
    return [...stored, ...pending.filter(([seq]) => seq > last)];
  }

  async function ensureOpen(): Promise<Sqlite> {
    if (database) return database;
    await settle();
    if (!database) throw new AuditError("AUDIT_UNAVAILABLE", "the audit index is not open");
    return database;
  }

  schedule(0);
  return {
    add(row) {
      durable = row[0] + 1;
      queue.push(row);
      const uid = row[3];
      if (uid !== null && EXECUTION_TYPES.includes(row[2])) overlay.set(uid, [...(overlay.get(uid) ?? []), row]);
      schedule(50);
    },
    get lag() {
      return queue.length;
    },
    async executions(uid) {
      for (let attempt = 1; ; attempt++) {
        if (closed) throw new AuditError("AUDIT_UNAVAILABLE", "the log is closed");
        const used = database;
        try {
          return foldExecutions(await look(uid));
        } catch (error) {
          await drop(used);
          // An answer that may be wrong would be worse than none: the caller waits.
          if (attempt === 3)
            throw new AuditError("AUDIT_UNAVAILABLE", "the audit index can't be read", { cause: error });
        }
      }
    },
    settle,
    async close() {
      closed = true;
      clearTimeout(timer);
      try {
        await settle();
      } catch (error) {
        // It is only derived: the next start repairs it.
        logger.warn({ error: messageOf(error) }, "the audit index was not brought up to date");
      }
      await database?.close();
      database = undefined;
    },
  };
}

async function genesisId(dir: string): Promise<string | undefined> {
  const [first] = await listSegments(dir);
  if (!first) return undefined;
  for await (const { lines } of readSegment(dir, first)) {
    const [line] = lines;
    return line ? parseEvent(line).id : undefined;
  }
  return undefined;
}
