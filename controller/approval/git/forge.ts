import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BRANCH_PREFIX, reviewBranchPrefix } from "../names.ts";
import { type ApprovalForge, ProviderError, type RoundContent, type RoundFile, type RoundPlace } from "../provider.ts";
import type { Reviewer, RoundReading } from "../types.ts";
import { type Mirror, type MirrorOptions, openMirror } from "./mirror.ts";
import { readReviews } from "./reviews.ts";
import { allowedSigners, type Signer, standingOf } from "./signers.ts";
import { weaknessesOf } from "./weaknesses.ts";

export interface GitForgeOptions extends MirrorOptions {
  signers: readonly Signer[];
}

/** The controller at a plain repository, where nobody signs in. */
const SELF: Reviewer = { userId: "agent-safe", login: "agent-safe", bot: true };
/** How often a push that somebody else's overtook is tried again on what is there now. */
const PUSH_ATTEMPTS = 5;

/**
 * Approvals with nothing but Git: a round is a branch, a review a commit signed with the reviewer's SSH key. There is no server that
 * could be asked who pushed what, so nothing counts but signatures over the round's head and digest.
 */
export async function createGitForge(options: GitForgeOptions): Promise<ApprovalForge> {
  const { url, baseBranch, directory, signers } = options;
  const mirror = await openMirror(options);
  const allowedSignersFile = join(directory, "allowed_signers");
  await writeFile(allowedSignersFile, allowedSigners(signers), { mode: 0o600 });
  let seen = "";

  async function repositoryId(): Promise<string> {
    const roots = await mirror.git(["rev-list", "--max-parents=0", await mirror.base()]);
    return roots.trim().split("\n").sort()[0] ?? "";
  }

  async function placeOf(branch: string, headSHA: string): Promise<RoundPlace> {
    const treeSHA = (await mirror.git(["rev-parse", "--verify", `${headSHA}^{tree}`])).trim();
    return { number: 0, url, branch, headSHA, treeSHA, repositoryId: await repositoryId(), baseBranch };
  }

  /** Commits on top of the base as it is, again when somebody was faster. */
  async function commitToBase(make: (base: string) => Promise<string>): Promise<string> {
    for (let attempt = 1; ; attempt++) {
      await mirror.fetch();
      const base = await mirror.base();
      const made = await make(base);
      if (made === base) return base;
      try {
        await mirror.push(baseBranch, base, made);
        return made;
      } catch (error) {
        const overtaken = error instanceof ProviderError && error.code === "HEAD_MOVED";
        if (!overtaken || attempt === PUSH_ATTEMPTS) throw error;
      }
    }
  }

  async function holds(commit: string, files: readonly RoundFile[]): Promise<boolean> {
    for (const { path, content } of files) {
      const found = await mirror.git(["ls-tree", "-z", "--format=%(objectname)", commit, "--", path]);
      const wanted = await mirror.git(["hash-object", "--stdin"], { input: content });
      if (found.replace("\0", "") !== wanted.trim()) return false;
    }
    return true;
  }

  /** What there is to say about a round stands on a branch of its own, since the round's must not move. */
  async function say(place: RoundPlace, text: string): Promise<void> {
    await mirror.fetch();
    const branch = statusBranch(place.branch);
    const tip = (await mirror.branches(branch)).get(branch);
    const files = [{ path: "STATUS.md", content: `${text}\n` }];
    const commit = await mirror.commit({ parent: tip ?? place.headSHA, message: text, files });
    await mirror.push(branch, tip ?? "", commit);
  }

  return {
    kind: "git",
    self: async () => SELF,
    standing: async (userId) => standingOf(signers, userId),

    async ensureRound(content: RoundContent) {
      await mirror.fetch();
      const standing = (await mirror.branches(content.branch)).get(content.branch);
      if (standing !== undefined) {
        if (await holds(standing, content.files)) return placeOf(content.branch, standing);
        throw new ProviderError("UNEXPECTED", `branch ${content.branch} holds something else`);
      }
      const parent = await mirror.base();
      const message = `${content.title}\n\n${content.message}`;
      const commit = await mirror.commit({ parent, message, files: content.files });
      await mirror.push(content.branch, "", commit);
      return placeOf(content.branch, commit);
    },

    async read(place, round) {
      await mirror.fetch();
      const tip = (await mirror.branches(place.branch)).get(place.branch);
      const known = await mirror.git(["cat-file", "--batch-check=%(objecttype)"], { input: `${place.headSHA}\n` });
      const merged = known.trim() === "commit" && (await isAncestor(mirror, place.headSHA));
      const treeSHA = tip && (await mirror.git(["rev-parse", "--verify", `${tip}^{tree}`])).trim();
      const reading: RoundReading = {
        ...{ number: 0, state: merged ? "merged" : "open", draft: false, author: SELF },
        // Once merged the branch is no longer needed; before that, without it there is no round.
        headSHA: tip ?? (merged ? place.headSHA : ""),
        treeSHA: treeSHA ?? (merged ? place.treeSHA : ""),
        ...{ headRepositoryId: await repositoryId(), baseRepositoryId: await repositoryId(), baseBranch },
        ...{ openedAt: round.openedAt, pushedAfterOpening: false, contributors: [SELF.userId] },
        reviews: [],
      };
      if (known.trim() !== "commit") return reading;
      const about = { ...roundOfBranch(place.branch), ...round, headSHA: place.headSHA };
      return { ...reading, reviews: await readReviews(about, { mirror, signers, allowedSignersFile }) };
    },

    async changed() {
      await mirror.fetch();
      const now = JSON.stringify([...(await mirror.branches(BRANCH_PREFIX)), await mirror.base()]);
      const same = now === seen;
      seen = now;
      return same ? new Set() : "all";
    },

    comment: say,
    setCheck: (place, state, summary) => say(place, `${state}: ${summary}`),

    async merge(place, message) {
      await mirror.fetch();
      const tip = (await mirror.branches(place.branch)).get(place.branch);
      if (tip !== place.headSHA && !(await isAncestor(mirror, place.headSHA))) {
        throw new ProviderError("HEAD_MOVED", `branch ${place.branch} is not what was opened`);
      }
      await commitToBase(async (base) => {
        if (await isAncestor(mirror, place.headSHA)) return base;
        const changed = await mirror.git(["diff-tree", "-r", "-z", "--no-renames", `${place.headSHA}^`, place.headSHA]);
        // The reviews become part of history: their signatures can be checked as long as the repository lives.
        const reviews = await mirror.branches(reviewBranchPrefix(roundOfBranch(place.branch)));
        const merged = [place.headSHA, ...reviews.values()];
        return mirror.commit({ parent: base, merged, message, files: addedFiles(changed) });
      });
      await remove(place);
    },

    async close(place, comment) {
      await mirror.fetch();
      if ((await mirror.branches(place.branch)).has(place.branch)) await say(place, comment);
      await remove(place);
    },

    async commitFiles(files, message) {
      return commitToBase(async (base) => {
        if (await holds(base, files)) return base;
        return mirror.commit({ parent: base, message, files });
      });
    },

    weaknesses: () => weaknessesOf(url, signers),
  };

  async function remove({ branch }: RoundPlace): Promise<void> {
    const tip = (await mirror.branches(branch)).get(branch);
    if (tip !== undefined) await mirror.push(branch, tip, "");
  }
}

async function isAncestor(mirror: Mirror, sha: string): Promise<boolean> {
  const count = await mirror.git(["rev-list", "--count", "--max-count=1", sha, `^${await mirror.base()}`]);
  return count.trim() === "0";
}

/** Files that a commit added, of `git diff-tree -r -z`. */
function addedFiles(text: string): { path: string; blob: string }[] {
  const parts = text.split("\0").filter((part) => part !== "");
  const files: { path: string; blob: string }[] = [];
  for (let i = 0; i + 1 < parts.length; i += 2) {
    const [, , , blob = ""] = (parts[i] ?? "").split(" ");
    files.push({ path: parts[i + 1] ?? "", blob });
  }
  return files;
}

function statusBranch(branch: string): string {
  return `${BRANCH_PREFIX}status/${branch.slice(BRANCH_PREFIX.length)}`;
}

/** UID of the request and number of the round, of the branch's name. */
function roundOfBranch(branch: string): { uid: string; round: number } {
  const [, uid, round] = /\/([0-9A-Za-z-]+)\/r([0-9]+)-[0-9a-f]+$/.exec(branch) ?? [];
  if (uid === undefined) throw new ProviderError("UNEXPECTED", `${branch} is not a round's branch`);
  return { uid, round: Number(round) };
}
