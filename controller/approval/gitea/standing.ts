import { ProviderError } from "../provider.ts";
import type { Permission, Standing } from "../types.ts";
import { type Fields, fields, id, list, person, text } from "./fields.ts";
import type { GiteaHttp } from "./http.ts";
import { allPages } from "./pages.ts";

const permissions: Readonly<Record<string, Permission>> = {
  ...{ none: "none", read: "read", write: "write", admin: "admin", owner: "admin" },
};

/**
 * What a person is now. Not found is none; not allowed to look is unknown. Any other failure is thrown rather than told as
 * unknown: while it lasts a denial could not be counted, and must then not be outvoted.
 */
export async function standingOf(
  http: GiteaHttp,
  repository: string,
  userId: string,
  teams: readonly string[],
): Promise<Standing> {
  const login = await loginOf(http, userId);
  if (login === undefined) return { teams: new Set(), permission: "none" };
  const permission = await permissionOf(http, repository, { userId, login });
  const member: string[] = [];
  for (const team of new Set(teams)) if (await isMember(http, team, { userId, login })) member.push(team);
  return { teams: new Set(member), permission };
}

/** The login of a person by id, since logins change hands; machine users are not found. */
export async function loginOf(http: GiteaHttp, userId: string): Promise<string | undefined> {
  if (!/^[1-9]\d*$/.test(userId)) return undefined;
  const { body } = await http.call("GET", "/users/search", { query: { uid: userId, limit: 1 } });
  const [found] = list(fields(body, "users").data, "users");
  return found !== undefined && id(found, "id") === userId ? person(found, "user").login : undefined;
}

interface Known {
  userId: string;
  login: string;
}

async function permissionOf(
  http: GiteaHttp,
  repository: string,
  { userId, login }: Known,
): Promise<Standing["permission"]> {
  const path = `${repository}/collaborators/${encodeURIComponent(login)}/permission`;
  const { status, body } = await http.call("GET", path, { allow: [403, 404] });
  if (status === 404) return "none";
  if (status === 403) return "unknown";
  const answer = fields(body, "permission");
  // The login may have become another person's since it was looked up.
  if (person(answer.user, "user").userId !== userId) return "unknown";
  return permissions[text(answer, "permission")] ?? "unknown";
}

/** `org/team`. Whoever may not look at a team is not told who is in it, and then nobody is. */
async function isMember(http: GiteaHttp, team: string, { userId, login }: Known): Promise<boolean> {
  const [org = "", name, ...rest] = team.split("/");
  if (name === undefined || rest.length > 0) return false;
  const found = (await teamsOf(http, org)).find((one) => text(one, "name").toLowerCase() === name.toLowerCase());
  if (found === undefined) return false;
  const path = `/teams/${id(found, "id")}/members/${encodeURIComponent(login)}`;
  const { status, body } = await http.call("GET", path, { allow: [403, 404] });
  return status === 200 && person(body, "member").userId === userId;
}

async function teamsOf(http: GiteaHttp, org: string): Promise<Fields[]> {
  try {
    return await allPages(http, `/orgs/${encodeURIComponent(org)}/teams`);
  } catch (error) {
    if (error instanceof ProviderError && (error.code === "GONE" || error.code === "FORBIDDEN")) return [];
    throw error;
  }
}
