import type { AuditEvent } from "./event.ts";
import { openSqlite, type Sqlite } from "./sqlite.ts";
import type { Finding } from "./verify-types.ts";

const ROWS_PER_STATEMENT = 2_000;
const MAX_FINDINGS = 20;

/** Checks what events say about each other. Facts go to a temporary database, so memory does not grow with the log. */
export interface Semantics {
  /** @returns a promise only when the caller must wait */
  see(event: AuditEvent): Promise<void> | undefined;
  finish(): Promise<{ findings: Finding[]; count: number; openIntents: number }>;
  close(): Promise<void>;
}

/**
 * @param skew ms that an event's time may lie before an earlier one's
 * @param whole false when the log's beginning is not read: an intent may lie before it
 */
export async function createSemantics({ skew, whole }: { skew: number; whole: boolean }): Promise<Semantics> {
  const database = await openSqlite("");
  await database.exec(
    "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; CREATE TABLE facts (kind TEXT, key TEXT, seq INTEGER);",
  );
  let rows: [string, string, number][] = [];
  let latest = "";
  const findings: Finding[] = [];
  let count = 0;

  function found(finding: Finding): void {
    count++;
    if (findings.length < MAX_FINDINGS) findings.push(finding);
  }

  /** Hands rows over and waits for those before: SQLite works on one lot while the next is read. */
  let writing: Promise<void> = Promise.resolve();
  function write(): Promise<void> {
    const before = writing;
    const text = JSON.stringify(rows);
    rows = [];
    writing = database.run("INSERT INTO facts SELECT value->>0, value->>1, value->>2 FROM json_each(?)", [text]);
    writing.catch(() => undefined);
    return before;
  }

  function note(kind: string, key: string, seq: number): void {
    rows.push([kind, key, seq]);
  }

  async function query(kind: Finding["kind"], sql: string): Promise<void> {
    for (const { key, seq } of await database.all<{ key: string; seq: number }>(`${sql} LIMIT ${MAX_FINDINGS}`)) {
      if (findings.length < MAX_FINDINGS) findings.push({ kind, seq, subject: key });
    }
    const [total] = await database.all<{ n: number }>(`SELECT count(*) n FROM (${sql})`);
    count += total?.n ?? 0;
  }

  return {
    see(event) {
      if (event.time < latest) {
        // Text order is time order within one format; the exact distance decides.
        if (Date.parse(latest) - Date.parse(event.time) > skew) {
          found({ kind: "time-reversed", seq: event.seq, subject: `${event.time} after ${latest}` });
        }
      } else latest = event.time;
      const { type, action, data, seq } = event;
      const key = `${action?.uid ?? "?"} attempt ${String(action?.attempt ?? data.attempt ?? 1)}`;
      if (type === "execution.intent") note("intent", key, seq);
      // What a recovery found out is no claim to have acted: the intent may be in another executor's log, or never written.
      else if (type === "execution.outcome") note(data.recovered === true ? "recovered" : "outcome", key, seq);
      const { ticket } = data;
      if (typeof ticket === "string" && (type === "ticket.used" || type === "execution.intent"))
        note(type, ticket, seq);
      return rows.length >= ROWS_PER_STATEMENT ? write() : undefined;
    },
    async finish() {
      await write();
      await writing;
      await database.exec("CREATE INDEX facts_key ON facts (kind, key, seq)");
      const later = "SELECT key, max(seq) seq FROM facts WHERE kind";
      await query("duplicate-intent", `${later} = 'intent' GROUP BY key HAVING count(*) > 1`);
      await query(
        "ticket-reused",
        `${later} IN ('ticket.used', 'execution.intent') GROUP BY kind, key HAVING count(*) > 1`,
      );
      if (whole) {
        await query(
          "outcome-without-intent",
          `SELECT o.key, o.seq FROM facts o WHERE kind = 'outcome' AND NOT EXISTS
           (SELECT 1 FROM facts i WHERE i.kind = 'intent' AND i.key = o.key AND i.seq < o.seq)`,
        );
      }
      return { findings, count, openIntents: await openIntents(database) };
    },
    close: () => database.close(),
  };
}

async function openIntents(database: Sqlite): Promise<number> {
  const [row] = await database.all<{ n: number }>(
    `SELECT count(*) n FROM (SELECT DISTINCT key FROM facts i WHERE kind = 'intent' AND NOT EXISTS
     (SELECT 1 FROM facts o WHERE o.kind IN ('outcome', 'recovered') AND o.key = i.key AND o.seq > i.seq))`,
  );
  return row?.n ?? 0;
}
