import type { Project } from "./load.ts";
import type { Problem } from "./problem.ts";

/** Rules of a project that are pointless or accidental: shadowed, unreachable, or contradicting one of the same priority. */
export function ruleWarnings(_project: Project): Problem[] {
  return [];
}
