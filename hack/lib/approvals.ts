import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { APPROVAL_PROVIDERS } from "../../controller/api/constants.ts";
import type { ApprovalProvider } from "../../controller/api/types.ts";
import { createGit } from "../../controller/approval/git/run.ts";
import type { KubeClient } from "../../controller/runtime/index.ts";

/** People who review in the sample: alice runs deploy-bot, so that she may not approve what it asks for. */
const REVIEWERS = ["alice", "bob", "carol"] as const;

/** Makes a bare repository for approvals and a signing key for each reviewer, unless they are there. Answers the provider that uses them. */
async function prepareApprovals(home: string): Promise<ApprovalProvider> {
  const repository = join(home, "approvals.git");
  const keys = join(home, "reviewers");
  mkdirSync(keys, { recursive: true, mode: 0o700 });
  mkdirSync(repository, { recursive: true, mode: 0o700 });
  if (!existsSync(join(repository, "HEAD"))) {
    const git = createGit({ directory: repository });
    await git(["init", "--quiet", "--bare", "--initial-branch=main", "."]);
    await git(["fast-import", "--quiet", "--done"], { input: firstCommit() });
  }
  for (const name of REVIEWERS) {
    const file = join(keys, name);
    if (!existsSync(file)) execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", file]);
  }
  return {
    apiVersion: "agentsafe.dev/v1alpha1",
    kind: "ApprovalProvider",
    metadata: { name: "local" },
    spec: {
      type: "git",
      description: "A plain Git repository beside the local cluster, whose reviews are signed commits.",
      pollInterval: "2s",
      users: REVIEWERS.map((name) => ({ userId: name, login: name })),
      git: {
        url: repository,
        branch: "main",
        signers: REVIEWERS.map((name) => ({
          userId: name,
          keys: [readFileSync(join(keys, `${name}.pub`), "utf8").trim()],
          teams: ["platform"],
          permission: "write",
        })),
      },
    },
  };
}

/** Sets up approvals that need nothing but Git: the repository, the reviewers' keys and the ApprovalProvider `local`. */
export async function installApprovals(client: KubeClient, home: string): Promise<void> {
  const provider = await prepareApprovals(home);
  await client.apply(APPROVAL_PROVIDERS, provider, { fieldManager: "agent-safe-start", force: true });
}

function firstCommit(): string {
  const text = "What agents asked for and people approved. Written by Agent-Safe alone.\n";
  return [
    "commit refs/heads/main",
    `committer Agent-Safe <agent-safe@invalid> ${Math.floor(Date.now() / 1000)} +0000`,
    "data 7",
    "Begin\n",
    "M 100644 inline README.md",
    `data ${text.length}`,
    text,
    "done",
    "",
  ].join("\n");
}
