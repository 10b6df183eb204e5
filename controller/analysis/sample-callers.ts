import type { CompiledRule } from "../policy/rule.ts";
import type { DelegationLink, Profile, ResolvedAgent } from "../policy/types.ts";
import type { Literals } from "./sample-params.ts";

/** Most callers that are made for one set of rules. */
const MAX_CALLERS = 512;
/** An id and a lender that no rule names. */
const SOMEBODY = "some-agent";

export interface CallerSamples {
  callers: ResolvedAgent[];
  /** Whether they stand for all callers that the rules can tell apart. */
  complete: boolean;
}

function subsets<T>(values: readonly T[]): T[][] {
  return values.reduce<T[][]>((all, value) => all.flatMap((set) => [set, [...set, value]]), [[]]);
}

function distinct(values: Iterable<string>): string[] {
  return [...new Set(values)].sort();
}

/** Chains of delegation that the rules tell apart: none, and each delegator at each depth up to one more than they name. */
function chains(rules: readonly CompiledRule[]): string[][] {
  const asks = rules.filter((rule) => rule.delegation !== 0 || rule.delegatedFrom || Number.isFinite(rule.maxDepth));
  if (asks.length === 0) return [[]];
  const delegators = distinct(asks.flatMap((rule) => rule.delegatedFrom ?? []));
  const deepest = Math.max(0, ...asks.map((rule) => rule.maxDepth).filter(Number.isFinite));
  const depths = Array.from({ length: Math.min(5, deepest + 1) }, (_, i) => i + 1);
  const fill = (ids: readonly string[], depth: number): string[] =>
    Array.from({ length: depth }, (_, i) => ids[i] ?? `lender-${i + 1}`);
  return [
    [],
    ...depths.map((depth) => fill([], depth)),
    ...delegators.flatMap((id) => depths.map((depth) => fill([id], depth))),
  ];
}

/** What stands before the agent: ids of lenders, and what the last of them holds beside what it lent. */
interface Chain {
  ids: readonly string[];
  roles: readonly string[];
  groups: readonly string[];
}

interface Own {
  id: string;
  roles: readonly string[];
  groups: readonly string[];
}

function caller({ id, roles, groups }: Own, chain: Chain): ResolvedAgent {
  const held = { roles: distinct([...roles, ...chain.roles]), groups: distinct([...groups, ...chain.groups]) };
  const delegation = chain.ids.map((link): DelegationLink => ({ id: link, ...held }));
  return { id, roles, groups, delegation, suspended: false };
}

/** Whether bans (and rules that ask for approval) look at who is in the chain of delegation. */
function looksAtChain(rules: readonly CompiledRule[], profile: Profile): boolean {
  return (
    profile === "strict" &&
    rules.some(
      (rule) =>
        rule.spec.decision !== "allow" &&
        (rule.agentIds ?? rule.roles ?? rule.groups ?? rule.spec.match.when?.includes("agent")),
    )
  );
}

/** What each rule asks for, what two of them ask for together, and each value alone. */
function singly(rules: readonly CompiledRule[], ids: string[], roles: string[], groups: string[]): Own[] {
  const none: string[] = [];
  const least = rules.map((rule) => ({
    id: rule.agentIds?.[0],
    roles: rule.roles?.slice(0, 1) ?? none,
    groups: rule.groups?.slice(0, 1) ?? none,
  }));
  const together = least.flatMap((a, i) =>
    least.slice(i + 1).map((b) => ({
      id: a.id ?? b.id,
      roles: distinct([...a.roles, ...b.roles]),
      groups: distinct([...a.groups, ...b.groups]),
    })),
  );
  const made = [
    ...ids.map((id) => ({ id, roles: none, groups: none })),
    ...roles.map((role) => ({ id: undefined, roles: [role], groups: none })),
    ...groups.map((group) => ({ id: undefined, roles: none, groups: [group] })),
    ...least,
    ...together,
  ].map(({ id, ...rest }) => ({ id: id ?? SOMEBODY, ...rest }));
  return [...new Map(made.map((own) => [JSON.stringify(own), own])).values()];
}

/**
 * Callers that a set of rules tells apart: every combination of the ids, roles and groups that they name, and of what a lender
 * holds, while that is few; else each value alone, what each rule asks for, and what two of them ask for together.
 */
export function sampleCallers(rules: readonly CompiledRule[], literals: Literals, profile: Profile): CallerSamples {
  const texts = rules.some((rule) => rule.spec.match.when?.includes("agent")) ? literals.texts : [];
  const named = distinct([...rules.flatMap((rule) => rule.agentIds ?? []), ...texts]);
  const ids = [SOMEBODY, ...named];
  const roles = distinct([...rules.flatMap((rule) => rule.roles ?? []), ...texts]);
  const groups = distinct([...rules.flatMap((rule) => rule.groups ?? []), ...texts]);
  const union = looksAtChain(rules, profile);
  const plain = chains(rules).map((links): Chain => ({ ids: links, roles: [], groups: [] }));
  const lenders = union ? ["lender-1", ...named] : [];
  const whole = lenders.map((id): Chain => ({ ids: [id], roles, groups }));
  const sets = 2 ** Math.min(20, roles.length + groups.length);
  const every = (all: readonly Chain[]): ResolvedAgent[] =>
    all.flatMap((chain) =>
      ids.flatMap((id) =>
        subsets(roles).flatMap((r) => subsets(groups).map((g) => caller({ id, roles: r, groups: g }, chain))),
      ),
    );
  if (ids.length * sets * (plain.length + lenders.length * sets) <= MAX_CALLERS) {
    const some = lenders.flatMap((id) =>
      subsets(roles).flatMap((r) => subsets(groups).map((g): Chain => ({ ids: [id], roles: r, groups: g }))),
    );
    // longer chains hold no more roles and groups than these, but may hold more ids
    return { callers: every([...plain, ...some]), complete: !union || named.length <= 1 };
  }
  if (ids.length * sets * (plain.length + lenders.length) <= MAX_CALLERS)
    return { callers: every([...plain, ...whole]), complete: !union };
  const owns = singly(rules, ids, roles, groups);
  const callers = [...plain, ...whole].flatMap((chain) => owns.map((own) => caller(own, chain)));
  return { callers: callers.slice(0, MAX_CALLERS), complete: false };
}
