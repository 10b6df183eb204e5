import type { Sensitivity } from "../api/vocabulary.ts";
import { show } from "./field-error.ts";
import { compileGlob } from "./glob.ts";
import type { IndexedTarget } from "./target-index.ts";
import type { DelegationLink, DelegationScope, ResolvedAgent } from "./types.ts";

function anyGlob(globs: readonly string[], text: string): boolean {
  return globs.some((glob) => compileGlob(glob)(text));
}

/** The texts, escaped because agents wrote them; at most five. */
function list(values: readonly string[]): string {
  if (values.length === 0) return "nothing";
  return `${values.slice(0, 5).map(show).join(", ")}${values.length > 5 ? ", …" : ""}`;
}

function outside(
  scope: DelegationScope,
  action: string,
  target: IndexedTarget | undefined,
  sensitivity: Sensitivity,
): string | undefined {
  const { actions, targets } = scope;
  if (actions && !anyGlob(actions, action)) return `action ${show(action)}, only ${list(actions)}`;
  if (!targets) return undefined;
  if (!target) return "targets that are not registered";
  const { spec } = target.object;
  const checks: [string, string, readonly string[] | undefined, boolean?][] = [
    ["target", target.id, targets.ids, true],
    ["environment", spec.environment, targets.environments],
    ["sensitivity", sensitivity, targets.sensitivities],
    ["type", spec.type, targets.types],
  ];
  for (const [what, have, wanted, globs] of checks) {
    if (wanted && !(globs ? anyGlob(wanted, have) : wanted.includes(have)))
      return `${what} ${show(have)}, only ${list(wanted)}`;
  }
  for (const [key, value] of Object.entries(targets.labels ?? {})) {
    if (spec.labels?.[key] !== value) return `targets without the label ${show(`${key}=${value}`)}`;
  }
  return undefined;
}

function nameOf(link: DelegationLink): string {
  const by = link.delegation ? ` (Delegation ${show(link.delegation)})` : "";
  return `${show(link.id)}${by}`;
}

/** Why a link of the agent's chain does not lend this action on this target; undefined when every link does. */
export function scopeProblem(
  agent: ResolvedAgent,
  action: string,
  target: IndexedTarget | undefined,
  sensitivity: Sensitivity,
): string | undefined {
  for (const link of agent.delegation) {
    const problem = link.scope && outside(link.scope, action, target, sensitivity);
    if (problem) return `what agent ${nameOf(link)} lent does not include ${problem}`;
  }
  return undefined;
}
