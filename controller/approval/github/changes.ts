import { BRANCH_PREFIX } from "../names.ts";
import type { GitHubClient } from "./client.ts";
import type { RepositoryName } from "./commits.ts";

/**
 * Tells which open rounds may have changed since it was last asked. While nothing has, GitHub answers 304, which is free of its
 * primary limit. What left the list was merged or closed.
 */
export function createChanges(client: GitHubClient, name: RepositoryName): () => Promise<ReadonlySet<number> | "all"> {
  let seen: ReadonlyMap<number, string> | undefined;
  return async () => {
    const query = { ...name, state: "open", sort: "updated", direction: "desc" } as const;
    const pulls = await client.all("GET /repos/{owner}/{repo}/pulls", query);
    const ours = pulls.filter(({ head }) => head.ref.startsWith(BRANCH_PREFIX));
    const now = new Map(ours.map(({ number, updated_at, head }) => [number, `${updated_at} ${head.sha}`]));
    const before = seen;
    seen = now;
    if (before === undefined) return "all";
    return new Set([...before.keys(), ...now.keys()].filter((number) => before.get(number) !== now.get(number)));
  };
}
