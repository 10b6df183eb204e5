import { writeFile } from "node:fs/promises";
import type { Command } from "commander";
import type { Project } from "../../sdk/project/load.ts";
import type { TestFile } from "../../sdk/project/test-file.ts";
import { CliError, EXIT } from "../lib/errors.ts";
import { jsonText, type OutputFormat, outputOption } from "../lib/output.ts";
import { count, open, type ProjectFlags, printProblems, projectOptions } from "../lib/project.ts";
import { instant } from "../lib/question.ts";

interface TestFlags extends ProjectFlags {
  time?: string;
  junit?: string;
  tap?: boolean;
  verbose?: boolean;
  output?: OutputFormat;
}

const HELP = `
A file of tests is a mapping with a list "tests"; each has name, action, target, caller, params, ticketId, time and expect:

  tests:
  - name: deployers restart staging
    action: restart-deployment
    target: staging/api
    caller: deploy-bot
    expect: allow
  - name: too much at once needs a second look
    caller: {agentId: any, roles: [deployer]}
    action: restart-deployment
    target: staging/api
    expect: allow
    steps:
    - {repeat: 5}
    - {after: 1m, expect: {decision: require_approval, cause: CumulativeRisk, escalatedFrom: allow}}

Exit status: 0 all passed, 1 a test failed or there is none, 2 usage.

Examples:
  agent-safe test
  agent-safe test tests/prod.yaml --junit report.xml
  agent-safe test --dir policies-repo --tap`;

/** Adds `test`. */
export function register(program: Command): void {
  projectOptions(program.command("test").description("run a project's tests of its policies"))
    .argument("[paths...]", "files or folders of tests (default: those of the project)")
    .option("--time <time>", "when tests that name no time take place, RFC 3339 (default: now)")
    .option("--junit <file>", "also write JUnit's XML")
    .option("--tap", "print the Test Anything Protocol")
    .option("-v, --verbose", "print also what passed")
    .addOption(outputOption(["json"]))
    .addHelpText("after", HELP)
    .action(async (paths: string[], flags: TestFlags) => {
      process.exitCode = await test(paths, flags);
    });
}

async function test(paths: string[], flags: TestFlags): Promise<number> {
  if (flags.tap && flags.output) throw new CliError("Usage", "choose one of --tap and -o json");
  const project = await open(flags, paths[0]);
  const files = await testsOf(project, paths);
  const { runTests } = await import("../../sdk/project/run-tests.ts");
  const now = await instant(flags.time, project.profile);
  const results = runTests(project, files, { now, clock: () => performance.now() });
  const { junitReport, tapReport, textReport } = await import("../lib/test-report.ts");
  if (flags.junit !== undefined) await writeFile(flags.junit, junitReport(results));
  const failed = results.filter(({ passed }) => !passed).length;
  if (flags.tap) process.stdout.write(tapReport(results));
  else if (flags.output === "json")
    process.stdout.write(jsonText({ passed: results.length - failed, failed, tests: results }));
  else process.stdout.write(textReport(results, flags.verbose === true));
  if (results.length === 0) process.stderr.write("error: there are no tests\n");
  return failed > 0 || results.length === 0 ? EXIT.error : EXIT.ok;
}

/** The tests that were asked for. One that can't be read fails them all: what is left out would pass unseen. */
async function testsOf(project: Project, paths: string[]): Promise<readonly TestFile[]> {
  const { loadProject } = await import("../../sdk/project/load.ts");
  const { profile } = project;
  const { tests, problems } = paths.length === 0 ? project : await loadProject({ dir: paths, profile, partial: true });
  const wrong = problems.filter(
    ({ severity, kind }) => severity === "error" && (kind === "Test" || kind === undefined),
  );
  if (wrong.length === 0) return tests;
  await printProblems(wrong);
  throw new CliError("Invalid", `the tests have ${count(wrong.length, "error")}; none is run`);
}
