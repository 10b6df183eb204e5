import { createHash } from "node:crypto";
import { ProviderError, type RoundFile } from "../provider.ts";
import { type Fields, fields, list, text } from "./fields.ts";
import type { GiteaHttp } from "./http.ts";
import { encodePath } from "./repository.ts";

/** Id that Git gives to an object, by the hash that the repository uses (its ids tell which). */
function objectId(type: "blob" | "tree", bytes: Buffer, like: string): string {
  const hash = createHash(like.length === 64 ? "sha256" : "sha1");
  return hash.update(`${type} ${bytes.length}\0`).update(bytes).digest("hex");
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
    if (found === undefined || found !== objectId("blob", Buffer.from(content, "utf8"), found)) return false;
  }
  return true;
}

/**
 * Id of a commit's tree; empty when there is no such commit. The server gives the commit's own id where the tree's belongs, so it is
 * computed as Git does, over the entries of the topmost folder.
 */
export async function treeOf(http: GiteaHttp, repository: string, sha: string): Promise<string> {
  if (!/^[0-9a-f]{40,64}$/.test(sha)) return "";
  const path = `${repository}/git/trees/${sha}`;
  const entries: Fields[] = [];
  for (let page = 1; ; page++) {
    const { status, body } = await http.call("GET", path, { query: { page }, allow: [404] });
    if (status === 404) return "";
    const tree = fields(body, "tree");
    const found = list(tree.tree, "tree");
    entries.push(...found);
    if (tree.truncated !== true || found.length === 0) break;
  }
  const bytes = Buffer.concat(
    entries.flatMap((entry) => {
      const mode = text(entry, "mode").replace(/^0+/, "");
      return [Buffer.from(`${mode} ${text(entry, "path")}\0`), Buffer.from(text(entry, "sha"), "hex")];
    }),
  );
  return objectId("tree", bytes, sha);
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
