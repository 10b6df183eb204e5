import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { folder } from "../sdk/project/support.ts";

const root = join(import.meta.dirname, "..", "..");

test("every command of docs/cli.md runs as it is written", (t) => {
  const page = readFileSync(join(root, "docs/cli.md"), "utf8");
  const blocks = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block]) => block ?? "");
  t.true(blocks.length >= 6);
  const home = folder(t, {});
  const bin = join(home, "bin");
  mkdirSync(bin);
  const quote = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;
  const command = `exec ${quote(process.execPath)} ${quote(join(root, "cli/agent-safe.ts"))} "$@"`;
  writeFileSync(join(bin, "agent-safe"), `#!/bin/sh\n${command}\n`, { mode: 0o755 });
  const run = spawnSync("bash", ["-euo", "pipefail", "-c", blocks.join("\n")], {
    cwd: home,
    encoding: "utf8",
    env: { PATH: `${bin}:${process.env.PATH}`, HOME: process.env.HOME },
  });
  t.is(run.status, 0, `${run.stdout}\n${run.stderr}`);
});
