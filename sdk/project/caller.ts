import { nearest } from "../../controller/api/near-names.ts";
import { show } from "../../controller/api/schema-error.ts";
import type { Agent } from "../../controller/api/types.ts";
import type { AgentError, DelegationLink, ResolvedAgent } from "../../controller/policy/types.ts";

/** Who asks, as a test, a line of a batch or an option says it. Absent roles and groups are those of the Agent. */
export interface CallerInput {
  agentId: string;
  roles?: readonly string[];
  groups?: readonly string[];
  /** Who lent it its power, the root first. */
  delegation?: readonly CallerLink[];
}

export interface CallerLink {
  id: string;
  roles?: readonly string[];
  groups?: readonly string[];
}

export type CallerErrorCode = "BadCaller";

/** A caller that is not of the right shape; the message names the field. */
export class CallerError extends Error {
  readonly code: CallerErrorCode = "BadCaller";
}

const FIELDS: Readonly<Record<string, string>> = {
  agentId: "agentId",
  agent_id: "agentId",
  roles: "roles",
  groups: "groups",
  delegation: "delegation",
};

function record(value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new CallerError(`${path} must be a mapping, not ${show(value)}`);
  }
  return value as Record<string, unknown>;
}

function text(value: unknown, path: string): string {
  if (typeof value !== "string" || value === "" || value.length > 512) {
    throw new CallerError(`${path} must be a text of 1 to 512 characters, not ${show(value)}`);
  }
  return value;
}

function texts(value: unknown, path: string): string[] {
  if (!Array.isArray(value)) throw new CallerError(`${path} must be a list of texts, not ${show(value)}`);
  return value.map((item, i) => text(item, `${path}[${i}]`));
}

/** Reads a caller: null or absent is nobody, a text is an agent id. Throws CallerError. */
export function parseCaller(value: unknown, path = "caller"): CallerInput | null {
  if (value === null || value === undefined) return null;
  if (typeof value === "string") return { agentId: text(value, path) };
  const given = record(value, path);
  for (const key of Object.keys(given)) {
    if (Object.hasOwn(FIELDS, key)) continue;
    const near = nearest(key, Object.keys(FIELDS));
    throw new CallerError(`${path} has no field ${show(key)}${near === undefined ? "" : `; did you mean ${near}?`}`);
  }
  const caller: CallerInput = { agentId: text(given.agentId ?? given.agent_id, `${path}.agentId`) };
  if (given.roles != null) caller.roles = texts(given.roles, `${path}.roles`);
  if (given.groups != null) caller.groups = texts(given.groups, `${path}.groups`);
  if (given.delegation != null) {
    if (!Array.isArray(given.delegation)) throw new CallerError(`${path}.delegation must be a list, the root first`);
    caller.delegation = given.delegation.map((link, i) => parseLink(link, `${path}.delegation[${i}]`));
  }
  return caller;
}

function parseLink(value: unknown, path: string): CallerLink {
  if (typeof value === "string") return { id: text(value, path) };
  const given = record(value, path);
  for (const key of Object.keys(given)) {
    if (!["id", "agentId", "agent_id", "roles", "groups"].includes(key))
      throw new CallerError(`${path} has no field ${show(key)}`);
  }
  const link: CallerLink = { id: text(given.id ?? given.agentId ?? given.agent_id, `${path}.id`) };
  if (given.roles != null) link.roles = texts(given.roles, `${path}.roles`);
  if (given.groups != null) link.groups = texts(given.groups, `${path}.groups`);
  return link;
}

export interface CallerContext {
  profile: "strict" | "compat";
  /** Agents by agent id. */
  agents: ReadonlyMap<string, Agent>;
  /** Takes callers at their word, known or not. */
  assume?: boolean;
}

/** The agent that a caller is, or why it is none; `reason` is for people. */
export interface ResolvedCaller {
  agent: ResolvedAgent | null;
  agentError?: AgentError;
  reason?: string;
  /** Its Agent, when there is one. */
  object?: Agent;
}

/** Agents by agent id; of two with one id neither is there. */
export function agentsById(agents: readonly Agent[]): Map<string, Agent> {
  const byId = new Map<string, Agent>();
  const twice = new Set<string>();
  for (const agent of agents) {
    const id = agent.spec.agentId ?? agent.metadata.name;
    if (byId.has(id)) twice.add(id);
    byId.set(id, agent);
  }
  for (const id of twice) byId.delete(id);
  return byId;
}

