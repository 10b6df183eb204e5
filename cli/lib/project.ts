import { type Command, Option } from "commander";
import type { Project } from "../../sdk/project/load.ts";
import type { Problem } from "../../sdk/project/problem.ts";
import { CliError } from "./errors.ts";
import { safeLine } from "./terminal.ts";

/** Options of every command that works on a project's files. */
export interface ProjectFlags {
  dir?: string[];
  profile?: string;
}

export function collect(value: string, before: string[] | undefined): string[] {
  return [...(before ?? []), value];
}

/** Adds `--dir` and `--profile`. */
export function projectOptions(command: Command): Command {
  return command
    .option("--dir <dir>", "folder of the project; may be given again (AGENT_SAFE_DIR, agent-safe.yaml)", collect)
    .addOption(
      new Option("--profile <profile>", "how strictly (AGENT_SAFE_PROFILE, agent-safe.yaml; default strict)").choices([
        "strict",
        "compat",
      ]),
    );
}

function settings(flags: ProjectFlags, near?: string) {
  return { cwd: process.cwd(), env: process.env, dirs: flags.dir, profile: flags.profile, near };
}

/**
 * The project that flags, environment and settings file name; anything that decides and is in error ends the command.
 * @param near a path from which the settings file is looked for when no folder is named
 */
export async function open(flags: ProjectFlags, near?: string): Promise<Project> {
  const { openProject, ProjectError } = await import("../../sdk/project/open.ts");
  try {
    return await openProject(settings(flags, near));
  } catch (error) {
    if (!(error instanceof ProjectError)) return usage(error);
    await printProblems(error.problems);
    throw new CliError("Invalid", `the project has ${count(error.problems.length, "error")}; nothing is judged by it`);
  }
}

/** The same project with all its problems. */
export async function find(flags: ProjectFlags): Promise<Project> {
  const { findProject } = await import("../../sdk/project/open.ts");
  return findProject(settings(flags)).catch(usage);
}

/** A variable that says nothing sensible is a mistake of whoever asks. */
function usage(error: unknown): never {
  if (error instanceof Error && error.name === "SettingsError") throw new CliError("Usage", error.message);
  throw error;
}

/** One line each on stderr. */
export async function printProblems(problems: readonly Problem[]): Promise<void> {
  const { formatProblem } = await import("../../sdk/project/problem.ts");
  for (const problem of problems) process.stderr.write(`${safeLine(formatProblem(problem))}\n`);
}

/** "1 error", "2 errors". */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}
