import test from "ava";
import { evaluate } from "../../../controller/approval/evaluate.ts";
import { formatReview } from "../../../controller/approval/git/review-message.ts";
import type { RoundPlace } from "../../../controller/approval/provider.ts";
import type { Round } from "../../../controller/approval/types.ts";
import { requirement } from "../support.ts";
import { makeWorld, type World } from "./support.ts";

/** The verdict as the controller would make it, from a fresh reading. */
async function verdictOf(world: World, place: RoundPlace, changes: Partial<Round> = {}) {
  const { forge, digest, openedAt } = world;
  const reading = await forge.read(place, { digest, openedAt });
  const standings = new Map<string, Awaited<ReturnType<typeof forge.standing>>>();
  for (const { reviewer } of reading.reviews) {
    standings.set(reviewer.userId, await forge.standing(reviewer.userId, ["sre"]));
  }
  const round = { ...place, digest, deadline: openedAt + 3_600_000, seen: [], ...changes };
  const self = (await forge.self()).userId;
  const wanted = requirement({ require: [{ count: 1, teams: ["sre"] }] });
  return evaluate({ round, reading, requirement: wanted, standings, excluded: new Map(), self, now: openedAt + 1 });
}

test("a round is opened once, however often it is asked for, and holds exactly its files", async (t) => {
  const world = await makeWorld(t);
  const place = await world.forge.ensureRound(world.content);
  t.deepEqual(await world.forge.ensureRound(world.content), place);
  t.deepEqual(await (await world.another()).ensureRound(world.content), place);
  const [file] = world.content.files;
  t.is(await world.remote(["show", `${place.branch}:${file?.path}`]), file?.content ?? "");
  t.is((await verdictOf(world, place)).kind, "Pending");
});

test("a branch of that name with other files is not taken for ours", async (t) => {
  const world = await makeWorld(t);
  await world.remote(["update-ref", `refs/heads/${world.content.branch}`, "main"]);
  await t.throwsAsync(world.forge.ensureRound(world.content), { code: "UNEXPECTED" });
});

test("a signed approval approves; merging puts files and signatures into history; a receipt follows", async (t) => {
  const world = await makeWorld(t);
  const { forge, remote } = world;
  const place = await forge.ensureRound(world.content);
  const review = await world.review(place, "alice", "approve", { text: "looked at it" });
  const verdict = await verdictOf(world, place);
  t.like(verdict, { kind: "Approved", approvers: [{ userId: "alice", login: "ALICE" }] });
  await forge.merge(place, "approved");
  await forge.merge(place, "approved");
  t.is(await remote(["show", "main:requests/a b/envelope.json"]), world.content.files[0]?.content ?? "");
  t.is(await remote(["show", "main:README.md"]), "hi");
  t.is((await remote(["rev-list", "main"])).includes(review), true);
  t.is(await remote(["for-each-ref", `refs/heads/${place.branch}`]), "");
  t.like(await verdictOf(world, place), { kind: "Approved" }, "also after its branch is gone");
  const receipt = [{ path: "outcomes/receipt.json", content: "{}" }];
  const commit = await forge.commitFiles(receipt, "receipt");
  t.is(await forge.commitFiles(receipt, "receipt"), commit);
});

test("a signed denial denies, also when an approval by the same person follows", async (t) => {
  const world = await makeWorld(t);
  const place = await world.forge.ensureRound(world.content);
  await world.review(place, "alice", "deny");
  await world.review(place, "alice", "approve");
  t.like(await verdictOf(world, place), { kind: "Denied", by: [{ userId: "alice" }] });
});

test("forged reviews are no reviews", async (t) => {
  const world = await makeWorld(t);
  const { remote, uid, digest } = world;
  const place = await world.forge.ensureRound(world.content);
  const branch = `refs/heads/agent-safe/reviews/${uid}/r1/alice`;
  const message = formatReview({ verdict: "approve", digest, request: uid, round: 1, text: "" });
  const identity = ["user.name=alice", "user.email=alice@example.com"];
  const put = async (what: string, args: string[], text: string, config: string[] = []) => {
    const sha = await remote(["commit-tree", ...args, "-F", "-"], { input: text, config: [...identity, ...config] });
    await remote(["update-ref", branch, sha.trim()]);
    t.is((await verdictOf(world, place)).kind, "Pending", what);
  };
  const tree = `${place.headSHA}^{tree}`;
  const onHead = [tree, "-p", place.headSHA];
  const signedBy = (name: string) => ["gpg.format=ssh", `user.signingKey=${world.keyOf(name)}`];
  await put("unsigned", onHead, message);
  await put("signed by a stranger", ["-S", ...onHead], message, signedBy("mallory"));
  await put("signed by another signer", ["-S", ...onHead], message, signedBy("bob"));
  await put("on another commit", ["-S", tree, "-p", "main"], message, signedBy("alice"));
  await put("on the merge of two", ["-S", ...onHead, "-p", "main"], message, signedBy("alice"));
  await put(
    "of another digest",
    ["-S", ...onHead],
    message.replace(digest, `sha256:${"0".repeat(64)}`),
    signedBy("alice"),
  );
  await put("of another request", ["-S", ...onHead], message.replaceAll(uid, "other"), signedBy("alice"));
  await put("of another round", ["-S", ...onHead], message.replace("Round: 1", "Round: 2"), signedBy("alice"));
  await put("said twice", ["-S", ...onHead], `${message}\n${message}`, signedBy("alice"));
  await put("without the form", ["-S", ...onHead], "Approve\n\nVerdict: approve\n", signedBy("alice"));
  await put("too large", ["-S", ...onHead], `x\n\n${"y".repeat(70_000)}\n\n${message}`, signedBy("alice"));
  const sound = await remote(["commit-tree", "-S", ...onHead, "-F", "-"], {
    input: message,
    config: [...identity, ...signedBy("alice")],
  });
  await remote(["update-ref", branch, sound.trim()]);
  t.is((await verdictOf(world, place)).kind, "Approved", "the sound one of the same making");
});

