import { cp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { verifyAuditLog } from "../../controller/audit/verify.ts";
import { segmentName } from "../../controller/audit/wal.ts";
import { filesOf, fill, folder, newSigner, openLog, sampleLog } from "./support.ts";

const DERIVED = /^(index\.sqlite|writer\.lock)/u;
const WAL = join("wal", segmentName(1, 0));

async function lines(dir: string): Promise<string[]> {
  return (await readFile(join(dir, WAL), "utf8")).slice(0, -1).split("\n");
}

async function setLines(dir: string, all: string[]): Promise<void> {
  await writeFile(join(dir, WAL), `${all.join("\n")}\n`);
}

test("one byte flipped anywhere in any file is found", async (t) => {
  const { dir, signer } = await sampleLog(t, 270);
  const keys = [signer.verifier];
  const files = (await filesOf(dir)).filter((file) => !DERIVED.test(file));
  t.true(files.length >= 7);
  let flips = 0;
  for (const file of files) {
    const path = join(dir, file);
    const sound = await readFile(path);
    const every = process.env.AGENT_SAFE_SOAK ? 211 : Math.max(1, Math.floor(sound.length / 40));
    const places = [0, sound.length - 1];
    for (let at = 1; at < sound.length; at += every) places.push(at);
    for (const at of places) {
      const damaged = Buffer.from(sound);
      damaged[at] = (damaged[at] ?? 0) ^ (1 << (at % 8));
      await writeFile(path, damaged);
      const result = await verifyAuditLog({ dir, keys });
      t.not(result.exit, 0, `${file} at ${at}`);
      flips++;
    }
    await writeFile(path, sound);
  }
  t.true(flips > 200);
  t.is((await verifyAuditLog({ dir, keys })).exit, 0);
});

test("the first bad event is named", async (t) => {
  const { dir, signer } = await sampleLog(t, 300);
  const all = await lines(dir);
  all[123] = (all[123] ?? "").replace('"result":"allow"', '"result":"denyy"');
  await setLines(dir, all);
  t.like(await verifyAuditLog({ dir, keys: [signer.verifier] }), { exit: 1, problem: { seq: 123 } });
});

test("a deleted, doubled or swapped line is structure (3)", async (t) => {
  const { dir, signer } = await sampleLog(t, 100);
  const sound = await lines(dir);
  const keys = [signer.verifier];
  const changes: [string, (all: string[]) => void, number][] = [
    ["deleted", (all) => all.splice(50, 1), 50],
    ["doubled", (all) => all.splice(50, 0, all[50] ?? ""), 51],
    ["swapped", (all) => all.splice(50, 2, all[51] ?? "", all[50] ?? ""), 50],
    ["first deleted", (all) => all.splice(0, 1), 0],
  ];
  for (const [name, change, seq] of changes) {
    const all = [...sound];
    change(all);
    await setLines(dir, all);
    t.like(await verifyAuditLog({ dir, keys }), { exit: 3, problem: { seq } }, name);
  }
});

test("an inserted line is found", async (t) => {
  const { dir, signer } = await sampleLog(t, 100);
  const all = await lines(dir);
  all.splice(50, 0, (all[50] ?? "").replace("allow", "deny"));
  await setLines(dir, all);
  t.true([1, 3].includes((await verifyAuditLog({ dir, keys: [signer.verifier] })).exit));
});

test("the last lines cut off are fewer than were signed (4), torn or not, and the writer refuses", async (t) => {
  const { dir, signer } = await sampleLog(t, 100);
  const sound = await readFile(join(dir, WAL));
  for (const keep of [sound.lastIndexOf(10, -2) + 1, sound.length - 40, Math.floor(sound.length / 2), 0]) {
    await writeFile(join(dir, WAL), sound);
    await truncate(join(dir, WAL), keep);
    t.is((await verifyAuditLog({ dir, keys: [signer.verifier] })).exit, 4, `kept ${keep}`);
    await t.throwsAsync(openLog(dir, signer), { code: "LOG_ROLLBACK_DETECTED" });
    t.is((await readFile(join(dir, WAL))).length, keep, "a refused log stays as it was found");
  }
});

test("a log signed by another key is not ours (5)", async (t) => {
  const { dir, signer } = await sampleLog(t, 20);
  const forged = await sampleLog(t, 20);
  t.is((await verifyAuditLog({ dir: forged.dir, keys: [signer.verifier] })).exit, 5);
  t.like(await verifyAuditLog({ dir: forged.dir }), { exit: 0, key: { pinned: false } });
  await t.throwsAsync(openLog(forged.dir, signer), { code: "BAD_SIGNATURE" });
  await cp(join(forged.dir, "checkpoint"), join(dir, "checkpoint"));
  t.is((await verifyAuditLog({ dir, keys: [signer.verifier] })).exit, 5);
  t.is((await verifyAuditLog({ dir })).exit, 5);
});

test("a folder put back to an earlier state fits itself, but not a checkpoint remembered elsewhere (4)", async (t) => {
  const { dir, signer } = await sampleLog(t, 300);
  const old = join(await folder(t), "old");
  await cp(dir, old, { recursive: true });
  const log = await openLog(dir, signer);
  await fill(log, 50, "later");
  await log.close();
  const later = log.checkpoint();
  const text = await readFile(join(dir, "checkpoint"), "utf8");

  const keys = [signer.verifier];
  t.is((await verifyAuditLog({ dir: old, keys })).exit, 0);
  t.is((await verifyAuditLog({ dir: old, keys, checkpoints: [text] })).exit, 4);
  await t.throwsAsync(openLog(old, signer, { known: later }), { code: "LOG_ROLLBACK_DETECTED" });
  t.like(await verifyAuditLog({ dir, keys, checkpoints: [text], requireAnchor: true }), { exit: 0, anchored: 353 });
});

test("a history rewritten and signed with the stolen key does not hold an earlier checkpoint (4)", async (t) => {
  const { dir, signer } = await sampleLog(t, 300);
  const text = await readFile(join(dir, "checkpoint"), "utf8");
  const known = { origin: signer.origin, size: 302, root: text.split("\n")[2] ?? "" };
  const forged = join(await folder(t), "forged");
  const log = await openLog(forged, signer);
  await fill(log, 600, "forged");
  await log.close();
  const keys = [signer.verifier];
  t.is((await verifyAuditLog({ dir: forged, keys })).exit, 0);
  t.is((await verifyAuditLog({ dir: forged, keys, checkpoints: [text] })).exit, 4);
  for (const size of [known.size, 100]) {
    await t.throwsAsync(openLog(forged, signer, { known: { ...known, size } }), { code: "LOG_ROLLBACK_DETECTED" });
  }
});

test("an intact log without an outside checkpoint is 6 only when one is required", async (t) => {
  const { dir, signer } = await sampleLog(t, 20);
  const keys = [signer.verifier];
  t.like(await verifyAuditLog({ dir, keys }), { exit: 0, anchored: null });
  t.is((await verifyAuditLog({ dir, keys, requireAnchor: true })).exit, 6);
});

test("missing files are told apart from changed ones", async (t) => {
  const { dir, signer } = await sampleLog(t, 600);
  for (const file of ["tile/0/000", "tile/entries/001", "checkpoint"]) {
    const sound = await readFile(join(dir, file));
    await rm(join(dir, file));
    t.is((await verifyAuditLog({ dir, keys: [signer.verifier] })).exit, 3, file);
    await writeFile(join(dir, file), sound);
  }
});

test("the writer: damaged tiles are made anew, damaged events refuse", async (t) => {
  const { dir, signer } = await sampleLog(t, 600);
  await writeFile(join(dir, "tile/0/001"), Buffer.alloc(8192));
  await rm(join(dir, "tile/1"), { recursive: true });
  const log = await openLog(dir, signer);
  await log.close();
  t.is((await verifyAuditLog({ dir, keys: [signer.verifier] })).exit, 0);

  const path = join(dir, "wal", segmentName(2, 602));
  const sound = await readFile(path);
  await writeFile(path, Buffer.from(sound.toString().replace('"reason":"started"', '"reason":"stopped"')));
  await t.throwsAsync(openLog(dir, signer), { code: "LOG_ROLLBACK_DETECTED" });
  await writeFile(path, Buffer.concat([Buffer.from("{}\n"), sound]));
  await t.throwsAsync(openLog(dir, signer), { code: "LOG_CORRUPT" });
  await writeFile(path, sound);
  await rm(join(dir, "checkpoint"));
  await t.throwsAsync(openLog(dir, signer), { code: "LOG_ROLLBACK_DETECTED" });
});

test("an unfinished last line is dropped, a finished one that is not readable refuses", async (t) => {
  const { dir, signer } = await sampleLog(t, 20);
  const path = join(dir, WAL);
  const sound = await readFile(path);
  await writeFile(path, Buffer.concat([sound, Buffer.from('{"data":{},"epoch"')]));
  t.like(await verifyAuditLog({ dir, keys: [signer.verifier] }), { exit: 0, unfinished: 18 });
  const log = await openLog(dir, signer);
  await log.close();
  t.deepEqual(await readFile(path), sound);
  const last = join(dir, "wal", segmentName(2, 22));
  await writeFile(last, Buffer.concat([await readFile(last), Buffer.from('{"data":{},"epoch"\n')]));
  await t.throwsAsync(openLog(dir, signer), { code: "LOG_CORRUPT" });
});

test("what is not signed yet hangs together by its chain", async (t) => {
  const dir = join(await folder(t), "controller");
  const signer = await newSigner();
  const log = await openLog(dir, signer, { checkpointInterval: 600_000 });
  await fill(log, 50);
  const copy = join(await folder(t), "copy");
  await cp(dir, copy, { recursive: true });
  await log.close();
  const keys = [signer.verifier];
  t.like(await verifyAuditLog({ dir: copy, keys }), { exit: 0, size: 2, unsigned: 50 });
  const sound = await lines(copy);
  const changed = [...sound];
  changed[20] = (changed[20] ?? "").replace('"result":"allow"', '"result":"denyy"');
  await setLines(copy, changed);
  t.like(await verifyAuditLog({ dir: copy, keys }), { exit: 1, problem: { seq: 21 } });
  await t.throwsAsync(openLog(copy, signer), { code: "LOG_ROLLBACK_DETECTED" });
  await setLines(copy, [...sound.slice(0, 20), ...sound.slice(21)]);
  t.like(await verifyAuditLog({ dir: copy, keys }), { exit: 3, problem: { seq: 20 } });
  await t.throwsAsync(openLog(copy, signer), { code: "LOG_CORRUPT" });
});

test("the last event changed everywhere it stands is found by its hash", async (t) => {
  const { dir, signer } = await sampleLog(t, 20);
  for (const file of [WAL, "tile/entries/000.p/22"]) {
    const path = join(dir, file);
    const text = await readFile(path, "latin1");
    const at = text.lastIndexOf('"result":"allow"');
    await writeFile(path, `${text.slice(0, at)}"result":"denyy"${text.slice(at + 16)}`, "latin1");
  }
  const keys = [signer.verifier];
  t.like(await verifyAuditLog({ dir, keys }), { exit: 1, problem: { seq: 21 } });
  t.is((await verifyAuditLog({ dir, keys, from: 21 })).exit, 1);
  t.is((await verifyAuditLog({ dir, keys, to: 20 })).exit, 0, "its content was not asked for");
});
