import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ExecutionContext } from "ava";
import { digest } from "../../../controller/api/digest.ts";
import { createGitForge } from "../../../controller/approval/git/forge.ts";
import { createGit, type Git } from "../../../controller/approval/git/run.ts";
import type { Signer } from "../../../controller/approval/git/signers.ts";
import { writeReview } from "../../../controller/approval/git/write-review.ts";
import { branchName } from "../../../controller/approval/names.ts";
import type { ApprovalForge, RoundContent, RoundPlace } from "../../../controller/approval/provider.ts";

export interface World {
  url: string;
  forge: ApprovalForge;
  /** Git in the remote itself: somebody who may push anything. */
  remote: Git;
  /** A forge of another process, with its own copy. */
  another(signers?: readonly Signer[]): Promise<ApprovalForge>;
  content: RoundContent;
  digest: string;
  uid: string;
  openedAt: number;
  /** A review by somebody's key, as somebody (the same unless said otherwise). */
  review(place: RoundPlace, who: string, verdict: "approve" | "deny", changes?: object): Promise<string>;
  keyOf(name: string): string;
}

const names = ["alice", "bob", "mallory"];
const uid = "0b5e9c1e-1111-4222-8333-444455556666";
const openedAt = Date.UTC(2026, 0, 1);

/** A bare repository with one commit, three people with keys, of whom alice and bob are signers. */
export async function makeWorld(t: ExecutionContext): Promise<World> {
  const home = mkdtempSync(join(tmpdir(), "agent-safe-git-"));
  t.teardown(() => rmSync(home, { recursive: true, force: true }));
  const url = join(home, "approvals.git");
  mkdirSync(url);
  const remote = createGit({ directory: url });
  await remote(["init", "--quiet", "--bare", "-b", "main", "."]);
  const stream =
    "commit refs/heads/main\ncommitter A <a@b> 0 +0000\ndata 5\nfirst\nM 100644 inline README.md\ndata 2\nhi\ndone\n";
  await remote(["fast-import", "--quiet", "--done"], { input: stream });
  const keyOf = (name: string) => join(home, name);
  for (const name of names)
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", keyOf(name)]);
  const signers: Signer[] = ["alice", "bob"].map((userId) => ({
    ...{ userId, login: userId.toUpperCase(), teams: ["sre"], permission: "write" },
    keys: [readFileSync(`${keyOf(userId)}.pub`, "utf8")],
  }));
  let copies = 0;
  const another = (chosen: readonly Signer[] = signers) => {
    copies += 1;
    const directory = join(home, `copy-${copies}`);
    return createGitForge({ url, baseBranch: "main", directory, clock: Date.now, signers: chosen });
  };
  const envelope = { v: 1, request: uid, nonce: "n" };
  const approved = digest(envelope);
  const branch = branchName({ cluster: "c0ffee", namespace: "agents", name: "x", uid, round: 1, digest: approved });
  const content: RoundContent = {
    ...{ branch, title: "restart prod/api", body: "", message: "Asked by bot", labels: [] },
    files: [
      { path: "requests/a b/envelope.json", content: JSON.stringify(envelope) },
      { path: 'requests/a b/"quoted" ü.txt', content: "x\n" },
    ],
    reviewers: { users: [], teams: [] },
  };
  return {
    ...{ url, forge: await another(), remote, another, content, digest: approved, uid, openedAt, keyOf },
    review: (place, who, verdict, changes = {}) => {
      copies += 1;
      const { branch: of, headSHA } = place;
      const envelopePath = "requests/a b/envelope.json";
      const review = { branch: of, headSHA, envelopePath, digest: approved, uid, round: 1, verdict, text: "" };
      const written = { ...review, userId: who, keyFile: keyOf(who), ...changes };
      return writeReview(written, {
        url,
        baseBranch: "main",
        directory: join(home, `copy-${copies}`),
        clock: Date.now,
      });
    },
  };
}
