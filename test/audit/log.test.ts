import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { blobPath, MAX_BLOB_BYTES, readBlob } from "../../controller/audit/blobs.ts";
import { parseEvent } from "../../controller/audit/event.ts";
import { lastEvents } from "../../controller/audit/show.ts";
import { verifyAuditLog } from "../../controller/audit/verify.ts";
import { readLines } from "../../controller/audit/wal.ts";
import { filesOf, fill, folder, intent, newSigner, openLog, outcome, sampleLog } from "./support.ts";

test("events get consecutive numbers, are signed in time, and verify", async (t) => {
  const dir = join(await folder(t), "controller");
  const signer = await newSigner();
  const log = await openLog(dir, signer);
  const appended = await Promise.all([log.append(intent("a")), log.append(outcome("a")), log.append(intent("b"))]);
  t.deepEqual(
    appended.map((e) => e.index),
    [2, 3, 4],
  );
  t.is(log.size(), 5);
  const until = Date.now() + 20_000;
  while (log.checkpoint().size < 5 && Date.now() < until) await new Promise((done) => setTimeout(done, 20));
  t.is(log.checkpoint().size, 5);
  const live = await verifyAuditLog({ dir, keys: [signer.verifier] });
  t.like(live, { exit: 0, size: 5, checked: 5, openIntents: 1 });
  await log.close();
  await t.throwsAsync(log.append(intent("c")), { code: "AUDIT_UNAVAILABLE" });
});

test("a restart goes on where the log ended, in a new epoch", async (t) => {
  const { dir, signer } = await sampleLog(t, 700);
  for (let epoch = 2; epoch <= 4; epoch++) {
    const log = await openLog(dir, signer, {
      epochReason: `start ${epoch}`,
      known: { origin: signer.origin, size: 1, root: await rootAt(dir) },
    });
    t.is(log.epoch, epoch);
    await fill(log, 150, `e${epoch}`);
    await log.close();
  }
  const result = await verifyAuditLog({ dir, keys: [signer.verifier] });
  t.like(result, { exit: 0, checked: 702 + 3 * 151, unsigned: 0 });
});

async function rootAt(dir: string): Promise<string> {
  const { leafHash } = await import("../../controller/audit/hash.ts");
  for await (const { lines } of readLines(dir)) if (lines[0]) return leafHash(lines[0]).toString("base64");
  return "";
}

test("append resolves only after the sync, and those who wait share one", async (t) => {
  let syncs = 0;
  let release: () => void = () => undefined;
  let held = false;
  const dir = await folder(t);
  const log = await openLog(dir, await newSigner(), {
    checkpointInterval: 60_000,
    sync: async (file) => {
      if (held) {
        syncs++;
        await new Promise<void>((done) => {
          release = done;
        });
      }
      await file.datasync();
    },
  });
  held = true;
  let done = 0;
  const waiting = Array.from({ length: 64 }, (_, i) => log.append(intent(`u${i}`)).then(() => done++));
  const deadline = Date.now() + 20_000;
  while (syncs === 0 && Date.now() < deadline) await new Promise((done) => setTimeout(done, 5));
  t.is(done, 0, "nobody is told before the sync");
  held = false;
  release();
  await Promise.all(waiting);
  t.is(syncs, 1);
  t.is(done, 64);
  await log.close();
});

test("a failed fsync is fatal: waiting and later appends are refused, the process is told", async (t) => {
  const dir = await folder(t);
  const signer = await newSigner();
  let broken = false;
  const log = await openLog(dir, signer, {
    sync: async (file) => {
      if (broken) throw Object.assign(new Error("EIO: i/o error, fdatasync"), { code: "EIO" });
      await file.datasync();
    },
  });
  broken = true;
  const two = await Promise.allSettled([log.append(intent("a")), log.append(intent("b"))]);
  for (const one of two) t.like(one, { status: "rejected", reason: { code: "AUDIT_UNAVAILABLE" } });
  await t.throwsAsync(log.fatal, { code: "AUDIT_FATAL" });
  broken = false;
  await t.throwsAsync(
    log.append(intent("c")),
    { code: "AUDIT_UNAVAILABLE" },
    "a sync that would work again proves nothing",
  );
  await log.close();
  const again = await openLog(dir, signer);
  await again.close();
  t.is((await verifyAuditLog({ dir, keys: [signer.verifier] })).exit, 0);
});

test("files are closed to others", async (t) => {
  const { dir } = await sampleLog(t, 300);
  for (const file of await filesOf(dir)) t.is((await stat(join(dir, file))).mode & 0o077, 0, file);
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) t.is((await stat(join(entry.parentPath, entry.name))).mode & 0o077, 0, entry.name);
  }
});

