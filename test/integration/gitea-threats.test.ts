import test from "ava";
import { type Approvals, makeWorld, type Opened, type World } from "./gitea/world.ts";

let world: World;
let approvals: Approvals;

test.before(async (t) => {
  t.timeout(1_200_000, "building Gitea takes minutes, once");
  world = await makeWorld();
  approvals = await world.repository("approvals");
});

test.after.always(async () => {
  await approvals?.forge.disconnect();
  await world?.stop();
});

/** A round that is approved, so that whatever comes next takes something away. */
async function approved(t: { is(a: unknown, b: unknown): unknown }, from: Approvals = approvals): Promise<Opened> {
  const round = await from.open();
  await round.review("alice", "APPROVED");
  t.is((await round.verdict()).kind, "Approved");
  return round;
}

test("T3, T6: a push after the approval voids, and is not merged", async (t) => {
  const round = await approved(t);
  await round.push("mallory");
  const verdict = await round.verdict();
  t.is(verdict.kind, "Void");
  await t.throwsAsync(approvals.forge.merge(round.place, "m"), { code: "HEAD_MOVED" });
  const files = (await approvals.as("alice", "GET", "/commits?limit=50&sha=main")) as { sha: string }[];
  t.false(files.some(({ sha }) => sha === round.place.headSHA));
});

test("T4: a push by force that leaves the patch as it was voids", async (t) => {
  const round = await approved(t);
  await approvals.git("mallory", async (git) => {
    await git("checkout", "-q", round.place.branch);
    await git("commit", "-q", "--amend", "-m", "the same, they say");
    await git("push", "-q", "--force", "origin", round.place.branch);
  });
  const reviews = (await approvals.as("alice", "GET", `/pulls/${round.place.number}/reviews`)) as { stale: boolean }[];
  t.false(reviews[0]?.stale, "the server says that nothing happened");
  t.is((await round.verdict()).kind, "Void");
});

test("T5: pushing and then back to the first commit does not revive the approval", async (t) => {
  const round = await approved(t);
  await round.push("mallory");
  await approvals.git("mallory", async (git) => {
    await git("push", "-q", "--force", "origin", `${round.place.headSHA}:refs/heads/${round.place.branch}`);
  });
  const reading = await approvals.forge.read(round.place, { digest: round.digest, openedAt: 0 });
  t.is(reading.headSHA, round.place.headSHA);
  const verdict = await round.verdict();
  t.is(verdict.kind === "Void" && verdict.why, "something was pushed to its branch after it was opened");
});

test("T5: nor does it when a change of the target and back makes the server forget the pushes", async (t) => {
  const round = await approved(t);
  await approvals.as("mallory", "POST", "/branches", { new_branch_name: "aside", old_branch_name: "main" });
  await round.push("mallory");
  await approvals.git("mallory", async (git) => {
    await git("push", "-q", "--force", "origin", `${round.place.headSHA}:refs/heads/${round.place.branch}`);
  });
  const path = `/pulls/${round.place.number}`;
  await approvals.as("mallory", "PATCH", path, { base: "aside" });
  await approvals.as("mallory", "PATCH", path, { base: "main" });
  const events = (await approvals.as("alice", "GET", `/issues/${round.place.number}/timeline`)) as { type: string }[];
  t.is(events.filter(({ type }) => type === "pull_push").length, 1, "the server knows of one push only");
  t.is((await round.verdict()).kind, "Void");
});

test("T5: nor when the push is put behind a page of notes that we may not see", async (t) => {
  const round = await approved(t);
  const file = round.content.files[0]?.path;
  const comments = Array.from({ length: 60 }, (_, i) => ({ path: file, body: `${i}`, new_position: 1 }));
  await approvals.as("mallory", "POST", `/pulls/${round.place.number}/reviews`, {
    event: "PENDING",
    body: "x",
    comments,
  });
  await round.push("mallory");
  await approvals.git("mallory", async (git) => {
    await git("push", "-q", "--force", "origin", `${round.place.headSHA}:refs/heads/${round.place.branch}`);
  });
  t.is((await round.verdict()).kind, "Void");
});

test("T7: whoever asked does not approve; nor does anybody of the chain", async (t) => {
  const round = await approvals.open();
  await round.review("alice", "APPROVED");
  const excluded = new Map([[world.accounts.alice.userId, "asked for it"]]);
  t.is((await round.verdict({ excluded })).kind, "Pending");
  await round.review("bob", "APPROVED");
  t.is((await round.verdict({ excluded })).kind, "Approved");
  await t.throwsAsync(round.review("agent-safe", "APPROVED"), { message: /approve your own pull/ });
});

