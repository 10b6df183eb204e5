import type { ActionPolicy } from "../api/types.ts";
import { compileSearch } from "../policy/regex.ts";
import type { Requirement } from "./types.ts";

type Rule = ActionPolicy["spec"]["rules"][number];
/** `approval` of a rule, as policy writes it. */
export type ApprovalBlock = NonNullable<Rule["approval"]>;

/**
 * What a rule asks of people. A rule that says nothing asks for one person who may write to the approvals repository.
 * Logins among `users` are turned into ids by `idOf`; one that it does not know stays what it is and fits nobody by chance.
 */
export function requirementOf(block: ApprovalBlock | undefined, idOf: (loginOrId: string) => string): Requirement {
  const pattern = block?.requireReasonPattern;
  const fits = pattern === undefined ? () => true : compileSearch(pattern);
  return {
    require: (block?.require ?? [{}]).map(({ count, teams, users, minPermission }) => ({
      count: count ?? 1,
      ...(teams && { teams }),
      ...(users && { users: users.map(idOf) }),
      ...(minPermission && { minPermission }),
    })),
    denyCount: block?.denyCount ?? 1,
    confirmDigest: block?.confirmDigest ?? false,
    reasonFits: fits,
    ...(block?.breakGlass && { breakGlassTeams: block.breakGlass.teams }),
  };
}
