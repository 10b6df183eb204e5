import { readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { INDEX_FILE } from "../../controller/audit/index-db.ts";
import { openSqlite } from "../../controller/audit/sqlite.ts";
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
