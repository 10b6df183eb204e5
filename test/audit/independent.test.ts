import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { runs } from "../support/needs.ts";
import { intent, openLog, sampleLog } from "./support.ts";

function python(dir: string, vkey: string): string {
  return execFileSync("python3", [join(import.meta.dirname, "independent-verifier.py"), dir, vkey], {
    encoding: "utf8",
    stdio: "pipe",
  });
}

const testWithPython = runs(["python3", "--version"], ["openssl", "version"]) ? test : test.skip;

testWithPython("a verifier in another language that shares no code agrees", async (t) => {
  const { dir, signer } = await sampleLog(t, 66_000);
  const log = await openLog(dir, signer);
  await log.append(intent('é€\u{1f600} "quoted" \\ \n'));
  await log.close();
  const { vkey } = signer.verifier;
  t.is(python(dir, vkey), `ok ${log.size()}\n`);
  const path = join(dir, "tile/entries/100");
  const sound = await readFile(path);
  await writeFile(path, sound.fill(sound.readUInt8(50) ^ 1, 50, 51));
  t.throws(() => python(dir, vkey));
});
