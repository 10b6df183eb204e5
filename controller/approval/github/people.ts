import { PERMISSIONS, type Permission, type Reviewer, type Standing } from "../types.ts";
import type { GitHubClient } from "./client.ts";
import { isStatus } from "./errors.ts";

interface GitHubUser {
  id: number | bigint;
  login: string;
  type?: string;
}

/** Somebody whose account is gone. Stands for nobody, so it counts for nothing. */
const GHOST: Reviewer = { userId: "0", login: "ghost", bot: true };

/** Only what GitHub calls a User is a person; Bots, Organizations and Mannequins are none. */
export function reviewerOf(user: GitHubUser | null | undefined): Reviewer {
  if (!user) return GHOST;
  const person = { userId: String(user.id), login: user.login };
  return user.type === "User" ? person : { ...person, bot: true };
}

/**
 * What somebody is now. GitHub answers by login, which may be given to somebody else between two calls: the last answer tells whose
 * it was, and when it is not the same person's, nothing is granted.
 */
export async function standingOf(
  client: GitHubClient,
  repository: { owner: string; repo: string },
  userId: string,
  teams: readonly string[],
): Promise<Standing> {
  const nobody: Standing = { teams: new Set(), permission: "unknown" };
  if (!/^[1-9][0-9]*$/.test(userId)) return nobody;
  const user = await unless404(client.call("GET /user/{account_id}", { account_id: Number(userId) }));
  if (user === undefined || String(user.id) !== userId) return nobody;
  const member = await Promise.all(
    teams.map(async (team) => ((await isMember(client, team, user.login)) ? [team] : [])),
  );
  const found = await permissionOf(client, repository, user.login);
  if (found.userId !== userId) return nobody;
  return { teams: new Set(member.flat()), permission: found.permission };
}

async function isMember(client: GitHubClient, team: string, username: string): Promise<boolean> {
  const [org = "", team_slug = "", ...rest] = team.split("/");
  if (org === "" || team_slug === "" || rest.length > 0) return false;
  const route = "GET /orgs/{org}/teams/{team_slug}/memberships/{username}";
  const membership = await unless404(client.call(route, { org, team_slug, username }));
  // Whoever was invited and has not accepted is no member.
  return membership?.state === "active";
}

async function permissionOf(
  client: GitHubClient,
  { owner, repo }: { owner: string; repo: string },
  username: string,
): Promise<{ userId: string; permission: Permission | "unknown" }> {
  const route = "GET /repos/{owner}/{repo}/collaborators/{username}/permission";
  const found = await unless404(client.call(route, { owner, repo, username }));
  // `permission` says write for maintain and read for triage; `role_name` says which, unless it is a role of the organization's own.
  const named = PERMISSIONS.find((permission) => permission === found?.role_name);
  const legacy = PERMISSIONS.find((permission) => permission === found?.permission);
  return { userId: String(found?.user?.id ?? ""), permission: named ?? legacy ?? "unknown" };
}

async function unless404<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isStatus(error, 404)) return undefined;
    throw error;
  }
}
