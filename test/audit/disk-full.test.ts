import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { verifyAuditLog } from "../../controller/audit/verify.ts";
import { mayMount } from "../support/needs.ts";
import { fill, folder, newSigner, openLog } from "./support.ts";

const testOnDisk = mayMount() ? test : test.skip;

testOnDisk(
  "a disk that is full refuses events, keeps what was acknowledged, and serves again once there is room",
  async (t) => {
    const mount = await folder(t);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=3m,mode=700", "tmpfs", mount], { stdio: "ignore" });
    t.teardown(() => execFileSync("umount", ["-l", mount]));
    const signer = await newSigner();
    const dir = join(mount, "controller");
    const log = await openLog(dir, signer, { checkpointInterval: 50 });
    await fill(log, 10);
    await writeFile(join(mount, "ballast"), Buffer.alloc(2_000_000));

    let acknowledged = log.size();
    let refused: unknown;
    for (let i = 0; i < 5_000 && !refused; i++) {
      try {
        await log.append({ type: "decision.made", action: { uid: `f${i}` }, data: { pad: "x".repeat(3_000) } });
        acknowledged++;
      } catch (error) {
        refused = error;
      }
    }
    t.like(refused, { code: "AUDIT_UNAVAILABLE", retryable: true });
    t.is(log.size(), acknowledged);

    await rm(join(mount, "ballast"));
    await fill(log, 5, "again");
    await log.close();
    t.is(log.size(), acknowledged + 5);
    t.like(await verifyAuditLog({ dir, keys: [signer.verifier] }), { exit: 0, checked: acknowledged + 5 });
  },
);

testOnDisk("a log that can't be opened for want of room leaves nothing behind for each try", async (t) => {
  const mount = await folder(t);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=3m,mode=700", "tmpfs", mount], { stdio: "ignore" });
  t.teardown(() => execFileSync("umount", ["-l", mount]));
  const signer = await newSigner();
  const dir = join(mount, "controller");
  const log = await openLog(dir, signer);
  // A whole page: the next event needs a new one.
  await fill(log, 10);
  await log.close();
  const before = await readdir(join(dir, "wal"));
  await t.throwsAsync(writeFile(join(mount, "ballast"), Buffer.alloc(4_000_000)), { code: "ENOSPC" });
  for (let i = 0; i < 3; i++) await t.throwsAsync(openLog(dir, signer), { code: "AUDIT_UNAVAILABLE" });
  t.deepEqual(await readdir(join(dir, "wal")), before);
  await rm(join(mount, "ballast"));
  const again = await openLog(dir, signer);
  await again.close();
  t.is((await verifyAuditLog({ dir, keys: [signer.verifier] })).exit, 0);
});

test("a write that ends in the middle is taken back (file size limit of the process)", async (t) => {
  const dir = await folder(t);
  const script = join(import.meta.dirname, "limited-writer.ts");
  // In blocks of 512 or 1,024 bytes, by shell: at most 200 kB, more than the index and less than what is written.
  const child = spawn("sh", ["-c", `ulimit -f 200; exec "$0" "$1" "$2"`, process.execPath, script, dir], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  const [code] = await once(child, "close");
  t.is(code, 0);
  const { acknowledged, error, size } = JSON.parse(output);
  t.is(error, "AUDIT_UNAVAILABLE");
  t.is(size, acknowledged + 2);
  const result = await verifyAuditLog({ dir });
  t.like(result, { exit: 0, unfinished: 0 });
  t.is(result.checked, size);
});

test("a folder that can't be made is a failure that can be retried", async (t) => {
  const dir = await folder(t);
  await writeFile(join(dir, "file"), "");
  await t.throwsAsync(openLog(join(dir, "file", "controller"), await newSigner()), { code: "AUDIT_UNAVAILABLE" });
});
