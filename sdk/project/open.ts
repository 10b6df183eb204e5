import { projectSettings, type SettingsInput } from "./config.ts";
import { blockingErrors, loadProject, type Project } from "./load.ts";
import { formatProblem, type Problem } from "./problem.ts";

export type ProjectErrorCode = "InvalidProject";

/** A project whose rules can't be trusted, because something in its files is wrong. */
export class ProjectError extends Error {
  readonly code: ProjectErrorCode = "InvalidProject";
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[]) {
    super(problems.map(formatProblem).join("\n"));
    this.name = "ProjectError";
    this.problems = problems;
  }
}

/** Finds and loads the project that options, environment and settings file name, with everything that is wrong in it. */
export async function findProject(input: SettingsInput): Promise<Project> {
  const { dirs, profile } = projectSettings(input);
  return loadProject({ dir: dirs, profile, cwd: input.cwd });
}

/** The same for judging. Throws ProjectError when anything that decides is in error: rules are never used in part. */
export async function openProject(input: SettingsInput): Promise<Project> {
  const project = await findProject(input);
  const errors = blockingErrors(project);
  if (errors.length > 0) throw new ProjectError(errors);
  return project;
}
