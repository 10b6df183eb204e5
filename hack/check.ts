/** Every check that needs no cluster: `npm run check`. Exit 1 when one fails. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { checkDocs } from "./check/docs.ts";
import { checkEdges } from "./check/edges.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** One check: its name and what it found, empty when all is well. */
export interface CheckResult {
  name: string;
  problems: string[];
}

function command(name: string, program: string, args: string[]): CheckResult {
  const run = spawnSync(program, args, { cwd: root, encoding: "utf8" });
  if (run.error) return { name, problems: [String(run.error)] };
  const output = `${run.stdout}${run.stderr}`.trim();
  return { name, problems: run.status === 0 ? [] : [output] };
}

function trackedFiles(): string[] {
  const run = spawnSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
  });
  if (run.status !== 0) throw new Error(`git ls-files failed: ${run.stderr}`);
  return run.stdout.split("\n").filter((file) => file !== "" && existsSync(`${root}${file}`));
}

/** Runs all checks in turn. */
export function runChecks(): CheckResult[] {
  const bin = (name: string) => `${root}node_modules/.bin/${name}`;
  const files = trackedFiles();
  return [
    command("types", bin("tsc"), ["-p", "."]),
    command("lint and format", bin("biome"), ["check", "--error-on-warnings", "."]),
    command("unused files, exports and dependencies", bin("knip"), ["--no-progress"]),
    command("generated code matches the CRDs", process.execPath, ["hack/generate.ts", "--check"]),
    {
      name: "import edges",
      problems: checkEdges(root, files).map((v) => `${v.file} imports ${v.imports}: ${v.rule}`),
    },
    { name: "docs", problems: checkDocs(root, files).map((p) => `${p.file}:${p.line}: ${p.problem}`) },
  ];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  let failed = 0;
  for (const { name, problems } of runChecks()) {
    console.log(`${problems.length === 0 ? "ok  " : "FAIL"} ${name}`);
    for (const problem of problems) console.log(problem.replace(/^/gm, "     "));
    if (problems.length > 0) failed += 1;
  }
  process.exitCode = failed === 0 ? 0 : 1;
}
