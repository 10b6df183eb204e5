import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import test from "ava";

const root = fileURLToPath(new URL("../..", import.meta.url));

function run(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
  if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}: ${stdout}${stderr}`);
  return stdout;
}

test("the built package runs as JavaScript and exports what the checkout exports", async (t) => {
  run("hack/build.ts");
  const { version } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as { version: string };
  t.is(run("dist/cli/agent-safe.js", "--version").trim(), version);
  const names = "import('./dist/index.js').then((module) => console.log(Object.keys(module).sort().join()))";
  const checkout = await import("../../index.ts");
  t.is(run("--input-type=module", "-e", names).trim(), Object.keys(checkout).sort().join());
});

test("a flag that is wrong is a usage error that shows what is right", (t) => {
  const { status, stderr } = spawnSync(process.execPath, ["cli/agent-safe.ts", "audit", "verfy"], {
    cwd: root,
    encoding: "utf8",
  });
  t.is(status, 2);
  t.regex(stderr, /verify/);
});