test("T13: merged without an approval approves nothing", async (t) => {
  const round = await approvals.open();
  await approvals.forge.comment(round.place, "please review");
  for (let tries = 0; ; tries++) {
    const path = `/pulls/${round.place.number}/merge`;
    const answer = (await approvals.as("mallory", "POST", path, { Do: "merge" }, [405])) as
      | { message?: string }
      | undefined;
    if (answer === undefined || tries > 50) break;
    await new Promise((done) => setTimeout(done, 200));
  }
  const verdict = await round.verdict();
  t.is(verdict.kind, "Pending");
  t.true(verdict.kind === "Pending" && verdict.mergedWithoutApproval);
});

test("T14: another target voids; a pull request of a fork is none of ours", async (t) => {
  const round = await approved(t);
  await approvals.as("mallory", "POST", "/branches", { new_branch_name: "elsewhere", old_branch_name: "main" });
  await approvals.as("mallory", "PATCH", `/pulls/${round.place.number}`, { base: "elsewhere" });
  t.is((await round.verdict()).kind, "Void");
  await t.throwsAsync(approvals.forge.merge(round.place, "m"), { code: "HEAD_MOVED" });

  const own = await approved(t);
  await approvals.as("mallory", "POST", "/forks", { name: "fork" });
  const fork = { head: `mallory:${own.place.branch}`, base: "main", title: "look-alike" };
  const { number } = (await approvals.as("mallory", "POST", "/pulls", fork)) as { number: number };
  await approvals.as("alice", "POST", `/pulls/${number}/reviews`, { event: "APPROVED", body: "" });
  const place = { ...own.place, number };
  const reading = await approvals.forge.read(place, { digest: own.digest, openedAt: 0 });
  t.not(reading.headRepositoryId, reading.baseRepositoryId);
  t.is((await own.verdict({ reading })).kind, "Void");
});

test("T15: a pull request that somebody else opened from our branch is void", async (t) => {
  const { content, digest } = approvals.content();
  const first = await approvals.forge.ensureRound(content);
  await approvals.forge.close(first, "away");
  await approvals.git("mallory", async (git) => {
    await git("fetch", "-q", "origin", `refs/pull/${first.number}/head`);
    await git("push", "-q", "origin", `FETCH_HEAD:refs/heads/${content.branch}`);
  });
  const options = { head: content.branch, base: "main", title: "look-alike" };
  const { number } = (await approvals.as("mallory", "POST", "/pulls", options)) as { number: number };
  const reading = await approvals.forge.read({ ...first, number }, { digest, openedAt: 0 });
  t.is(reading.author.login, "mallory");
  const round = await approvals.open();
  const verdict = await round.verdict({ reading: { ...reading, number: round.place.number } });
  t.regex(verdict.kind === "Void" ? verdict.why : "", /opened by mallory/);
});

test("T28: renamed is followed by id; made public is told", async (t) => {
  const own = await world.repository("moving");
  t.teardown(() => own.forge.disconnect());
  const round = await approved(t, own);
  await own.as("root", "PATCH", "", { name: "moved" });
  t.is((await round.verdict()).kind, "Approved", "the id is the same");
  await t.throwsAsync(own.forge.ensureRound(own.content().content), { code: "GONE" });
  await own.forge.merge(round.place, "m");
  // Another repository under the old name is not the one of the round.
  const other = await world.repository("moving");
  const { repositoryId } = await other.forge.ensureRound(other.content().content);
  await other.forge.disconnect();
  t.not(repositoryId, round.place.repositoryId);
});

test("T28: weaknesses are told, and mended are told no more", async (t) => {
  const own = await world.repository("weak");
  t.teardown(() => own.forge.disconnect());
  const codes = async () => (await own.forge.weaknesses()).map(({ code }) => code).sort();
  t.deepEqual(await codes(), ["BaseUnprotected", "BranchesOpen"]);
  const alone = { enable_push: true, enable_push_whitelist: true, push_whitelist_usernames: ["agent-safe"] };
  const strict = { dismiss_stale_approvals: true, block_on_rejected_reviews: true, block_admin_merge_override: true };
  await own.as("root", "POST", "/branch_protections", { rule_name: "agent-safe/**", ...alone });
  await own.as("root", "POST", "/branch_protections", {
    rule_name: "main",
    ...alone,
    ...strict,
    required_approvals: 1,
  });
  t.deepEqual(await codes(), []);
  const round = await approved(t, own);
  await t.throwsAsync(round.push("mallory"), { message: /403|not allowed|protected/i });
  await own.forge.merge(round.place, "m");
  await own.forge.commitFiles([{ path: "outcomes/receipt.json", content: "{}" }], "Receipt");
  const second = await own.open();
  await own.forge.close(second.place, "expired");
  t.is((await second.verdict()).kind, "Void");
  await own.as("root", "PATCH", "", { private: false });
  t.deepEqual(await codes(), ["RepositoryPublic"]);
});
