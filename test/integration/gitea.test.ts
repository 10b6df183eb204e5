import test from "ava";
import { ProviderError } from "../../controller/approval/provider.ts";
import { waitFor } from "../../hack/lib/wait.ts";
import { type Approvals, makeWorld, type World } from "./gitea/world.ts";

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

test.serial("a server that is gone is unavailable, and nothing is approved", async (t) => {
  const round = await approvals.open();
  await round.review("alice", "APPROVED");
  await world.gitea.halt();
  const error = await t.throwsAsync(round.verdict(), { instanceOf: ProviderError });
  t.is(error?.code, "UNAVAILABLE");
  await t.throwsAsync(approvals.forge.merge(round.place, "m"), { code: "UNAVAILABLE" });
  await world.gitea.resume();
  t.is((await round.verdict()).kind, "Approved");
});

test("a round is opened once, in one commit with just its files", async (t) => {
  const { content } = approvals.content();
  const [one, two] = await Promise.all([approvals.forge.ensureRound(content), approvals.forge.ensureRound(content)]);
  t.deepEqual(one, two);
  t.deepEqual(await approvals.forge.ensureRound(content), one);
  await approvals.git("alice", async (git) => {
    t.is(await git("rev-parse", `origin/${content.branch}^{tree}`), one.treeSHA);
    t.is(await git("rev-parse", `origin/${content.branch}`), one.headSHA);
  });
  const files = (await approvals.as("alice", "GET", `/pulls/${one.number}/files`)) as { filename: string }[];
  t.deepEqual(files.map(({ filename }) => filename).sort(), content.files.map(({ path }) => path).sort());
  const commits = (await approvals.as("alice", "GET", `/pulls/${one.number}/commits`)) as { sha: string }[];
  t.deepEqual(
    commits.map(({ sha }) => sha),
    [one.headSHA],
  );
  const changed = content.files.map((file) => ({ ...file, content: `${file.content}!` }));
  await t.throwsAsync(approvals.forge.ensureRound({ ...content, files: changed }), { code: "UNEXPECTED" });
});

test("open, review, approved, merged at its head, receipt", async (t) => {
  const round = await approvals.open();
  t.is((await round.verdict()).kind, "Pending");
  await round.review("bob", "COMMENT");
  t.is((await round.verdict()).kind, "Pending");
  await round.review("mallory", "APPROVED");
  t.is((await round.verdict()).kind, "Pending", "mallory is not in the team");
  await round.review("alice", "APPROVED");
  const verdict = await round.verdict();
  t.is(verdict.kind, "Approved");
  t.deepEqual(verdict.kind === "Approved" && verdict.approvers.map(({ login }) => login), ["alice"]);
  await approvals.forge.setCheck(round.place, "approved", "approved by alice");
  const status = (await approvals.as("alice", "GET", `/commits/${round.place.headSHA}/status`)) as { state: string };
  t.is(status.state, "success");
  await approvals.forge.merge(round.place, "Approved\n\nby alice");
  await approvals.forge.merge(round.place, "Approved\n\nby alice");
  await approvals.forge.close(round.place, "done");
  const files = [{ path: round.content.files[0]?.path.replace("requests/", "outcomes/") ?? "", content: "{}" }];
  const receipt = await approvals.forge.commitFiles(files, "Receipt");
  t.regex(receipt, /^[0-9a-f]{40}$/);
  const after = (await approvals.as("alice", "GET", "/commits?limit=50")) as unknown[];
  await approvals.forge.commitFiles(files, "Receipt");
  await approvals.forge.commitFiles([{ path: files[0]?.path ?? "", content: "{} " }], "Receipt, again");
  t.true(after.length > 0);
  await approvals.as("alice", "GET", `/contents/${files[0]?.path}`);
});

test("requested changes deny, also after an approval and after the person's own approval", async (t) => {
  const round = await approvals.open();
  await round.review("alice", "APPROVED");
  await round.review("bob", "REQUEST_CHANGES");
  t.is((await round.verdict()).kind, "Denied");
  await round.review("bob", "APPROVED");
  t.is((await round.verdict()).kind, "Denied", "what was said stays said");
});

test("a dismissed approval does not count", async (t) => {
  const round = await approvals.open();
  const review = await round.review("alice", "APPROVED");
  await approvals.as("root", "POST", `/pulls/${round.place.number}/reviews/${review}/dismissals`, { message: "no" });
  t.is((await round.verdict()).kind, "Pending");
});

test("closed by a person is denied, also when the branch is deleted; opened again is void", async (t) => {
  const round = await approvals.open();
  await round.review("alice", "APPROVED");
  await approvals.as("mallory", "PATCH", `/pulls/${round.place.number}`, { state: "closed" });
  const verdict = await round.verdict();
  t.is(verdict.kind, "Denied");
  t.deepEqual(verdict.kind === "Denied" && verdict.by.map(({ login }) => login), ["mallory"]);
  await approvals.as("mallory", "PATCH", `/pulls/${round.place.number}`, { state: "open" });
  t.is((await round.verdict()).kind, "Void");
  const other = await approvals.open();
  await other.review("alice", "APPROVED");
  await approvals.as("mallory", "DELETE", `/branches/${other.place.branch}`);
  t.is((await other.verdict()).kind, "Void");
});

test("closed by the controller: once, with its comment, and without its branch", async (t) => {
  const round = await approvals.open();
  await approvals.forge.close(round.place, "expired");
  await approvals.forge.close(round.place, "expired");
  const said = (await approvals.as("alice", "GET", `/issues/${round.place.number}/comments`)) as unknown[];
  t.is(said.length, 1);
  t.is((await round.verdict()).kind, "Void");
  const branches = (await approvals.as("alice", "GET", "/branches?limit=50")) as { name: string }[];
  t.false(branches.some(({ name }) => name === round.place.branch));
});

test("what changed is told, and what did not is not", async (t) => {
  const own = await world.repository("changes");
  t.teardown(() => own.forge.disconnect());
  const [one, two] = [await own.open(), await own.open()];
  t.is(await own.forge.changed(), "all");
  await new Promise((done) => setTimeout(done, 4_000));
  await own.forge.changed();
  await one.review("alice", "APPROVED");
  t.deepEqual(await own.forge.changed(), new Set([one.place.number]));
  await approvalsSettle();
  await own.forge.changed();
  t.deepEqual(await own.forge.changed(), new Set());
  await two.push("mallory");
  // The server notes a push on the pull request only after it has answered.
  const news = await waitFor(async () => {
    const changed = await own.forge.changed();
    return changed === "all" || changed.size > 0 ? changed : undefined;
  });
  t.deepEqual(news, new Set([two.place.number]));
});

test("standing: teams, permissions, nobody", async (t) => {
  const { accounts } = world;
  const of = (id: string) => approvals.forge.standing(id, ["acme/sre", "acme/nobody", "other/team"]);
  t.deepEqual(await of(accounts.alice.userId), { teams: new Set(["acme/sre"]), permission: "write" });
  t.deepEqual(await of(accounts.mallory.userId), { teams: new Set(), permission: "write" });
  t.is((await of("99999")).permission, "none");
  t.is((await of("-1")).permission, "none");
});

test("more reviews than a page holds are all read", async (t) => {
  const round = await approvals.open();
  for (let i = 0; i < 55; i++) await round.review("mallory", "COMMENT");
  await round.review("bob", "REQUEST_CHANGES");
  t.is((await round.verdict()).kind, "Denied");
});

function approvalsSettle(): Promise<void> {
  return new Promise((done) => setTimeout(done, 4_000));
}
