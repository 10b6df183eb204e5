import { mkdir } from "node:fs/promises";
import { BRANCH_PREFIX } from "../names.ts";
import { ProviderError } from "../provider.ts";
import { type CommitInput, commitStream } from "./fast-import.ts";
import { createGit, type Git, type GitCredential } from "./run.ts";

/** A local copy of a remote repository's branches that are ours or the base, kept by fetching. */
export interface Mirror {
  git: Git;
  /** Brings the copy up to what the remote has now. */
  fetch(): Promise<void>;
  /** Commits by branch name, for branches that begin with `prefix`; of the last fetch. */
  branches(prefix: string): Promise<Map<string, string>>;
  /** Commit of the base branch. @throws ProviderError GONE */
  base(): Promise<string>;
  /** Makes a commit locally and answers its id. */
  commit(input: Omit<CommitInput, "ref" | "at">): Promise<string>;
  /** Moves a remote branch from what it was (empty: it must not exist) to a commit (empty: away). @throws ProviderError HEAD_MOVED */
  push(branch: string, from: string, to: string): Promise<void>;
}

export interface MirrorOptions {
  url: string;
  baseBranch: string;
  /** Folder of the copy; made when absent. It can be deleted at any time. */
  directory: string;
  credential?: GitCredential | undefined;
  clock: () => number;
  timeoutMs?: number;
}

/** Where the remote's branches stand in the copy. */
const REMOTE = "refs/remote/";

/** Opens a mirror, making it when it is not there. */
export async function openMirror(options: MirrorOptions): Promise<Mirror> {
  const { url, baseBranch, directory, credential, clock, timeoutMs } = options;
  if (!isPlainUrl(url))
    throw new ProviderError("UNEXPECTED", "the repository's URL begins with a dash or asks for a helper");
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const git = createGit({ directory, credential, ...(timeoutMs === undefined ? {} : { timeoutMs }) });
  await git(["init", "--quiet", "--bare", "."]);
  let scratch = 0;
  // Two fetches at once would be in each other's way.
  let fetching: Promise<unknown> = Promise.resolve();

  async function branches(prefix: string): Promise<Map<string, string>> {
    const text = await git(["for-each-ref", "--format=%(objectname) %(refname)", `${REMOTE}${prefix}`]);
    const found = new Map<string, string>();
    for (const line of text.split("\n").filter((one) => one !== "")) {
      const [sha = "", name = ""] = line.split(" ");
      found.set(name.slice(REMOTE.length), sha);
    }
    return found;
  }

  return {
    git,
    branches,
    fetch() {
      const specs = [baseBranch, `${BRANCH_PREFIX}*`].map((name) => `+refs/heads/${name}:${REMOTE}${name}`);
      const args = [
        "fetch",
        "--quiet",
        "--no-tags",
        "--no-write-fetch-head",
        "--prune",
        "--end-of-options",
        url,
        ...specs,
      ];
      const fetched = fetching.then(() => git(args));
      fetching = fetched.catch(() => undefined);
      return fetched.then(() => undefined);
    },
    async base() {
      const sha = (await branches(baseBranch)).get(baseBranch);
      if (sha === undefined) throw new ProviderError("GONE", `the repository has no branch ${baseBranch}`);
      return sha;
    },
    async commit(input) {
      scratch += 1;
      const ref = `refs/scratch/${process.pid}-${scratch}`;
      await git(["fast-import", "--quiet", "--done", "--force"], {
        input: commitStream({ ...input, ref, at: clock() }),
      });
      const sha = (await git(["rev-parse", "--verify", ref])).trim();
      await git(["update-ref", "-d", ref]);
      return sha;
    },
    async push(branch, from, to) {
      const lease = `--force-with-lease=refs/heads/${branch}:${from}`;
      await git(["push", "--quiet", "--atomic", lease, "--end-of-options", url, `${to}:refs/heads/${branch}`]);
    },
  };
}

function isPlainUrl(url: string): boolean {
  return !url.startsWith("-") && !/^[a-z0-9+.-]*::/i.test(url);
}
