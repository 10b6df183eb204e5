import { readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { INDEX_FILE } from "../../controller/audit/index-db.ts";
import type { AuditLog } from "../../controller/audit/log.ts";
import { openSqlite } from "../../controller/audit/sqlite.ts";
import type { ChargeRow } from "../../controller/limits/charge-row.ts";
import { fill, folder, intent, newSigner, openLog, outcome } from "./support.ts";

async function rows(dir: string): Promise<unknown[]> {
  const database = await openSqlite(join(dir, INDEX_FILE));
  const all = await database.all<unknown>("SELECT * FROM events ORDER BY seq");
  await database.close();
  return all;
}

test("lookups see an intent at once, and outcomes by attempt", async (t) => {
  const log = await openLog(await folder(t), await newSigner());
  for (let i = 0; i < 50; i++) {
    const uid = `u${i}`;
    t.false(await log.hasIntent(uid));
    await log.append(intent(uid));
    t.true(await log.hasIntent(uid));
    t.deepEqual(await log.intentOutcome(uid), { attempt: 1, intent: 2 + 2 * i });
    await log.append(outcome(uid));
    t.deepEqual(await log.intentOutcome(uid), {
      attempt: 1,
      intent: 2 + 2 * i,
      outcome: 3 + 2 * i,
      outcomeType: "execution.outcome",
      result: "SUCCESS",
    });
  }
  await log.append({ type: "execution.unknown", action: { uid: "u0", attempt: 2 }, data: {} });
  // A later attempt that began nothing does not hide the one that did.
  t.like(await log.intentOutcome("u0"), { attempt: 1, intent: 2 });
  t.is(await log.intentOutcome("nobody"), undefined);
  t.false(await log.hasIntent("u' OR 1=1 --"));
  await log.close();
});

test("deleted, damaged, foreign or too new: the index is made anew and equals the old one", async (t) => {
  const dir = await folder(t);
  const signer = await newSigner();
  const log = await openLog(dir, signer);
  await fill(log, 3_000);
  await Promise.all(Array.from({ length: 200 }, (_, i) => log.append(intent(`x${i}`))));
  await log.close();
  const path = join(dir, INDEX_FILE);
  const before = await rows(dir);
  t.is(before.length, 3_202);
  t.is((await stat(path)).mode & 0o777, 0o600);

  const other = await folder(t);
  const foreign = await openLog(other, await newSigner());
  await foreign.append(intent("x0"));
  await foreign.close();

  const damages: [string, () => Promise<unknown>][] = [
    ["deleted", () => rm(path)],
    ["no database", () => writeFile(path, "this is no database".repeat(1_000))],
    ["empty", () => writeFile(path, "")],
    ["torn pages", async () => writeFile(path, (await readFile(path)).fill(0xa5, 8_192, 60_000))],
    ["cut", async () => writeFile(path, (await readFile(path)).subarray(0, 40_960))],
    ["of another log", async () => writeFile(path, await readFile(join(other, INDEX_FILE)))],
    ["rows missing", () => change("DELETE FROM events WHERE seq = 77")],
    ["of a later version", () => change("PRAGMA user_version = 99")],
  ];
  async function change(sql: string): Promise<void> {
    const database = await openSqlite(path);
    await database.exec(sql);
    await database.close();
  }
  let epochs = 0;
  for (const [name, damage] of damages) {
    await damage();
    const again = await openLog(dir, signer);
    epochs++;
    t.true(await again.hasIntent("x0"), name);
    t.false(await again.hasIntent("d-1"), name);
    await again.close();
    const after = await rows(dir);
    t.is(after.length, before.length + epochs, name);
    t.deepEqual(after.slice(0, before.length), before, name);
  }
});

test("an index that breaks while the log is open is made anew as far as the log goes", async (t) => {
  const dir = await folder(t);
  const log = await openLog(dir, await newSigner());
  await fill(log, 500);
  for (const [round, damage] of [
    "DROP TABLE events",
    "DROP TABLE events; DROP TABLE meta; PRAGMA user_version = 0",
  ].entries()) {
    await log.append(intent(`before${round}`));
    while ((await rows(dir)).length < log.size()) await new Promise((done) => setTimeout(done, 20));
    const database = await openSqlite(join(dir, INDEX_FILE));
    await database.exec(damage);
    await database.close();
    t.true(await log.hasIntent(`before${round}`));
    await log.append(intent(`after${round}`));
    t.true(await log.hasIntent(`after${round}`));
    t.false(await log.hasIntent("nobody"));
  }
  await log.close();
  t.is((await rows(dir)).length, log.size());
});

async function chargesOf(log: AuditLog, since = 0): Promise<ChargeRow[]> {
  const all: ChargeRow[] = [];
  for await (const row of log.charges(since)) all.push(row);
  return all;
}

const made = (key: string, charge: object) =>
  ({ type: "decision.made", action: { uid: key }, data: { charge: { key, agent: "bot", ...charge } } }) as const;
const row = (key: string, time: number, more: Partial<ChargeRow> = {}): ChargeRow => ({
  ...{ key, agent: "bot", time, nth: 0, score: 0, denied: false, refused: false },
  ...more,
});

test("charges are seen at once, in their order, once per key and agent, growing only; refusals are none", async (t) => {
  const log = await openLog(await folder(t), await newSigner());
  await log.append(made("b", { time: 20, nth: 1, score: 5 }));
  await log.append(made("a", { time: 20 }));
  t.deepEqual(await chargesOf(log), [row("a", 20), row("b", 20, { nth: 1, score: 5 })]);
  await log.append(made("b", { time: 20, nth: 1, score: 15, denied: true }));
  await log.append(made("b", { time: 20, nth: 1, score: 1 }));
  await log.append(made("c", { time: 21, refused: true }));
  await log.append(made("d", { time: 19, agent: "other" }));
  await log.append(made("e", { time: "soon" }));
  const charges = ["s1", "s2"].map((key) => ({ key, agent: "bot", time: 30, score: 1 }));
  await log.append({ type: "decision.made", data: { charges } });
  const all = [row("d", 19, { agent: "other" }), row("a", 20), row("b", 20, { nth: 1, score: 15, denied: true })];
  t.deepEqual(await chargesOf(log), [...all, row("s1", 30, { score: 1 }), row("s2", 30, { score: 1 })]);
  t.deepEqual(await chargesOf(log, 20), [...all.slice(1), row("s1", 30, { score: 1 }), row("s2", 30, { score: 1 })]);
  t.deepEqual(await chargesOf(log, 31), []);
  await log.close();
});

test("charges come back from the log when the index is deleted, or of the version before", async (t) => {
  const dir = await folder(t);
  const signer = await newSigner();
  const log = await openLog(dir, signer);
  for (let from = 0; from < 25_000; from += 5_000) {
    const batch = Array.from({ length: 5_000 }, (_, i) => made(`k${from + i}`, { time: from + i, score: i % 50 }));
    await Promise.all(batch.map((event) => log.append(event)));
  }
  const before = await chargesOf(log);
  t.is(before.length, 25_000);
  await log.close();
  const path = join(dir, INDEX_FILE);
  const alter = async (sql: string) => {
    const database = await openSqlite(path);
    await database.exec(sql);
    await database.close();
  };
  const damages: [string, () => Promise<unknown>][] = [
    ["deleted", () => rm(path)],
    ["no charges", () => alter("DROP TABLE charges")],
    ["of version 1", () => alter("DROP TABLE charges; PRAGMA user_version = 1")],
  ];
  for (const [name, damage] of damages) {
    await damage();
    const again = await openLog(dir, signer);
    t.deepEqual(await chargesOf(again), before, name);
    t.deepEqual(await chargesOf(again, 24_990), before.slice(24_990), name);
    await again.close();
  }
});