test("a second writer is refused, in the same process and in another, until the first is gone", async (t) => {
  const dir = join(await folder(t), "controller");
  const signer = await newSigner();
  const log = await openLog(dir, signer);
  await t.throwsAsync(openLog(dir, signer), { code: "LOG_LOCKED" });
  await log.append(intent("a"));
  await log.close();

  const child = spawn(process.execPath, [join(import.meta.dirname, "lock-holder.ts"), dir], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  await t.throwsAsync(openLog(dir, signer), { code: "LOG_LOCKED" });
  child.kill("SIGKILL");
  await once(child, "exit");
  const again = await openLog(dir, signer);
  await again.close();
  t.is((await verifyAuditLog({ dir, keys: [signer.verifier] })).exit, 0);
});

test("large bodies are blobs: salted, compressed, checked, erasable", async (t) => {
  const dir = await folder(t);
  const signer = await newSigner();
  const log = await openLog(dir, signer);
  const body = JSON.stringify({ replicas: 3, text: "x".repeat(100_000) });
  await log.append({
    ...intent("a"),
    blobs: [
      { name: "before", content: body },
      { name: "again", content: body },
    ],
  });
  await t.throwsAsync(
    log.append({ ...intent("b"), blobs: [{ name: "x", content: Buffer.alloc(MAX_BLOB_BYTES + 1) }] }),
    {
      code: "BLOB_TOO_LARGE",
    },
  );
  await log.close();
  const blobs = [];
  for await (const { lines } of readLines(dir)) for (const line of lines) blobs.push(...(parseEvent(line).blobs ?? []));
  t.is(blobs.length, 2);
  const [first, second] = blobs;
  if (!first || !second) return t.fail();
  t.not(first.digest, second.digest, "the same value twice can't be told by its digest");
  t.is((await readBlob(dir, first.digest)).toString(), body);
  t.true((await stat(join(dir, blobPath(first.digest)))).size < 2_000);
  t.like(await verifyAuditLog({ dir }), { exit: 0, blobs: { checked: 2, missing: 0 } });
  await rm(join(dir, blobPath(second.digest)));
  t.like(await verifyAuditLog({ dir }), { exit: 0, blobs: { checked: 1, missing: 1 } });
  await writeFile(
    join(dir, blobPath(first.digest)),
    await readFile(join(dir, blobPath(first.digest))).then((b) => b.fill(0, 30, 31)),
  );
  t.like(await verifyAuditLog({ dir }), { exit: 1 });
});

test("a new file is begun when one is full, and the log reads on across them", async (t) => {
  const dir = await folder(t);
  const signer = await newSigner();
  const log = await openLog(dir, signer, { segmentBytes: 4_000 });
  for (let i = 0; i < 40; i++) await log.append(intent(`u${i}`));
  await log.close();
  t.true((await readdir(join(dir, "wal"))).length > 3);
  const again = await openLog(dir, signer, { segmentBytes: 4_000 });
  await again.append(intent("last"));
  await again.close();
  t.like(await verifyAuditLog({ dir, keys: [signer.verifier] }), { exit: 0, checked: 44 });
  t.like(await verifyAuditLog({ dir, keys: [signer.verifier], from: 10, to: 20 }), { exit: 0, checked: 11 });
});

test("partial tiles do not pile up", async (t) => {
  const { dir, signer } = await sampleLog(t, 300);
  for (let i = 0; i < 6; i++) {
    const log = await openLog(dir, signer);
    await log.append(intent(`u${i}`));
    await log.close();
  }
  const partials = (await filesOf(dir)).filter((file) => file.includes(".p/"));
  t.deepEqual(partials.sort(), ["tile/0/001.p/58", "tile/1/000.p/1", "tile/entries/001.p/58"]);
});

test("events that do not fit are refused and leave nothing behind", async (t) => {
  const dir = await folder(t);
  const log = await openLog(dir, await newSigner());
  await t.throwsAsync(log.append({ type: "decision.made", data: { x: 0.5 }, blobs: [{ name: "b", content: "x" }] }), {
    code: "BAD_EVENT",
  });
  await t.throwsAsync(log.append({ type: "decision.made", data: { x: "y".repeat(70_000) } }), {
    code: "ENTRY_TOO_LARGE",
  });
  t.is(log.size(), 2);
  t.false((await filesOf(dir)).some((file) => file.startsWith("blobs")));
  await log.close();
});

test("a log is verified and shown while it is written", async (t) => {
  const dir = await folder(t);
  const signer = await newSigner();
  const log = await openLog(dir, signer, { checkpointInterval: 5, segmentBytes: 200_000 });
  let writing = true;
  const writer = (async () => {
    for (let i = 0; writing; i++) await fill(log, 50, `w${i}`);
  })();
  for (let i = 0; i < 15; i++) {
    const result = await verifyAuditLog({ dir, keys: [signer.verifier] });
    t.is(result.exit, 0, result.problem?.message);
    t.true((await lastEvents(dir, 5, {})).events.length === 5 || log.size() < 6);
  }
  writing = false;
  await writer;
  await log.close();
});
