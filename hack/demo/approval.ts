import { join } from "node:path";
import { createGit } from "../../controller/approval/git/run.ts";
import { created, expect, type Scene, SETTLED, story } from "./scene.ts";
import { namespace } from "./world.ts";

export const approval: Scene = {
  title: "Waits for people, is approved, is carried out",
  why: "Everything in prod needs a second look. What is asked for becomes a branch of a Git repository and one digest; a review is a commit signed with the reviewer's own key. Nothing is touched until somebody approves who may.",
  async play(world, say) {
    const name = await created(
      world.agent,
      { action: "restart-deployment", target: "prod/api-server", reason: "Memory grows by 40 MiB an hour" },
      say,
    );
    const full = `${namespace}/${name}`;
    const open = await world.when(
      name,
      "waits at an open round",
      ({ status }) => status?.approval?.headSHA !== undefined,
    );
    say(story(open));
    expect(open.status?.decision?.result === "require_approval", "the decision is require_approval");
    const { branch = "", digest = "", folder = "" } = open.status?.approval ?? {};
    const git = createGit({ directory: join(world.ready.home, "approvals.git") });
    say(
      `branch ${branch} holds ${(await git(["ls-tree", "--name-only", branch, `${folder}/`])).trim().split("\n").length} files for the reviewer`,
    );

    const cli = async (...args: string[]) => {
      say(`$ agent-safe ${args.map((arg) => (arg.includes(" ") ? `"${arg}"` : arg)).join(" ")}`);
      const text = await world.cli(args);
      for (const line of text.trim().split("\n")) say(`  ${line}`);
      return text;
    };
    expect((await cli("approval", "show", full)).includes(digest), "the reviewer sees the digest");

    await cli("approval", "approve", full, "--as", "alice");
    const seen = await world.when(name, "has seen alice's review", ({ status }) => !!status?.approval?.votes?.length);
    const [vote] = seen.status?.approval?.votes ?? [];
    say(`alice's approval does not count: she ${vote?.reason}`);
    expect(vote?.userId === "alice" && vote.counted === false, "the owner's approval does not count");
    expect(seen.status?.approval?.verdict === "Pending", "it still waits");

    await cli("approval", "approve", full, "--as", "bob", "--reason", "seen the graph");
    const done = await world.until(
      name,
      SETTLED.filter((reason) => reason !== "AwaitingApproval"),
    );
    say(story(done));
    expect(done.status?.execution?.result === "SUCCESS", "it is carried out");
    expect(done.status?.approval?.approvers?.join() === "bob", "bob alone approved it");

    const after = await world.when(name, "has its receipt", ({ status }) => status?.approval?.receipt !== undefined);
    const receipt = after.status?.approval?.receipt ?? "";
    const path = `${folder.replace(/^requests/, "outcomes")}/receipt.json`;
    const told = JSON.parse(await git(["show", `${receipt}:${path}`])) as { approval?: { digest?: string } };
    expect(told.approval?.digest === digest, "the receipt in Git names what was approved");
    say(`receipt: commit ${receipt.slice(0, 12)}, ${path}`);
    say(`look: git -C ${join(world.ready.home, "approvals.git")} log --graph main; kubectl get areq -n agents -o wide`);
  },
};
