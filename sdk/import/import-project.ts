import type { Profile } from "../../controller/policy/types.ts";
import { compareProblems, type Problem } from "../project/problem.ts";
import { type Converted, convert } from "./convert.ts";
import { readPythonProject } from "./python-project.ts";
import { warnOfReliance } from "./relied-upon.ts";
import { readTests } from "./tests.ts";
import { yamlDocuments, yamlText } from "./yaml-text.ts";

export interface ImportOptions {
  /** Folder of the Python project. */
  dir: string;
  /** What the new project is held by; `compat` decides as the old one did. */
  profile: Profile;
}

export interface ImportedProject {
  /** Files of the new project, paths relative to its folder. Empty when there are errors. */
  files: { path: string; content: string }[];
  /** What is otherwise than it may look, and what is left to do; errors say why nothing was made. */
  warnings: Problem[];
  objects: Converted;
}

const README = "# Imported from a Python Agent-Safe project. Under `compat` requests are decided as they were there.\n";

function toFiles(objects: Converted, profile: Profile): ImportedProject["files"] {
  const files = [{ path: "agent-safe.yaml", content: `${README}profile: ${profile}\n` }];
  for (const action of objects.actions)
    files.push({ path: `actions/${action.metadata.name}.yaml`, content: yamlText(action) });
  for (const policy of objects.policies)
    files.push({ path: `policies/${policy.metadata.name}.yaml`, content: yamlText(policy) });
  if (objects.targets.length > 0)
    files.push({ path: "targets/inventory.yaml", content: yamlDocuments(objects.targets) });
  if (objects.agents.length > 0) files.push({ path: "agents/agents.yaml", content: yamlDocuments(objects.agents) });
  if (objects.riskProfile) files.push({ path: "risk-profiles/default.yaml", content: yamlText(objects.riskProfile) });
  return files;
}

/** What was said, each once. */
function once(problems: readonly Problem[]): Problem[] {
  const known = new Map(problems.map((problem) => [JSON.stringify(problem), problem]));
  return [...known.values()].sort(compareProblems);
}

/** Reads a Python Agent-Safe project and makes ours of it. Writes nothing. Never throws for what its files hold. */
export function importProject({ dir, profile }: ImportOptions): ImportedProject {
  const project = readPythonProject(dir);
  const tests = readTests(dir, profile, project.problems);
  const objects = convert(
    project,
    profile,
    tests.flatMap(({ callers }) => callers),
  );
  if (project.problems.every(({ severity }) => severity !== "error")) warnOfReliance(project, objects, tests);
  const warnings = once(project.problems);
  if (warnings.some(({ severity }) => severity === "error")) return { files: [], warnings, objects };
  const files = [...toFiles(objects, profile), ...tests.map(({ path, content }) => ({ path, content }))];
  return { files, warnings, objects };
}
