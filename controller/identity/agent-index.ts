import { objectDigest } from "../api/digest.ts";
import type { Agent, AgentSubject } from "../api/types.ts";
import type { ResolvedAgent } from "../policy/types.ts";

/** Who the API server (or the gateway) said is asking. */
export interface Requester {
  username: string;
  uid?: string;
  groups?: readonly string[];
  extra?: Record<string, readonly string[]>;
}

export type AgentLookup =
  | { agent: ResolvedAgent }
  | { error: "UnknownAgent" | "AmbiguousAgent"; names: string[]; message?: string };

const ANONYMOUS = new Set(["system:anonymous", "system:unauthenticated"]);
/** Groups that say nothing about who somebody is, or that hold whoever administers the cluster. */
const NO_AGENT = new Set([
  "system:authenticated",
  "system:unauthenticated",
  "system:serviceaccounts",
  "system:masters",
]);

/** Username of a JWT subject, as the gateway stamps it. */
export function jwtUsername(issuer: string, subject: string): string {
  return `jwt:${issuer}#${subject}`;
}

/**
 * The key under which a subject is found; undefined for one that can never authenticate. Users and accounts share the space
 * of usernames, so a User that spells an account's or a JWT's name is not one, nor is an issuer that holds the # which ends it.
 * Validation refuses these too; an Agent written while it was away must not be somebody all the same.
 */
function subjectKey(subject: AgentSubject): string | undefined {
  switch (subject.kind) {
    case "ServiceAccount":
      return subject.namespace && subject.name
        ? `user:system:serviceaccount:${subject.namespace}:${subject.name}`
        : undefined;
    case "User":
      if (!subject.name || ANONYMOUS.has(subject.name) || /^(system:serviceaccount|jwt):/.test(subject.name))
        return undefined;
      return `user:${subject.name}`;
    case "Group":
      return subject.name && !NO_AGENT.has(subject.name) ? `group:${subject.name}` : undefined;
    case "JWT":
      return subject.issuer && !subject.issuer.includes("#") && subject.subject
        ? `user:${jwtUsername(subject.issuer, subject.subject)}`
        : undefined;
    default:
      return undefined;
  }
}

interface Entry {
  agent: Agent;
  keys: Set<string>;
  resolved: ResolvedAgent | undefined;
}

function resolvedOf(entry: Entry): ResolvedAgent {
  const { metadata, spec } = entry.agent;
  entry.resolved ??= {
    id: spec.agentId ?? metadata.name,
    name: metadata.name,
    ...(metadata.uid && { uid: metadata.uid }),
    digest: objectDigest(entry.agent),
    roles: spec.roles ?? [],
    groups: spec.groups ?? [],
    delegation: [],
    suspended: spec.suspended === true,
  };
  return entry.resolved;
}

/** Which agent an authenticated requester is. A requester that two Agents claim is neither. */
export class AgentIndex {
  readonly #byName = new Map<string, Entry>();
  readonly #byKey = new Map<string, Set<Entry>>();
  readonly #byId = new Map<string, Set<Entry>>();
  readonly #byNamespace = new Map<string, Set<Entry>>();

  upsert(agent: Agent): void {
    const { name } = agent.metadata;
    const known = this.#byName.get(name);
    if (known && isOlder(agent, known.agent)) return;
    this.remove(name);
    const keys = new Set<string>();
    for (const subject of agent.spec.subjects ?? []) {
      const key = subjectKey(subject);
      if (key) keys.add(key);
    }
    const entry: Entry = { agent, keys, resolved: undefined };
    this.#byName.set(name, entry);
    for (const key of keys) put(this.#byKey, key, entry);
    put(this.#byId, agent.spec.agentId ?? name, entry);
    for (const namespace of namespacesOf(agent)) put(this.#byNamespace, namespace, entry);
  }

  remove(name: string): void {
    const entry = this.#byName.get(name);
    if (!entry) return;
    this.#byName.delete(name);
    for (const key of entry.keys) take(this.#byKey, key, entry);
    take(this.#byId, entry.agent.spec.agentId ?? name, entry);
    for (const namespace of namespacesOf(entry.agent)) take(this.#byNamespace, namespace, entry);
  }

  get(name: string): Agent | undefined {
    return this.#byName.get(name)?.agent;
  }

  names(): string[] {
    return [...this.#byName.keys()].sort();
  }

  /** The Agents with a ServiceAccount of a namespace. */
  ofNamespace(namespace: string): Agent[] {
    return [...(this.#byNamespace.get(namespace) ?? [])].map((entry) => entry.agent);
  }

  /** The Agents that have an agent id; more than one is as bad as none. */
  byId(agentId: string): Agent[] {
    return [...(this.#byId.get(agentId) ?? [])].map((entry) => entry.agent);
  }

  /**
   * The agent of a requester. A suspended one resolves too (`suspended: true`). Two Agents with one agent id are ambiguous
   * as well: what one may, the other must not.
   */
  resolve(requester: Requester): AgentLookup {
    if (
      !requester.username ||
      ANONYMOUS.has(requester.username) ||
      requester.groups?.includes("system:unauthenticated")
    ) {
      return { error: "UnknownAgent", names: [] };
    }
    const found = new Set(this.#byKey.get(`user:${requester.username}`));
    for (const group of requester.groups ?? [])
      for (const entry of this.#byKey.get(`group:${group}`) ?? []) found.add(entry);
    const [only] = found;
    if (!only) return { error: "UnknownAgent", names: [] };
    const same = this.#byId.get(only.agent.spec.agentId ?? only.agent.metadata.name) ?? found;
    for (const entry of found.size > 1 ? [] : same) found.add(entry);
    if (found.size > 1)
      return { error: "AmbiguousAgent", names: [...found].map((entry) => entry.agent.metadata.name).sort() };
    return { agent: resolvedOf(only) };
  }
}

function namespacesOf({ spec }: Agent): Set<string> {
  return new Set(
    (spec.subjects ?? []).flatMap(({ kind, namespace }) => (kind === "ServiceAccount" && namespace) || []),
  );
}

function isOlder(next: Agent, known: Agent): boolean {
  if (next.metadata.uid !== known.metadata.uid) return false;
  const a = Number(next.metadata.resourceVersion);
  const b = Number(known.metadata.resourceVersion);
  return Number.isFinite(a) && Number.isFinite(b) && a < b;
}

function put(map: Map<string, Set<Entry>>, key: string, entry: Entry): void {
  const set = map.get(key);
  if (set) set.add(entry);
  else map.set(key, new Set([entry]));
}

function take(map: Map<string, Set<Entry>>, key: string, entry: Entry): void {
  const set = map.get(key);
  if (set?.delete(entry) && set.size === 0) map.delete(key);
}
