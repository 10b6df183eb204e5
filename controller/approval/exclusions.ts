import type { ActionRequest, Agent, ApprovalProvider } from "../api/types.ts";
import type { ApprovalBlock } from "./requirement.ts";

export interface ExclusionInput {
  request: ActionRequest;
  provider: ApprovalProvider;
  block: ApprovalBlock | undefined;
  /** Every Agent of the chain: who asks, and who lent to it. */
  agents: readonly Agent[];
  /** Username of who last changed the policy; undefined when nobody knows. */
  policyAuthor?: string;
}

export interface Exclusions {
  /** Who may not approve, by user id, with the reason. */
  excluded: Map<string, string>;
  /** Why nobody can approve at all. */
  obstacle?: string;
}

/** Who is too near to a request to approve it. What can't be known is an obstacle, never a permission. */
export function exclusionsOf({ request, provider, block, agents, policyAuthor }: ExclusionInput): Exclusions {
  const excluded = new Map<string, string>();
  const users = provider.spec.users ?? [];
  const people = (username: string, reason: string) => {
    for (const { userId, usernames } of users) if (usernames?.includes(username)) excluded.set(userId, reason);
  };
  const { username } = request.spec.requester ?? {};
  if (username !== undefined) people(username, "asked for it");
  const unowned: string[] = [];
  for (const { metadata, spec } of agents) {
    const owners = (spec.owners ?? []).filter((owner) => owner.provider === provider.metadata.name);
    for (const { userId } of owners) excluded.set(userId, `owns agent ${metadata.name}`);
    for (const { kind, name } of spec.subjects ?? [])
      if (kind === "User" && name) people(name, `is agent ${metadata.name}`);
    if (owners.length === 0) unowned.push(metadata.name);
  }
  if (unowned.length > 0 && block?.allowUnownedAgent !== true) {
    const who = unowned.join(", ");
    const mend = "name spec.owners, or allow it in the rule by approval.allowUnownedAgent";
    return { excluded, obstacle: `nobody at ${provider.metadata.name} owns agent ${who}: ${mend}` };
  }
  if (block?.excludePolicyAuthor === true) {
    if (policyAuthor === undefined) return { excluded, obstacle: "who last changed the policy is not known" };
    people(policyAuthor, "last changed the policy");
  }
  return { excluded };
}
