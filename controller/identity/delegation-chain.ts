import { objectDigest } from "../api/digest.ts";
import { parseDuration } from "../api/duration.ts";
import type { Delegation } from "../api/types.ts";
import { show } from "../policy/field-error.ts";
import type { DelegationLink, DelegationScope, ResolvedAgent } from "../policy/types.ts";
import type { AgentIndex } from "./agent-index.ts";
import { type DelegationIndex, delegationKey } from "./delegation-index.ts";

/** The deepest that power can be lent on, whatever a root asks for. */
export const MAX_DELEGATION_DEPTH = 5;
/** The longest id that a status can hold. */
const MAX_ID_LENGTH = 253;
const DEFAULT_TTL = "1h";

/** What is known of agents and of what they lent. */
export interface IdentityIndexes {
  agents: AgentIndex;
  delegations: DelegationIndex;
}

/** A Delegation by name and UID, as requests name theirs. */
export interface DelegationRef {
  namespace: string;
  name: string;
  uid: string;
}

/** A chain of Delegations that holds, from the root's to the one that was asked about. */
export interface DelegationChain {
  /** Who lent, root first; ids of the later ones are namespaced under the earlier. */
  links: DelegationLink[];
  /** Agent id of the receiver by itself. */
  to: string;
  /** The id that the receiver acts by: `<id of who lent>/<its own>`. */
  agent: string;
  /** What was lent to it. */
  roles: readonly string[];
  groups: readonly string[];
  /** Epoch ms; the earliest end of any link. */
  expiresAt: number;
  /** Anybody in the chain, the receiver included, is suspended. */
  suspended: boolean;
  /** UID and digest of each Delegation, root first. */
  delegations: { uid: string; digest: string }[];
}

/** Why a chain does not hold. The message names the Delegation and what would be right. */
export interface ChainProblem {
  reason: "Invalid" | "Expired" | "Revoked";
  message: string;
}

/** A chain as its links say, before anybody in it was looked at. */
type Collected = { delegations: Delegation[] } | ChainProblem;

/**
 * Follows a Delegation up to its root and checks every link: not revoked, not expired, made by the agent that the link before
 * names, lending no more than that agent was lent, no deeper than the root said. Pure; `now` in epoch ms.
 */
export function resolveChain(
  indexes: IdentityIndexes,
  ref: DelegationRef,
  now: number,
): DelegationChain | ChainProblem {
  const collected = collect(indexes.delegations, ref);
  if ("reason" in collected) return collected;
  let chain: DelegationChain | undefined;
  for (const delegation of collected.delegations) {
    const next = extend(indexes.agents, chain, delegation, collected.delegations[0], now);
    if ("reason" in next) return next;
    chain = next;
  }
  return chain ?? invalid(`there is no Delegation ${ref.name}`);
}

/** The Delegation and its ancestors, root first. */
function collect(delegations: DelegationIndex, ref: DelegationRef): Collected {
  const found: Delegation[] = [];
  let next: { name: string; uid: string } | undefined = ref;
  let revoked: string | undefined;
  let missing: string | undefined;
  while (next !== undefined && missing === undefined) {
    const child = found[0]?.metadata.name;
    const whose = child === undefined ? "" : `, the parent of ${child},`;
    const delegation: Delegation | undefined = delegations.get(delegationKey(ref.namespace, next.name));
    if (delegation === undefined)
      missing = `there is no Delegation ${show(next.name)} in ${show(ref.namespace)}${whose}`;
    else if (delegation.metadata.uid !== next.uid)
      missing = `Delegation ${next.name}${whose} has the UID ${delegation.metadata.uid}, not ${show(next.uid)}`;
    else if (found.length === MAX_DELEGATION_DEPTH)
      missing = `Delegation ${ref.name} is lent on more than ${MAX_DELEGATION_DEPTH} times`;
    else {
      // A revocation is told even where something else is wrong further up.
      if (delegation.spec.revoked === true) revoked ??= delegation.metadata.name;
      found.unshift(delegation);
      next = delegation.spec.parentRef;
    }
  }
  if (revoked !== undefined) return { reason: "Revoked", message: `Delegation ${revoked} is revoked` };
  return missing === undefined ? { delegations: found } : invalid(missing);
}

