import type { ActionPlan } from "../../controller/api/types.ts";
import { checkMeaning, isOurs, problemAt, readDefinition } from "./definitions.ts";
import { parseDocuments } from "./documents.ts";
import { fileProblem } from "./files.ts";
import type { Project } from "./load.ts";
import type { Problem } from "./problem.ts";

/**
 * The one ActionPlan of a text; undefined when there is none, or it is not right: then `problems` says why. What its steps ask
 * for is not looked at here but judged.
 */
export function readPlan(name: string, text: string, project: Project, problems: Problem[]): ActionPlan | undefined {
  const plans: ActionPlan[] = [];
  for (const source of parseDocuments(name, text, problems)) {
    if (!isOurs(source.value)) continue;
    const definition = readDefinition(source, problems);
    if (definition?.kind !== "ActionPlan") continue;
    if (plans.length > 0) problems.push(problemAt(source, "", "Duplicate", "a second ActionPlan; give one a file"));
    if (checkMeaning(definition, { profile: project.profile }, problems)) plans.push(definition.object as ActionPlan);
  }
  if (plans.length === 0 && problems.length === 0)
    problems.push(fileProblem(name, "NotFound", "holds no ActionPlan of agentsafe.dev/v1alpha1"));
  return problems.length === 0 ? plans[0] : undefined;
}
