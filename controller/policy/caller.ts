import type { ResolvedAgent } from "./types.ts";

/** Who is asking, as a rule sees it. */
export interface CallerView {
  /** The id it goes by first. */
  ids: readonly string[];
  roles: readonly string[];
  groups: readonly string[];
  /** Ids that stand in the chain of delegation. */
  delegators: readonly string[];
}

/** What is left of a namespaced id (`parent/own`) without its parent. */
function ownId(id: string, parent: string | undefined): string | undefined {
  return parent !== undefined && id.startsWith(`${parent}/`) ? id.slice(parent.length + 1) : undefined;
}

/** The agent with what was lent to it: all that rules see which give something. */
export function lentView(agent: ResolvedAgent): CallerView {
  const { id, roles, groups, delegation } = agent;
  return { ids: [id], roles, groups, delegators: delegation.length === 0 ? [] : delegation.map((link) => link.id) };
}

/**
 * The agent with everybody in its chain and with itself as it is on its own: what rules see that take something away, so that
 * no ban is escaped by lending, nor by leaving a role out.
 */
export function chainView(agent: ResolvedAgent): CallerView {
  const ids = new Set([agent.id]);
  const roles = new Set(agent.roles);
  const groups = new Set(agent.groups);
  const delegators = new Set<string>();
  let parent: string | undefined;
  for (const link of agent.delegation) {
    for (const id of [link.id, ownId(link.id, parent)]) if (id) delegators.add(id);
    for (const role of link.roles ?? []) roles.add(role);
    for (const group of link.groups ?? []) groups.add(group);
    parent = link.id;
  }
  for (const id of [agent.own?.id, ownId(agent.id, parent), ...delegators]) if (id) ids.add(id);
  for (const role of agent.own?.roles ?? []) roles.add(role);
  for (const group of agent.own?.groups ?? []) groups.add(group);
  return { ids: [...ids], roles: [...roles], groups: [...groups], delegators: [...delegators] };
}

/** Who in the chain of delegation holds one of these; undefined when nobody but the agent itself as lent does. */
export function holderOf(
  agent: ResolvedAgent,
  kind: "roles" | "groups",
  wanted: readonly string[] | undefined,
): string | undefined {
  const has = (values: readonly string[] | undefined): boolean =>
    values?.some((value) => wanted?.includes(value)) === true;
  if (!wanted || has(agent[kind])) return undefined;
  return agent.delegation.find((link) => has(link[kind]))?.id ?? (has(agent.own?.[kind]) ? agent.own?.id : undefined);
}