/** The chain with one more link. */
function extend(
  agents: AgentIndex,
  before: DelegationChain | undefined,
  delegation: Delegation,
  root: Delegation | undefined,
  now: number,
): DelegationChain | ChainProblem {
  const { metadata, spec } = delegation;
  const bad = (message: string) => invalid(`Delegation ${metadata.name}: ${message}`);
  if (metadata.deletionTimestamp !== undefined) return bad("it is being deleted");
  const delegator = delegatorOf(agents, before, delegation);
  if (typeof delegator === "string") return bad(delegator);

  const created = Date.parse(metadata.creationTimestamp ?? "");
  if (Number.isNaN(created)) return bad("it has no creation time to count its lifetime from");
  const own = created + parseDuration(spec.ttl ?? DEFAULT_TTL);
  const expiresAt = Math.min(own, before?.expiresAt ?? own);
  if (now >= expiresAt) {
    const at = new Date(expiresAt).toISOString();
    return { reason: "Expired", message: `Delegation ${metadata.name} expired at ${at}` };
  }

  const depth = (before?.links.length ?? 0) + 1;
  const limit = Math.min(root?.spec.maxDepth ?? 1, MAX_DELEGATION_DEPTH);
  if (before !== undefined && spec.maxDepth !== undefined) return bad("only the first of a chain sets maxDepth");
  if (depth > limit)
    return bad(`it is link ${depth} of its chain, and Delegation ${root?.metadata.name} allows ${limit} (maxDepth)`);

  const lender = before ?? delegator;
  const lacks = before === undefined ? "has not" : "was not lent";
  const roles = spec.roles ?? [];
  const groups = spec.groups ?? [];
  for (const [what, wanted, held] of [
    ["roles", roles, lender.roles],
    ["groups", groups, lender.groups],
  ] as const) {
    const extra = wanted.filter((value) => !held.includes(value));
    if (extra.length > 0) return bad(`it lends ${what} that ${delegator.id} ${lacks}: ${extra.map(show).join(", ")}`);
  }

  const lenderId = before?.agent ?? delegator.id;
  const id = `${lenderId}/${spec.to}`;
  const receiver = receiverOf(agents, lenderId, spec.to, id);
  if (typeof receiver === "string") return bad(receiver);
  return {
    links: [
      ...(before?.links ?? []),
      {
        id: lenderId,
        ...(delegator.name !== undefined && { name: delegator.name }),
        ...(delegator.uid !== undefined && { uid: delegator.uid }),
        ...(delegator.digest !== undefined && { digest: delegator.digest }),
        roles: delegator.roles,
        groups: delegator.groups,
        delegation: metadata.name,
        ...(scopeOf(delegation) && { scope: scopeOf(delegation) }),
        at: new Date(created).toISOString().replace(".000Z", "Z"),
      },
    ],
    to: spec.to,
    agent: id,
    roles,
    groups,
    expiresAt,
    suspended: before?.suspended === true || delegator.suspended || receiver.suspended,
    delegations: [...(before?.delegations ?? []), { uid: metadata.uid ?? "", digest: objectDigest(delegation) }],
  };
}

/** Who made the Delegation, or what is wrong with that. */
function delegatorOf(
  agents: AgentIndex,
  before: DelegationChain | undefined,
  { spec }: Delegation,
): ResolvedAgent | string {
  if (spec.requester === undefined) return "nobody stamped who made it";
  const who = show(spec.requester.username);
  const found = agents.resolve(spec.requester);
  if ("error" in found) {
    return found.error === "AmbiguousAgent"
      ? `several Agents map its requester ${who}: ${found.names.join(", ")}`
      : `no Agent maps its requester ${who}`;
  }
  const { id } = found.agent;
  if (id.includes("/")) return `agent ${show(id)} can't lend, because its id has a /`;
  if (before !== undefined && id !== before.to)
    return `its requester is agent ${show(id)}, but its parent lends to ${show(before.to)}`;
  return found.agent;
}

/** Whether there is one agent to lend to that is not in the chain yet, and no other that has the id it would get. */
function receiverOf(agents: AgentIndex, lender: string, to: string, id: string): { suspended: boolean } | string {
  if (to.includes("/")) return `to: agent ${show(to)} can't be lent to, because its id has a /`;
  if (lender === to || lender.split("/").includes(to)) return `to: ${show(to)} is in the chain already (${lender})`;
  if (id.length > MAX_ID_LENGTH) return `the id ${show(id)} would be longer than ${MAX_ID_LENGTH} characters`;
  const found = agents.byId(to);
  const [only] = found;
  if (only === undefined) return `to: there is no Agent with the id ${show(to)}`;
  if (found.length > 1)
    return `to: several Agents have the id ${show(to)}: ${found.map((agent) => agent.metadata.name).join(", ")}`;
  const taken = agents.byId(id)[0];
  if (taken !== undefined) return `the id ${show(id)} that it gives is that of Agent ${taken.metadata.name}`;
  return { suspended: only.spec.suspended === true };
}

function scopeOf({ spec }: Delegation): DelegationScope | undefined {
  const { actions, targets } = spec;
  return actions === undefined && targets === undefined
    ? undefined
    : { ...(actions !== undefined && { actions }), ...(targets !== undefined && { targets }) };
}

function invalid(message: string): ChainProblem {
  return { reason: "Invalid", message };
}
