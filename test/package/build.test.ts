import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";
import { exampleProject, examplesOf, runExample } from "../sdk/examples.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

function run(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
  if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}: ${stdout}${stderr}`);
  return stdout;
}

test.serial("the built package runs as JavaScript and exports what the checkout exports", async (t) => {
  run("hack/build.ts");
  const { version } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as { version: string };
  t.is(run("dist/cli/agent-safe.js", "--version").trim(), version);
  const names = "import('./dist/index.js').then((module) => console.log(Object.keys(module).sort().join()))";
  const checkout = await import("../../index.ts");
  t.is(run("--input-type=module", "-e", names).trim(), Object.keys(checkout).sort().join());
});

/** Puts what would be published, and the packages that it asks for, where a user's project has them. */
function install(dir: string): void {
  const modules = join(dir, "node_modules");
  const installed = join(modules, "agent-safe");
  rmSync(installed);
  cpSync(`${root}dist`, installed, { recursive: true });
  const { dependencies } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  for (const name of [...Object.keys(dependencies), "@types/node"]) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(`${root}node_modules/${name}`, join(modules, name));
  }
}

test.serial("installed elsewhere, the examples of docs/sdk.md run and fit its types", async (t) => {
  const dir = exampleProject("docs/sdk.md");
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  install(dir);
  const programs = examplesOf("docs/sdk.md").filter(({ language }) => language === "ts");
  const [first] = programs;
  t.deepEqual(first && (await runExample(dir, first, { AGENT_SAFE_DIR: "", AGENT_SAFE_PROFILE: "" })), first?.prints);
  for (const { line, code } of programs) writeFileSync(join(dir, `example-${line}.ts`), code);
  const compilerOptions = { target: "esnext", module: "nodenext", strict: true, noEmit: true, types: ["node"] };
  writeFileSync(
    join(dir, "tsconfig.json"),
    JSON.stringify({ compilerOptions: { ...compilerOptions, skipLibCheck: true } }),
  );
  const { status, stdout } = spawnSync(`${root}node_modules/.bin/tsc`, ["-p", dir], { encoding: "utf8" });
  t.is(status, 0, stdout);
});

test("a flag that is wrong is a usage error that shows what is right", (t) => {
  const { status, stderr } = spawnSync(process.execPath, ["cli/agent-safe.ts", "audit", "verfy"], {
    cwd: root,
    encoding: "utf8",
  });
  t.is(status, 2);
  t.regex(stderr, /verify/);
});
