import type { Command } from "commander";
import type { Project } from "../../sdk/project/load.ts";
import type { Problem } from "../../sdk/project/problem.ts";
import { EXIT } from "../lib/errors.ts";
import { jsonText, type OutputFormat, outputOption } from "../lib/output.ts";
import { count, find, type ProjectFlags, printProblems, projectOptions } from "../lib/project.ts";

interface ValidateFlags extends ProjectFlags {
  strictWarnings?: boolean;
  output?: OutputFormat;
}

const HELP = `
Checks shape, meaning and references of all files at once: file:line:column, what is wrong, and what would be right. Warns about
rules that are shadowed, can't be reached or contradict each other. With FILES only these are told of; --dir is where the things
are that they name.

Exit status: 0 no errors, 1 errors (with --strict-warnings also warnings) or nothing to check, 2 usage.

Examples:
  agent-safe validate
  agent-safe validate --dir policies-repo --strict-warnings
  agent-safe validate --dir policies-repo new-policy.yaml -o json`;

/** Adds `validate`. */
export function register(program: Command): void {
  projectOptions(program.command("validate").description("check a project's files"))
    .argument("[files...]", "files or folders to tell of (default: the whole project)")
    .option("--strict-warnings", "let warnings fail too")
    .addOption(outputOption(["json", "name"]))
    .addHelpText("after", HELP)
    .action(async (files: string[], flags: ValidateFlags) => {
      process.exitCode = await validate(files, flags);
    });
}

async function validate(files: string[], flags: ValidateFlags): Promise<number> {
  const { project, own, wanted } = await load(files, flags);
  const { ruleWarnings } = await import("../../sdk/project/lint.ts");
  const { compareProblems } = await import("../../sdk/project/problem.ts");
  const problems = [...project.problems, ...ruleWarnings(project)]
    .filter(({ file }) => wanted === undefined || wanted.has(file))
    .sort(compareProblems);
  const errors = problems.filter(({ severity }) => severity === "error").length;
  const warnings = problems.length - errors;
  const { objects, tests } = own;
  const empty = objects === 0 && tests.length === 0 && errors === 0;
  await print(problems, { errors, warnings, files: wanted?.size ?? project.files.length, objects }, flags.output);
  if (empty) process.stderr.write("error: nothing of Agent-Safe is there to check\n");
  return errors > 0 || empty || (flags.strictWarnings && warnings > 0) ? EXIT.error : EXIT.ok;
}

interface Loaded {
  project: Project;
  /** What is to be checked of it: the named files by themselves, else all. */
  own: Project;
  /** The files to tell of when not all are. */
  wanted?: ReadonlySet<string>;
}

async function load(files: string[], flags: ValidateFlags): Promise<Loaded> {
  if (files.length === 0) {
    const project = await find(flags);
    return { project, own: project };
  }
  const { loadProject } = await import("../../sdk/project/load.ts");
  const { projectSettings } = await import("../../sdk/project/config.ts");
  const cwd = process.cwd();
  const { dirs, profile, config } = projectSettings({ cwd, env: process.env, dirs: flags.dir, profile: flags.profile });
  // Without a project the files stand for themselves, and what they name may be elsewhere.
  const alone = flags.dir === undefined && process.env.AGENT_SAFE_DIR === undefined && config === undefined;
  const own = await loadProject({ dir: files, profile, cwd, partial: true });
  const names = new Set([...own.files, ...own.problems.map(({ file }) => file)]);
  if (alone) return { project: own, own };
  return { project: await loadProject({ dir: [...dirs, ...files], profile, cwd }), own, wanted: names };
}

interface Summary {
  errors: number;
  warnings: number;
  files: number;
  objects: number;
}

async function print(problems: Problem[], summary: Summary, format: OutputFormat | undefined): Promise<void> {
  if (format === "json") {
    process.stdout.write(jsonText({ ...summary, problems }));
    return;
  }
  await printProblems(problems);
  if (format === "name") {
    const failing = new Set(problems.filter(({ severity }) => severity === "error").map(({ file }) => file));
    const { safeLine } = await import("../lib/terminal.ts");
    for (const file of failing) process.stdout.write(`${safeLine(file)}\n`);
    return;
  }
  const { files, objects, errors, warnings } = summary;
  process.stdout.write(
    `${count(files, "file")}, ${count(objects, "object")}: ${count(errors, "error")}, ${count(warnings, "warning")}\n`,
  );
}
