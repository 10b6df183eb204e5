import { digest } from "../api/digest.ts";
import type { Agent } from "../api/types.ts";
import { show } from "../policy/field-error.ts";
import type { AgentError, DelegationLink, ResolvedAgent } from "../policy/types.ts";
import { type AgentIndex, jwtUsername } from "./agent-index.ts";
import type { VerifiedIdentity } from "./verify-identity.ts";

/**
 * The agent that a verified token stands for. With Agents, the root of its chain must be the JWT subject of exactly one, and
 * the token may hold only what that Agent has. Without (`compat`), the issuer's word is all there is.
 */
export function identityAgent(identity: VerifiedIdentity, agents: AgentIndex | undefined): ResolvedAgent | AgentError {
  const { subject, rootSubject, issuer, chain } = identity;
  const suffix = subject.slice(rootSubject.length);
  if (agents === undefined) {
    const { roles = [], groups = [] } = identity;
    const delegation = chain.map((link) => linkOf(link, link.subject, link));
    return { id: subject, roles, groups, delegation, suspended: false };
  }
  const found = agents.resolve({ username: jwtUsername(issuer, rootSubject) });
  if ("error" in found) return found;
  const root = found.agent;
  const first = chain[0] ?? identity;
  for (const what of ["roles", "groups"] as const) {
    const extra = (first[what] ?? []).filter((name) => !root[what].includes(name));
    if (extra.length > 0)
      return invalid(
        `the token of ${show(rootSubject)} has ${what} that Agent ${root.id} has not: ${extra.map(show).join(", ")}`,
      );
  }
  const own = { id: root.id, roles: root.roles, groups: root.groups };
  const held = { roles: identity.roles ?? root.roles, groups: identity.groups ?? root.groups };
  if (chain.length === 0) {
    const whole = (["roles", "groups"] as const).every((what) => root[what].every((name) => held[what].includes(name)));
    return whole ? root : { ...root, ...held, own };
  }
  return delegated(identity, root, agents, suffix, held);
}

function delegated(
  { rootSubject, chain, tokenId }: VerifiedIdentity,
  root: ResolvedAgent,
  agents: AgentIndex,
  suffix: string,
  held: Pick<ResolvedAgent, "roles" | "groups">,
): ResolvedAgent | AgentError {
  const idOf = (subject: string) => root.id + subject.slice(rootSubject.length);
  const ids = [...chain.slice(1).map((link) => idOf(link.subject)), root.id + suffix];
  const receivers: Agent[] = [];
  for (const id of ids) {
    const taken = agents.byId(id)[0];
    if (taken !== undefined) return invalid(`the id ${show(id)} that was lent is that of Agent ${taken.metadata.name}`);
    // A name that an Agent bears was not proved to be that Agent; what that one must not do is denied all the same.
    receivers.push(...agents.byId(id.slice(id.lastIndexOf("/") + 1)));
  }
  const last = suffix.slice(suffix.lastIndexOf("/") + 1);
  const named = agents.byId(last);
  return {
    ...(root.name !== undefined && { name: root.name }),
    ...(root.uid !== undefined && { uid: root.uid }),
    digest: digest({ root: root.digest ?? "", tokens: [...chain.map((link) => link.tokenId), tokenId ?? ""] }),
    id: root.id + suffix,
    ...held,
    delegation: chain.map((link, i) => linkOf(link, idOf(link.subject), i === 0 ? root : link)),
    ...(named.length > 0 && {
      own: {
        id: last,
        roles: named.flatMap((agent) => agent.spec.roles ?? []),
        groups: named.flatMap((agent) => agent.spec.groups ?? []),
      },
    }),
    suspended: root.suspended || receivers.some((agent) => agent.spec.suspended === true),
  };
}

function linkOf(
  link: VerifiedIdentity["chain"][number],
  id: string,
  held: { roles: readonly string[]; groups: readonly string[]; name?: string; uid?: string; digest?: string },
): DelegationLink {
  return {
    id,
    ...(held.name !== undefined && { name: held.name }),
    ...(held.uid !== undefined && { uid: held.uid }),
    ...(held.digest !== undefined && { digest: held.digest }),
    roles: held.roles,
    groups: held.groups,
    delegation: link.tokenId,
    ...(link.scope !== undefined && { scope: link.scope }),
    at: new Date(link.at).toISOString().replace(".000Z", "Z"),
  };
}

function invalid(message: string): AgentError {
  return { error: "DelegationInvalid", names: [], message };
}
