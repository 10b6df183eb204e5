/**
 * All tests, in three parts: checks (types, lint, generated code, import edges), tests without a cluster, tests on a real
 * control plane. The last line is "N passed, N failed".
 *
 *   npm test                   everything
 *   npm run test:unit          checks and tests without a cluster: seconds
 *   npm run test:soak          everything, with the long crash sweeps
 *   npm test -- test/audit     only the test files under these paths
 */
import { spawn } from "node:child_process";
import { globSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { runChecks } from "./check.ts";
import { ensureBinaries } from "./control-plane/binaries.ts";
import { stderrLogger } from "./lib/logger.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

interface Tally {
  passed: number;
  failed: number;
  skipped: string[];
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Reads AVA's TAP stream: one line per test as it ends, the whole diagnostic of each failure. */
async function ava(files: string[], concurrency: number, env: NodeJS.ProcessEnv, tally: Tally): Promise<void> {
  if (files.length === 0) return;
  const args = ["node_modules/ava/entrypoints/cli.js", "--tap", `--concurrency=${concurrency}`, ...files];
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ["ignore", "pipe", "inherit"] });
  let failing = false;
  let counted = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const result = /^(not )?ok \d+ - (.*)$/.exec(line);
    if (result === null) {
      if (failing && line.startsWith(" ")) say(line);
      continue;
    }
    counted += 1;
    const title = result[2] ?? "";
    failing = result[1] !== undefined;
    if (failing) tally.failed += 1;
    else if (/# (SKIP|TODO)/i.test(title)) tally.skipped.push(title);
    else tally.passed += 1;
    say(`${failing ? "FAIL" : "ok  "} ${title}`);
  }
  const code = child.exitCode ?? (await new Promise<number | null>((done) => child.once("close", done)));
  if (counted === 0 || (code !== 0 && tally.failed === 0)) {
    tally.failed += 1;
    say(`FAIL the test runner ended with code ${code} after ${counted} tests`);
  }
}

const args = process.argv.slice(2);
const unitOnly = args.includes("--unit");
const env = { ...process.env, ...(args.includes("--soak") ? { AGENT_SAFE_SOAK: "1" } : {}) };
const chosen = args.filter((arg) => !arg.startsWith("--")).map((path) => path.replace(/\/+$/, ""));
const files = globSync("test/**/*.test.ts", { cwd: root })
  .sort()
  .filter((file) => chosen.length === 0 || chosen.some((path) => file === path || file.startsWith(`${path}/`)));
const onCluster = files.filter((file) => /^test\/(integration|e2e)\//.test(file));
const without = files.filter((file) => !onCluster.includes(file));

const tally: Tally = { passed: 0, failed: 0, skipped: [] };
if (chosen.length === 0) {
  for (const { name, problems } of runChecks()) {
    say(`${problems.length === 0 ? "ok  " : "FAIL"} check › ${name}`);
    for (const problem of problems) say(problem.replace(/^/gm, "     "));
    if (problems.length === 0) tally.passed += 1;
    else tally.failed += 1;
  }
}
await ava(without, 2, env, tally);
// Building the control plane on a fresh machine takes minutes, longer than any single test may.
if (!unitOnly && onCluster.length > 0) await ensureBinaries({ logger: stderrLogger });
// One control plane at a time: two of them starve each other on two cores, and deadlines then miss for no fault of the code.
if (!unitOnly) await ava(onCluster, 1, env, tally);

for (const title of tally.skipped) say(`skipped: ${title}`);
if (tally.skipped.length > 0) say(`${tally.skipped.length} skipped`);
say(`${tally.passed} passed, ${tally.failed} failed`);
process.exitCode = tally.failed === 0 && tally.passed > 0 ? 0 : 1;
