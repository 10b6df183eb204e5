import { createHash } from "node:crypto";
import { ProviderError, type RoundFile } from "../provider.ts";
import type { GitHubClient } from "./client.ts";
import { isStatus } from "./errors.ts";

export interface RepositoryName {
  owner: string;
  repo: string;
}

export interface MadeCommit {
  sha: string;
  tree: string;
  parents: readonly string[];
}

/** Git's id of a file's content (SHA-1, as GitHub's repositories have it). */
export function blobId(content: string): string {
  const bytes = Buffer.from(content, "utf8");
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}

/** The commit that a branch points to, or undefined without the branch. */
export async function tipOf(client: GitHubClient, name: RepositoryName, branch: string): Promise<string | undefined> {
  try {
    const ref = await client.call("GET /repos/{owner}/{repo}/git/ref/{ref}", { ...name, ref: `heads/${branch}` });
    return ref.object.sha;
  } catch (error) {
    if (isStatus(error, 404)) return undefined;
    throw error;
  }
}

export async function commitOf(client: GitHubClient, name: RepositoryName, sha: string): Promise<MadeCommit> {
  const route = "GET /repos/{owner}/{repo}/git/commits/{commit_sha}";
  const found = await client.call(route, { ...name, commit_sha: sha });
  return { sha: found.sha, tree: found.tree.sha, parents: found.parents.map((parent) => parent.sha) };
}

/** A commit of some files on top of another, on no branch yet. Author is whoever the credential is. */
export async function makeCommit(
  client: GitHubClient,
  name: RepositoryName,
  { parent, files, message }: { parent: string; files: readonly RoundFile[]; message: string },
): Promise<MadeCommit> {
  const base = await commitOf(client, name, parent);
  const made = await client.call("POST /repos/{owner}/{repo}/git/trees", {
    ...name,
    base_tree: base.tree,
    tree: files.map(({ path, content }) => ({ path, content, mode: "100644" as const, type: "blob" as const })),
  });
  const parents = [parent];
  const commit = await client.call("POST /repos/{owner}/{repo}/git/commits", {
    ...name,
    message,
    tree: made.sha,
    parents,
  });
  return { sha: commit.sha, tree: commit.tree.sha, parents };
}

/** Whether a commit adds exactly these files to its one parent, and nothing else. */
export async function addsExactly(
  client: GitHubClient,
  name: RepositoryName,
  { sha, parents }: MadeCommit,
  files: readonly RoundFile[],
): Promise<boolean> {
  const [parent, ...others] = parents;
  if (parent === undefined || others.length > 0) return false;
  const route = "GET /repos/{owner}/{repo}/compare/{basehead}";
  const { files: found = [] } = await client.call(route, { ...name, basehead: `${parent}...${sha}` });
  const wanted = new Map(files.map(({ path, content }) => [path, blobId(content)]));
  return (
    found.length === wanted.size &&
    found.every((file) => file.status === "added" && wanted.get(file.filename) === file.sha)
  );
}

/** How often a commit that somebody else's overtook is made anew. */
const ATTEMPTS = 5;

/** Puts files on a branch in one commit of our own, or answers its tip when it has them. */
export async function commitToBranch(
  client: GitHubClient,
  name: RepositoryName,
  branch: string,
  { files, message }: { files: readonly RoundFile[]; message: string },
): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const tip = await tipOf(client, name, branch);
    if (tip === undefined) throw new ProviderError("GONE", `branch ${branch} is gone`);
    if (await holds(client, name, tip, files)) return tip;
    const { sha } = await makeCommit(client, name, { parent: tip, files, message });
    try {
      const route = "PATCH /repos/{owner}/{repo}/git/refs/{ref}";
      await client.call(route, { ...name, ref: `heads/${branch}`, sha, force: false });
      return sha;
    } catch (error) {
      if (!isStatus(error, 422, 409) || attempt === ATTEMPTS) throw error;
    }
  }
}

async function holds(
  client: GitHubClient,
  name: RepositoryName,
  ref: string,
  files: readonly RoundFile[],
): Promise<boolean> {
  for (const { path, content } of files) {
    try {
      const found = await client.call("GET /repos/{owner}/{repo}/contents/{path}", { ...name, path, ref });
      if (Array.isArray(found) || found.sha !== blobId(content)) return false;
    } catch (error) {
      if (isStatus(error, 404)) return false;
      throw error;
    }
  }
  return true;
}
