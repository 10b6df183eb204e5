import type { VerdictInput } from "../../controller/approval/evaluate.ts";
import type { Requirement, Review, ReviewState, RoundReading, Standing } from "../../controller/approval/types.ts";

export const SELF = "900";
export const HEAD = "c".repeat(40);
export const OPENED = 1_000_000;
export const DIGEST = `sha256:${"deadbeef".repeat(8)}`;

let serial = 0;

/** A review of the head, sent after the round was opened, unless said otherwise. */
export function review(userId: string, state: ReviewState, changes: Partial<Review> = {}): Review {
  serial += 1;
  const submittedAt = OPENED + serial;
  return {
    id: `r${serial}`,
    reviewer: { userId, login: `u${userId}` },
    state,
    commit: HEAD,
    submittedAt,
    text: "",
    ...changes,
  };
}

export function reading(reviews: readonly Review[], changes: Partial<RoundReading> = {}): RoundReading {
  return {
    ...{ number: 7, state: "open", draft: false, author: { userId: SELF, login: "agent-safe", bot: true } },
    ...{ headSHA: HEAD, treeSHA: "t1", headRepositoryId: "5", baseRepositoryId: "5", baseBranch: "main" },
    ...{ openedAt: OPENED, pushedAfterOpening: false, reviews, contributors: [SELF] },
    ...changes,
  };
}

export const requirement = (changes: Partial<Requirement> = {}): Requirement => ({
  require: [{ count: 1, minPermission: "write" }],
  denyCount: 1,
  confirmDigest: false,
  reasonFits: () => true,
  ...changes,
});

export const standing = (teams: string[] = [], permission: Standing["permission"] = "write"): Standing => ({
  teams: new Set(teams),
  permission,
});

/** Users 1 to 5 may write; 1 and 2 are of team sre. */
export const everybody = new Map(
  ["1", "2", "3", "4", "5"].map((id) => [id, standing(id === "1" || id === "2" ? ["acme/sre"] : [])]),
);

export function input(reviews: readonly Review[], changes: Partial<VerdictInput> = {}): VerdictInput {
  return {
    round: {
      ...{ digest: DIGEST, headSHA: HEAD, treeSHA: "t1", repositoryId: "5", baseBranch: "main", number: 7 },
      ...{ deadline: OPENED + 3_600_000, seen: [] },
    },
    reading: reading(reviews),
    requirement: requirement(),
    standings: everybody,
    excluded: new Map(),
    self: SELF,
    now: OPENED + 60_000,
    ...changes,
  };
}
