import { type ApproverGroup, PERMISSIONS, type Permission, type Standing } from "./types.ts";

/** Whether a permission is at least another one; an unknown one never is. */
export function atLeast(have: Standing["permission"], least: Permission): boolean {
  return have !== "unknown" && PERMISSIONS.indexOf(have) >= PERMISSIONS.indexOf(least);
}

/** Whether somebody may fill a place of a group. */
export function belongs(group: ApproverGroup, userId: string, standing: Standing | undefined): boolean {
  if (standing === undefined) return false;
  const anybody = group.teams === undefined && group.users === undefined;
  const named =
    anybody || group.users?.includes(userId) === true || group.teams?.some((team) => standing.teams.has(team)) === true;
  // Whoever merely reads the repository, as anybody does where it is public, is not meant by "anybody".
  const least = group.minPermission ?? (anybody ? "write" : "none");
  return named && (least === "none" || atLeast(standing.permission, least));
}

/** One place for an approver, of a group (its index). */
interface Place {
  group: number;
  user: string | undefined;
}

/**
 * How many places of each group stay empty when every one of `users` fills at most one: a maximum matching, found by
 * augmenting paths, because a greedy choice could give somebody away who is the only one for another group.
 */
export function emptyPlaces(
  groups: readonly ApproverGroup[],
  users: readonly string[],
  may: (group: ApproverGroup, user: string) => boolean,
): number[] {
  const places: Place[] = groups.flatMap(({ count }, group) =>
    Array.from({ length: count }, () => ({ group, user: undefined })),
  );
  const fill = (user: string, tried: Set<Place>): boolean => {
    for (const place of places) {
      const group = groups[place.group];
      if (tried.has(place) || group === undefined || !may(group, user)) continue;
      tried.add(place);
      if (place.user === undefined || fill(place.user, tried)) {
        place.user = user;
        return true;
      }
    }
    return false;
  };
  for (const user of new Set(users)) fill(user, new Set());
  return groups.map((_, index) => places.filter(({ group, user }) => group === index && user === undefined).length);
}
