import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { digest } from "../../../controller/api/digest.ts";
import { evaluate, type VerdictInput } from "../../../controller/approval/evaluate.ts";
import { createGiteaForge, type GiteaForge } from "../../../controller/approval/gitea/forge.ts";
import { branchName } from "../../../controller/approval/names.ts";
import type { RoundContent, RoundPlace } from "../../../controller/approval/provider.ts";
import type { Standing, Verdict } from "../../../controller/approval/types.ts";
import { type Account, type Gitea, startGitea } from "../../../hack/forge/gitea.ts";
import { stderrLogger } from "../../../hack/lib/logger.ts";

const run = promisify(execFile);

/** The people: alice and bob approve for the team; mallory and rita may merely write. */
export const people = ["agent-safe", "alice", "bob", "mallory", "rita"] as const;
export type Who = (typeof people)[number];

/** One server with the approvals repository of an organisation. */
export interface World {
  gitea: Gitea;
  accounts: Record<Who, Account>;
  /** A private repository with one commit, to which all may write. */
  repository(name: string): Promise<Approvals>;
  stop(): Promise<void>;
}

/** An approvals repository, and rounds in it. */
export interface Approvals {
  path: string;
  forge: GiteaForge;
  content(): { content: RoundContent; digest: string };
  /** A round that was opened, when the server's clock has gone on by the second in which it counts. */
  open(): Promise<Opened>;
  /** A call of the API within this repository. */
  as(who: Who | "root", method: string, path: string, body?: unknown, allow?: readonly number[]): Promise<unknown>;
  git(who: Who, script: (git: (...args: string[]) => Promise<string>) => Promise<void>): Promise<void>;
}

export interface Opened {
  place: RoundPlace;
  content: RoundContent;
  digest: string;
  review(who: Who, event: "APPROVED" | "REQUEST_CHANGES" | "COMMENT", commit?: string): Promise<number>;
  /** A verdict by a real reading of now. */
  verdict(changes?: Partial<VerdictInput>): Promise<Verdict>;
  /** One commit more on its branch, by the API. */
  push(who: Who, path?: string): Promise<void>;
}

export async function makeWorld(): Promise<World> {
  const gitea = await startGitea(stderrLogger);
  const accounts = {} as Record<Who, Account>;
  for (const login of people) accounts[login] = await gitea.account(login);
  const root = gitea.admin();
  await gitea.as(root, "POST", "/orgs", { username: "acme", visibility: "private" });
  const sre = (await gitea.as(root, "POST", "/orgs/acme/teams", {
    ...{ name: "sre", permission: "read", includes_all_repositories: false, units: ["repo.code", "repo.pulls"] },
  })) as { id: number };
  for (const login of ["agent-safe", "alice", "bob"]) await gitea.as(root, "PUT", `/teams/${sre.id}/members/${login}`);

  async function repository(name: string): Promise<Approvals> {
    await gitea.as(root, "POST", "/orgs/acme/repos", { name, private: true, auto_init: true, default_branch: "main" });
    const path = `/repos/acme/${name}`;
    for (const login of people) {
      const permission = login === "agent-safe" ? "admin" : "write";
      await gitea.as(root, "PUT", `${path}/collaborators/${login}`, { permission });
    }
    const token = () => accounts["agent-safe"].token;
    const forge = createGiteaForge({ url: gitea.url, token, repository: `acme/${name}`, baseBranch: "main" });
    const as: Approvals["as"] = (who, method, rest, body, allow) =>
      gitea.as(who === "root" ? root : accounts[who], method, `${path}${rest}`, body, allow);
    return { path, forge, content, open, as, git: (who, script) => withClone(who, script) };

    async function open(): Promise<Opened> {
      const made = content();
      const place = await forge.ensureRound(made.content);
      const { openedAt } = await forge.read(place, { digest: made.digest, openedAt: Date.now() });
      await sleep(Math.max(0, openedAt + 1_050 - Date.now()));
      return {
        ...{ place, ...made },
        async review(who, event, commit = place.headSHA) {
          const body = { event, body: `I say ${event}`, commit_id: commit };
          return ((await as(who, "POST", `/pulls/${place.number}/reviews`, body)) as { id: number }).id;
        },
        verdict: (changes) => verdictOf(forge, { place, digest: made.digest }, accounts["agent-safe"].userId, changes),
        async push(who, file = `extra-${randomUUID()}.txt`) {
          const body = { branch: place.branch, content: Buffer.from("more").toString("base64"), message: "more" };
          await as(who, "POST", `/contents/${file}`, body);
        },
      };
    }

    async function withClone(who: Who, script: Parameters<Approvals["git"]>[1]): Promise<void> {
      const home = mkdtempSync(join(tmpdir(), "agent-safe-clone-"));
      const env = { ...process.env, HOME: home, GIT_CONFIG_NOSYSTEM: "1", GIT_TERMINAL_PROMPT: "0" };
      const git = async (...args: string[]) => {
        const who_ = ["-c", `user.name=${who}`, "-c", `user.email=${who}@example.com`];
        return (await run("git", [...who_, ...args], { cwd: home, env })).stdout.trim();
      };
      const { login, token } = accounts[who];
      try {
        await git("clone", "-q", `${gitea.url.replace("//", `//${login}:${token}@`)}/acme/${name}.git`, ".");
        await script(git);
      } finally {
        rmSync(home, { recursive: true, force: true });
      }
    }
  }

  return { gitea, accounts, repository, stop: () => gitea.stop() };
}

function content(): { content: RoundContent; digest: string } {
  const uid = randomUUID();
  const approved = digest({ v: 1, request: uid });
  const round = { cluster: randomUUID(), namespace: "agents", name: "x", uid, round: 1, digest: approved };
  const folder = `requests/c/agents/2026/01/x-${uid}`;
  return {
    digest: approved,
    content: {
      ...{ branch: branchName(round), title: "scale web", body: "evidence", message: "Request x" },
      files: [
        { path: `${folder}/request.yaml`, content: `uid: ${uid}\nname: "ü"\n` },
        { path: `${folder}/envelope.json`, content: `{"uid":"${uid}"}` },
      ],
      ...{ labels: ["agent-safe"], reviewers: { users: [], teams: ["acme/sre"] } },
    },
  };
}

/** Reads, asks for everybody's standing, and judges. */
async function verdictOf(
  forge: GiteaForge,
  { place, digest: approved }: { place: RoundPlace; digest: string },
  self: string,
  changes: Partial<VerdictInput> = {},
): Promise<Verdict> {
  const reading = await forge.read(place, { digest: approved, openedAt: 0 });
  const standings = new Map<string, Standing>();
  for (const { reviewer } of reading.reviews) {
    standings.set(reviewer.userId, await forge.standing(reviewer.userId, ["acme/sre"]));
  }
  const { headSHA, treeSHA, repositoryId, baseBranch, number } = place;
  return evaluate({
    round: {
      digest: approved,
      headSHA,
      treeSHA,
      repositoryId,
      baseBranch,
      number,
      deadline: Date.now() + 60_000,
      seen: [],
    },
    ...{ reading, standings, self, excluded: new Map(), now: Date.now() },
    requirement: {
      ...{ require: [{ count: 1, teams: ["acme/sre"], minPermission: "write" }], denyCount: 1, confirmDigest: false },
      reasonFits: () => true,
    },
    ...changes,
  });
}