function nobody(reason?: string): ResolvedCaller {
  const agentError: AgentError = { error: "UnknownAgent", names: [] };
  return { agent: null, agentError, ...(reason !== undefined && { reason }) };
}

function same(stated: readonly string[] | undefined, have: readonly string[] | undefined): boolean {
  if (stated === undefined) return true;
  const own = new Set(have ?? []);
  return new Set(stated).size === own.size && stated.every((value) => own.has(value));
}

/**
 * Who a caller is. Under `strict` it must be an Agent of the project, with the roles and groups that this Agent has: what a
 * caller says of itself proves nothing. `assume` takes it at its word, for what-if questions and tests. Under `compat` any id is
 * an agent, as in the Python project.
 */
export function resolveCaller(caller: CallerInput | null, context: CallerContext): ResolvedCaller {
  if (caller === null) return nobody();
  const { agents } = context;
  const object = agents.get(caller.agentId);
  if (context.profile === "compat") return { agent: stated(caller, object, context), ...(object && { object }) };
  if (context.assume) return assumed(caller, context);
  if (!object) {
    const near = nearest(caller.agentId, agents.keys());
    const hint = near === undefined ? "" : `; did you mean ${show(near)}?`;
    return nobody(`no Agent has the id ${show(caller.agentId)}${hint}`);
  }
  if (caller.delegation && caller.delegation.length > 0)
    return nobody(`nothing proves that ${show(caller.agentId)} acts under a delegation; --assume takes it at its word`);
  for (const field of ["roles", "groups"] as const) {
    if (!same(caller[field], object.spec[field]))
      return nobody(
        `${field} ${show(caller[field])} are not those of Agent ${show(object.metadata.name)}, ${show(object.spec[field] ?? [])}; leave them out, or --assume takes them as they are`,
      );
  }
  return { agent: stated({ agentId: caller.agentId }, object, context), object };
}

/** What is stated, and for the rest what the Agent of that id says. */
function stated(caller: CallerInput, object: Agent | undefined, { agents, profile }: CallerContext): ResolvedAgent {
  const delegation = (caller.delegation ?? []).map((link): DelegationLink => {
    const own = agents.get(link.id)?.spec;
    const known = profile === "compat" ? undefined : own;
    return { id: link.id, roles: link.roles ?? known?.roles ?? [], groups: link.groups ?? known?.groups ?? [] };
  });
  return {
    id: caller.agentId,
    ...(object && { name: object.metadata.name }),
    roles: caller.roles ?? (delegation.length === 0 ? object?.spec.roles : undefined) ?? [],
    groups: caller.groups ?? (delegation.length === 0 ? object?.spec.groups : undefined) ?? [],
    delegation,
    suspended: object?.spec.suspended === true || delegation.some(({ id }) => agents.get(id)?.spec.suspended === true),
  };
}

/** A caller taken at its word: ids in the chain are put under their parents', so that nobody takes another's name by lending. */
function assumed(caller: CallerInput, context: CallerContext): ResolvedCaller {
  const { agents } = context;
  const chain = caller.delegation ?? [];
  const parent = chain.reduce((above, { id }) => under(above, id), "");
  const ownId =
    parent !== "" && caller.agentId.startsWith(`${parent}/`) ? caller.agentId.slice(parent.length + 1) : caller.agentId;
  const object = agents.get(ownId);
  const agent = stated(caller, object, context);
  if (chain.length === 0) return { agent, ...(object && { object }) };
  let above = "";
  agent.delegation = agent.delegation.map((link) => {
    above = under(above, link.id);
    return { ...link, id: above };
  });
  agent.id = under(parent, caller.agentId);
  if (object) {
    agent.own = { id: ownId, roles: object.spec.roles ?? [], groups: object.spec.groups ?? [] };
    agent.suspended ||= object.spec.suspended === true;
  }
  const root = agents.get(chain[0]?.id ?? "");
  return { agent, ...(root && { object: root }) };
}

function under(parent: string, id: string): string {
  return parent === "" || id.startsWith(`${parent}/`) ? id : `${parent}/${id}`;
}
