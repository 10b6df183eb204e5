import type { Action, ActionPolicy, Agent, RiskProfile, Target } from "../../controller/api/types.ts";
import type { Profile } from "../../controller/policy/types.ts";
import { toAction } from "./action.ts";
import { toAgents } from "./agents.ts";
import { Names, slug } from "./names.ts";
import { toPolicies } from "./policy.ts";
import { fault, shown, warn } from "./problem.ts";
import type { PythonProject } from "./python-project.ts";
import { toRiskProfile } from "./risk-profile.ts";
import { toTarget } from "./target.ts";

/** What a Python project becomes. */
export interface Converted {
  actions: Action[];
  policies: ActionPolicy[];
  targets: Target[];
  agents: Agent[];
  riskProfile: RiskProfile | undefined;
}

function typeName(text: string): string {
  if (text === "sentinel") return "imported-sentinel";
  return /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(text) ? text : slug(text, "untyped");
}

/** All names of target types, those first that stay as they are, so that none of them is taken. */
function targetTypes({ actions, policies, targets, config }: PythonProject): Names {
  const names = new Names(typeName);
  const used = new Set<string>([
    ...actions.flatMap(({ value }) => value.target_types),
    ...targets.map(({ value }) => value.type),
    ...policies.flatMap(({ rules }) => rules.flatMap((rule) => rule.match.targets?.types ?? [])),
  ]);
  const kept = [...used].filter((text) => typeName(text) === text);
  for (const text of kept) names.of(text);
  for (const text of used) {
    const name = names.of(text);
    if (name !== text) warn(config.place, `the target type ${shown(text)} becomes ${name}`);
  }
  return names;
}

/** Turns a project that was read into our resources. `callers` are agents that its tests name. */
export function convert(project: PythonProject, profile: Profile, callers: readonly string[]): Converted {
  const types = targetTypes(project);
  const byName = new Map(project.actions.map(({ value }) => [value.name, value]));
  const names = new Names((id) => slug(id, "target"));
  const { config } = project;
  if (project.actions.length > 0)
    warn(
      config.place,
      "how an action is done is not in its definition there but in code: every `execution` names a handler that touches nothing",
      "take the catalog's actions, or write `execution`",
    );
  if (project.policies.length > 0 && project.policies.every(({ rules }) => rules.length === 0))
    warn(config.place, "there are no rules: everything is denied");
  const riskProfile = toRiskProfile(config.value, config.place);
  const policies = toPolicies(
    project.policies.filter(({ rules }) => rules.length > 0),
    types,
  );
  if (policies.some((policy) => JSON.stringify(policy).length > 1_000_000))
    fault(config.place, "a policy is larger than 1 MB");
  return {
    actions: project.actions.map(({ value, place }) => toAction(value, byName, types, place)),
    policies,
    targets: project.targets.map(({ value, place }) => toTarget(value, types, names, profile, place)),
    agents: profile === "strict" ? toAgents(project.policies, callers, config.place) : [],
    riskProfile,
  };
}
