import type { Agent } from "../../controller/api/types.ts";
import { Names, slug } from "./names.ts";
import type { RuleFile } from "./policy.ts";
import { inside, type Place, shown, warn } from "./problem.ts";

/** Agent ids that rules name, and roles and groups that they ask for. */
interface Asked {
  ids: Set<string>;
  roles: Set<string>;
  groups: Set<string>;
}

function asked(files: readonly RuleFile[]): Asked {
  const made: Asked = { ids: new Set(), roles: new Set(), groups: new Set() };
  for (const { rules } of files) {
    for (const { match } of rules) {
      const { agent_ids: ids, delegated_from: from, roles, groups } = match.callers ?? {};
      for (const id of [...(ids ?? []), ...(from ?? [])]) made.ids.add(id);
      for (const role of roles ?? []) made.roles.add(role);
      for (const group of groups ?? []) made.groups.add(group);
    }
  }
  return made;
}

/**
 * An Agent for each id that a rule or a test names. The project does not say who authenticates as it (there, any text is an
 * agent), so each is given a ServiceAccount of its name, which only a person can confirm.
 */
export function toAgents(files: readonly RuleFile[], callers: readonly string[], place: Place): Agent[] {
  const { ids, roles, groups } = asked(files);
  const names = new Names(slug);
  const agents: Agent[] = [];
  for (const id of [...new Set([...ids, ...callers])].sort()) {
    if (id.includes("/")) {
      warn(place, `${shown(id)} is written as no Agent: an id with a / is one that a Delegation gives`);
      continue;
    }
    if (!/^[A-Za-z0-9]([A-Za-z0-9._:@-]*[A-Za-z0-9])?$/.test(id) || id.length > 253) {
      warn(place, `${shown(id)} can't be the id of an Agent; rules that name it match nobody`);
      continue;
    }
    const name = names.of(id);
    agents.push({
      apiVersion: "agentsafe.dev/v1alpha1",
      kind: "Agent",
      metadata: { name },
      spec: { agentId: id, subjects: [{ kind: "ServiceAccount", namespace: "agents", name }] },
    });
  }
  if (agents.length > 0)
    warn(place, "anybody could call itself by any agent id there: check the subjects of every Agent");
  for (const [what, values] of [
    ["role", roles],
    ["group", groups],
  ] as const) {
    for (const value of values) {
      warn(
        inside(place),
        `rules ask for the ${what} ${shown(value)}, but no Agent has it yet`,
        `write it into the Agents' spec.${what}s`,
      );
    }
  }
  return agents;
}
