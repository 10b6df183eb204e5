import type { Agent, AgentSubject } from "../api/types.ts";
import { type AgentIndex, jwtUsername, type Requester } from "./agent-index.ts";

/** The group of every ServiceAccount of a namespace. */
const NAMESPACE_GROUP = /^system:serviceaccounts:(.+)$/;

/**
 * Names of the other Agents by which this one is nobody: those with a subject or an agent id of its own, and those whose group
 * holds its ServiceAccounts, or the other way round. Who is in other groups shows only when somebody asks.
 */
export function agentClashes(agents: AgentIndex, agent: Agent): string[] {
  const clashes = new Set<string>();
  for (const subject of agent.spec.subjects ?? []) {
    const found = agents.resolve(requesterOf(subject));
    if ("error" in found) for (const name of found.names) clashes.add(name);
    const [, namespace] = subject.kind === "Group" ? (NAMESPACE_GROUP.exec(subject.name ?? "") ?? []) : [];
    for (const other of namespace === undefined ? [] : agents.ofNamespace(namespace)) clashes.add(other.metadata.name);
  }
  for (const other of agents.byId(agent.spec.agentId ?? agent.metadata.name)) clashes.add(other.metadata.name);
  clashes.delete(agent.metadata.name);
  return [...clashes].sort();
}

/** Somebody who authenticates as a subject. */
function requesterOf(subject: AgentSubject): Requester {
  const { kind, namespace, name = "" } = subject;
  switch (kind) {
    case "ServiceAccount":
      return {
        username: `system:serviceaccount:${namespace}:${name}`,
        groups: [`system:serviceaccounts:${namespace}`],
      };
    case "JWT":
      return { username: jwtUsername(subject.issuer ?? "", subject.subject ?? "") };
    case "Group":
      return { username: "somebody", groups: [name] };
    default:
      return { username: name };
  }
}
