import { ProviderError, type RoundFile } from "../provider.ts";
import { fields, text } from "./fields.ts";
import { holds, writeFiles } from "./files.ts";
import type { GiteaHttp } from "./http.ts";
import { encodePath, type Repository } from "./repository.ts";

/** How often a commit that somebody else's overtook is made anew. */
const ATTEMPTS = 5;

/** Adds files to the base in one commit, unless it holds them already; answers the commit, or what the base is at. */
export async function commitFiles(
  http: GiteaHttp,
  { path, base }: Repository,
  files: readonly RoundFile[],
  message: string,
): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const { body } = await http.call("GET", `${path}/branches/${encodePath(base)}`);
    const tip = text(fields(fields(body, "branch").commit, "commit"), "id");
    if (await holds(http, path, tip, files)) return tip;
    try {
      return await writeFiles(http, path, { base, message, files });
    } catch (error) {
      // A file that appeared, or changed, since it was looked at is refused as a bad request.
      const overtaken = error instanceof ProviderError && error.code === "UNEXPECTED";
      if (!overtaken || attempt === ATTEMPTS) throw error;
    }
  }
}
