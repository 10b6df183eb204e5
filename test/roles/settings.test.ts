import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import test from "ava";

const settingsModule = new URL("../../controller/roles/settings.ts", import.meta.url).href;
const main = fileURLToPath(new URL("../../controller/main.ts", import.meta.url));

/** Settings as a process of its own reads them, in a folder below one with this `agent-safe.yaml`. */
function read(args: string[], { file, env = {} }: { file?: string; env?: Record<string, string> } = {}) {
  const home = mkdtempSync(join(tmpdir(), "agent-safe-settings-"));
  try {
    const cwd = join(home, "below");
    mkdirSync(cwd);
    if (file !== undefined) writeFileSync(join(home, "agent-safe.yaml"), file);
    const script = `import { readSettings } from ${JSON.stringify(settingsModule)};
      console.log(JSON.stringify(readSettings(process.argv.slice(1), process.cwd())));`;
    const run = spawnSync(process.execPath, ["--input-type=module", "-e", script, "--", ...args], {
      ...{ cwd, encoding: "utf8" as const, env: { PATH: process.env.PATH, ...env } },
    });
    return { ...run, settings: run.status === 0 ? JSON.parse(run.stdout) : undefined };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

test("flags come before the environment, that before the file, that before the default", (t) => {
  const file = "workers: 3\nlog-level: warn\ndecision-timeout: 30m\n";
  const { settings, stderr } = read(["--roles=executor", "--workers=5"], {
    file,
    env: { AGENT_SAFE_WORKERS: "4", AGENT_SAFE_LOG_LEVEL: "debug" },
  });
  t.is(settings?.workers, 5, stderr);
  t.is(settings.logLevel, "debug");
  t.is(settings.decisionTimeoutMs, 1_800_000);
  t.is(settings.finishedTtlMs, 604_800_000);
});

for (const [title, file, words] of [
  ["a key that is no setting", "wrokers: 3", /agent-safe\.yaml.*"wrokers" is no setting/],
  ["a value out of bounds", "workers: 0", /agent-safe\.yaml.*"workers".*1 to 1000/],
  ["no mapping", "- workers", /must be a mapping/],
  ["no YAML", "workers: [", /agent-safe\.yaml/],
] as const) {
  test(`${title} in the settings file is an error, never ignored`, (t) => {
    const { status, stderr } = read(["--roles=executor"], { file });
    t.is(status, 2);
    t.regex(stderr, words);
  });
}

test("one process never has the decider's and the executor's rights", (t) => {
  t.regex(read(["--roles=controller,executor"]).stderr, /one role a process/);
  t.regex(read(["--roles=decider"]).stderr, /roles are controller, executor, webhook/);
  t.regex(read([]).stderr, /--roles is missing/);
});

test("--help shows examples", (t) => {
  const { status, stdout } = spawnSync(process.execPath, [main, "--help"], { encoding: "utf8" });
  t.is(status, 0);
  t.regex(stdout, /Examples:/);
});
