import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import test from "ava";
import { parseEvent } from "../../controller/audit/event.ts";
import { createLogSigner } from "../../controller/audit/signer.ts";
import { verifyAuditLog } from "../../controller/audit/verify.ts";
import { readLines } from "../../controller/audit/wal.ts";
import { folder, ORIGIN, openLog } from "./support.ts";

const ROUNDS = process.env.AGENT_SAFE_SOAK ? 400 : 8;

test("killed at any point of writing, no acknowledged event is lost or doubled and the log verifies", async (t) => {
  t.timeout(ROUNDS * 20_000);
  const dir = join(await folder(t), "executor");
  const { privateKey } = generateKeyPairSync("ed25519");
  const key = Buffer.from(privateKey.export({ format: "pem", type: "pkcs8" })).toString("base64");
  const signer = createLogSigner({ origin: ORIGIN, privateKey });
  const acknowledged = new Map<string, number>();

  for (let round = 0; round < ROUNDS; round++) {
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, "crash-writer.ts"), dir, ORIGIN, key, String(round)],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    let output = "";
    let wake: () => void = () => undefined;
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      wake();
    });
    const exited = once(child, "close");
    // Some die while opening, most a random moment after they began to append.
    if (round % 8 !== 7) {
      while (!output.includes("open\n") && child.exitCode === null) await new Promise<void>((done) => (wake = done));
    }
    await new Promise((done) => setTimeout(done, Math.random() * (round % 8 === 7 ? 350 : 120)));
    child.kill("SIGKILL");
    await exited;
    for (const line of output.split("\n").slice(0, -1)) {
      const [uid, index] = line.split(" ");
      if (uid && index) acknowledged.set(uid, Number(index));
    }
  }

  const log = await openLog(dir, signer);
  const [sample] = acknowledged.keys();
  t.true(sample !== undefined && (await log.hasIntent(sample)));
  await log.close();
  t.like(await verifyAuditLog({ dir, keys: [signer.verifier] }), { exit: 0, unsigned: 0, unfinished: 0 });
  const found = new Map<string, number>();
  for await (const { lines } of readLines(dir)) {
    for (const line of lines) {
      const { action, seq } = parseEvent(line);
      if (!action) continue;
      t.false(found.has(action.uid), `${action.uid} twice`);
      found.set(action.uid, seq);
    }
  }
  t.true(acknowledged.size > 20 * ROUNDS, `${acknowledged.size} acknowledged`);
  for (const [uid, index] of acknowledged) t.is(found.get(uid), index, uid);
});
