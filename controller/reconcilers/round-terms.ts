import { objectDigest } from "../api/digest.ts";
import { parseDuration } from "../api/duration.ts";
import type { ActionPolicy, ActionRequest, Agent, ApprovalProvider } from "../api/types.ts";
import { type Exclusions, exclusionsOf } from "../approval/exclusions.ts";
import { type ApprovalBlock, requirementOf } from "../approval/requirement.ts";
import type { Requirement } from "../approval/types.ts";

/** What policy asks of people for one request, and what follows from it. */
export interface Terms {
  block: ApprovalBlock | undefined;
  requirement: Requirement;
  exclusions: Exclusions;
  /** Teams that policy names. */
  teams: string[];
  ttlMs: number;
  validForMs: number;
  maxRounds: number;
}

/** What of the world the terms are read from. */
export interface TermsWorld {
  policy(name: string): ActionPolicy | undefined;
  agent(name: string): Agent | undefined;
}

/** The approval block of the rule that decided. @returns an error text when that rule is not in force any more */
export function blockOf(
  { status }: ActionRequest,
  world: Pick<TermsWorld, "policy">,
): ApprovalBlock | undefined | string {
  const { policy: name, rule, policyDigest } = status?.decision ?? {};
  if (name === undefined) return undefined;
  const policy = world.policy(name);
  if (policy === undefined || objectDigest(policy) !== policyDigest)
    return `policy ${name} has changed; it is judged again`;
  return policy.spec.rules.find((one) => one.name === rule)?.approval;
}

/** Everything about who must and who may not approve a request. @returns an error text when it can't be known now */
export function termsOf(request: ActionRequest, provider: ApprovalProvider, world: TermsWorld): Terms | string {
  const block = blockOf(request, world);
  if (typeof block === "string") return block;
  const { agent } = request.status ?? {};
  const names = [agent?.name, ...(agent?.delegation ?? []).map(({ name }) => name)];
  const agents: Agent[] = [];
  for (const name of names) {
    const found = name === undefined ? undefined : world.agent(name);
    if (found === undefined) return `Agent ${name ?? "?"} of the chain is gone; it is judged again`;
    agents.push(found);
  }
  const ids = new Map(
    (provider.spec.users ?? []).flatMap(({ login, userId }) => (login === undefined ? [] : [[login, userId]])),
  );
  const requirement = requirementOf(block, (name) => ids.get(name) ?? name);
  const teams = [...requirement.require.flatMap((group) => group.teams ?? []), ...(requirement.breakGlassTeams ?? [])];
  return {
    ...{ block, requirement, teams: [...new Set(teams)] },
    exclusions: exclusionsOf({ request, provider, block, agents }),
    ttlMs: parseDuration(block?.ttl ?? "1h"),
    validForMs: parseDuration(block?.validFor ?? "15m"),
    maxRounds: block?.maxRounds ?? 3,
  };
}
