import { createHash } from "node:crypto";
import { ProviderError, type RoundFile } from "../provider.ts";
import { fields, text } from "./fields.ts";
import type { GiteaHttp } from "./http.ts";
import { encodePath } from "./repository.ts";

/** Id that Git gives to a content, by the hash that the repository uses (its ids tell which). */
export function blobId(content: string, like: string): string {
  const bytes = Buffer.from(content, "utf8");
  return createHash(like.length === 64 ? "sha256" : "sha1")
    .update(`blob ${bytes.length}\0`)
    .update(bytes)
    .digest("hex");
}

/** Id of the file that stands at a path of a commit or branch; undefined where there is none. */
export async function blobAt(
  http: GiteaHttp,
  repository: string,
  ref: string,
  path: string,
): Promise<string | undefined> {
  const address = `${repository}/contents/${encodePath(path)}`;
  const { status, body } = await http.call("GET", address, { query: { ref }, allow: [404] });
  if (status === 404) return undefined;
  // Of a folder comes a list: something else stands where a file was expected.
  if (Array.isArray(body)) throw new ProviderError("UNEXPECTED", `${path} is a folder`);
  return text(fields(body, "file"), "sha");
}

/** Whether a commit or branch holds all these files with just this content. */
export async function holds(
  http: GiteaHttp,
  repository: string,
  ref: string,
  files: readonly RoundFile[],
): Promise<boolean> {
  for (const { path, content } of files) {
    const found = await blobAt(http, repository, ref, path);
    if (found === undefined || found !== blobId(content, found)) return false;
  }
  return true;
}

/**
 * Id of a commit's tree; empty when there is no such commit. What the server says of a commit names the commit itself as its tree,
 * so the tree is asked for.
 */
export async function treeOf(http: GiteaHttp, repository: string, sha: string): Promise<string> {
  if (!/^[0-9a-f]{40,64}$/.test(sha)) return "";
  const { status, body } = await http.call("GET", `${repository}/git/trees/${sha}`, { allow: [404] });
  return status === 404 ? "" : text(fields(body, "tree"), "sha");
}

/** Writes files in one commit and answers its id. @param newBranch made from the base, when the base itself shall not move */
export async function writeFiles(
  http: GiteaHttp,
  repository: string,
  options: { base: string; newBranch?: string; message: string; files: readonly RoundFile[] },
): Promise<string> {
  const { base, newBranch, message, files } = options;
  const operations = await Promise.all(
    files.map(async ({ path, content }) => {
      const sha = await blobAt(http, repository, base, path);
      const change = sha === undefined ? { operation: "create" } : { operation: "update", sha };
      return { ...change, path, content: Buffer.from(content, "utf8").toString("base64") };
    }),
  );
  const body = { branch: base, ...(newBranch && { new_branch: newBranch }), message, files: operations };
  const answer = await http.call("POST", `${repository}/contents`, { body });
  return text(fields(fields(answer.body, "answer").commit, "commit"), "sha");
}