test("somebody who is no signer any more approves nothing", async (t) => {
  const world = await makeWorld(t);
  const place = await world.forge.ensureRound(world.content);
  await world.review(place, "alice", "approve");
  const forge = await world.another([]);
  t.is((await verdictOf({ ...world, forge }, place)).kind, "Pending");
});

test("whatever is done to the branch voids the round; merging by somebody else approves nothing", async (t) => {
  const world = await makeWorld(t);
  const { remote, forge } = world;
  const place = await forge.ensureRound(world.content);
  await world.review(place, "alice", "approve");
  const ref = `refs/heads/${place.branch}`;
  const more = await remote(["commit-tree", `${place.headSHA}^{tree}`, "-p", place.headSHA, "-m", "more"], {
    config: ["user.name=m", "user.email=m@example.com"],
  });
  await remote(["update-ref", ref, more.trim()]);
  t.is((await verdictOf(world, place)).kind, "Void", "a push");
  await t.throwsAsync(forge.merge(place, "x"), { code: "HEAD_MOVED" });
  await remote(["update-ref", "-d", ref]);
  t.is((await verdictOf(world, place)).kind, "Void", "the branch is gone");
  await remote(["update-ref", ref, place.headSHA]);
  await remote(["update-ref", "-d", `refs/heads/agent-safe/reviews/${world.uid}/r1/alice`]);
  await remote(["update-ref", "refs/heads/main", place.headSHA]);
  t.like(await verdictOf(world, place), { kind: "Pending", mergedWithoutApproval: true });
});

test("a review that was seen and is taken away voids the round", async (t) => {
  const world = await makeWorld(t);
  const place = await world.forge.ensureRound(world.content);
  const id = await world.review(place, "alice", "approve");
  const seen = { seen: [{ id, userId: "alice", state: "APPROVED" as const }] };
  t.is((await verdictOf(world, place, seen)).kind, "Approved");
  await world.remote(["update-ref", "-d", `refs/heads/agent-safe/reviews/${world.uid}/r1/alice`]);
  t.is((await verdictOf(world, place, seen)).kind, "Void");
});

test("a reviewer signs nothing but what stands in the repository", async (t) => {
  const world = await makeWorld(t);
  const place = await world.forge.ensureRound(world.content);
  const digest = `sha256:${"0".repeat(64)}`;
  await t.throwsAsync(world.review(place, "alice", "approve", { digest }), { code: "UNEXPECTED" });
  const other = { ...place, headSHA: "0".repeat(40) };
  await t.throwsAsync(world.review(other, "alice", "approve"), { code: "HEAD_MOVED" });
});

test("many commit to the base at once, and nothing is lost", async (t) => {
  const world = await makeWorld(t);
  const forges = await Promise.all([world.forge, world.another(), world.another()]);
  await Promise.all(
    forges.map((forge, index) =>
      forge.commitFiles([{ path: `outcomes/${index}.json`, content: `${index}` }], "receipt"),
    ),
  );
  t.is(
    await world.remote(["ls-tree", "--name-only", "main", "outcomes/"]),
    "outcomes/0.json\noutcomes/1.json\noutcomes/2.json\n",
  );
});

test("changes are noticed, and nothing is nothing", async (t) => {
  const world = await makeWorld(t);
  t.is(await world.forge.changed(), "all");
  t.deepEqual(await world.forge.changed(), new Set());
  const place = await (await world.another()).ensureRound(world.content);
  t.is(await world.forge.changed(), "all");
  await world.review(place, "bob", "deny");
  t.is(await world.forge.changed(), "all");
});

test("a repository that is away, or without its branch, is said to be", async (t) => {
  const world = await makeWorld(t);
  await world.remote(["update-ref", "-d", "refs/heads/main"]);
  await t.throwsAsync(world.forge.ensureRound(world.content), { code: "GONE" });
  await t.throwsAsync(world.forge.close({ branch: world.content.branch } as RoundPlace, "x"), { code: "GONE" });
});

test("closing takes the branch away and says why on a branch of its own", async (t) => {
  const world = await makeWorld(t);
  const place = await world.forge.ensureRound(world.content);
  await world.forge.setCheck(place, "denied", "changes requested by bob");
  await world.forge.close(place, "Denied by bob");
  await world.forge.close(place, "Denied by bob");
  t.is(await world.remote(["for-each-ref", `refs/heads/${place.branch}`]), "");
  const status = place.branch.replace("agent-safe/", "agent-safe/status/");
  t.is(await world.remote(["show", `${status}:STATUS.md`]), "Denied by bob\n");
});
