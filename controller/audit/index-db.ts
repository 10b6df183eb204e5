import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { ChargeRow } from "../limits/charge-row.ts";
import { AuditError, messageOf } from "./errors.ts";
import { parseEvent } from "./event.ts";
import { EXECUTION_TYPES, type Execution, foldExecutions, type IndexRow, indexRow } from "./index-rows.ts";
import {
  chargePages,
  countEvents,
  executionRows,
  insertRows,
  openTables,
  readGenesis,
  writeGenesis,
} from "./index-tables.ts";
import type { AuditLogger } from "./log.ts";
import type { Sqlite } from "./sqlite.ts";
import { listSegments, readLines, readSegment } from "./wal.ts";

/** File name of the index. It can be deleted at any time while no writer runs: it is made anew from the log. */
export const INDEX_FILE = "index.sqlite";

const ROWS_PER_STATEMENT = 2_000;

/** The derived index of a log. */
export interface Index {
  /** Takes a durable event. */
  add(row: IndexRow): void;
  /** Rows taken but not yet written. */
  readonly lag: number;
  /** The attempts on record for a request, by attempt. Sees rows that are not written yet. */
  executions(uid: string): Promise<Execution[]>;
  /** Charges made at `since` (epoch ms) or later, in their order; all that were taken before the call are among them. */
  charges(since: number): AsyncIterable<ChargeRow>;
  /** Resolves when every row taken so far is written. */
  settle(): Promise<void>;
  close(): Promise<void>;
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

  async function openOnce(): Promise<Sqlite> {
    const opened = await openTables(path);
    try {
      const have = await countEvents(opened);
      const genesis = await genesisId(dir);
      if (have > 0 && ((await readGenesis(opened)) !== genesis || have > durable)) {
        throw new AuditError("LOG_CORRUPT", "the index is of another state of the log");
      }
      if (genesis) await writeGenesis(opened, genesis);
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
          await insertRows(to, rows);
          rows = [];
        }
      }
      if (seq >= end) break;
    }
    if (rows.length > 0) await insertRows(to, rows);
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
        await insertRows(to, rows);
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
    const stored = await executionRows(to, uid);
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
    async *charges(since) {
      let used: Sqlite | undefined;
      try {
        // What can't be written can't be read back either, and leaving it out would forgive it.
        await settle();
        used = await ensureOpen();
        for await (const page of chargePages(used, since)) yield* page;
      } catch (error) {
        await drop(used);
        throw new AuditError("AUDIT_UNAVAILABLE", "the charges in the audit index can't be read", { cause: error });
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
