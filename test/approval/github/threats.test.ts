import test from "ava";
import { content, setUp } from "./support.ts";

const anybody = { require: [{ count: 1 }], denyCount: 1, confirmDigest: false, reasonFits: () => true };

test("T3: a push after the approval voids it", async (t) => {
  const { world, ann, eve, open } = setUp();
  const { place, verdict, approve } = await open();
  approve(ann);
  t.like(await verdict(), { kind: "Approved" });
  world.push(place.branch, eve, { "more.txt": "x" });
  t.like(await verdict(), { kind: "Void", why: "its head is not the commit that was pushed" });
});

test("T4: GitHub points the review to a forced commit of the same patch; it voids all the same", async (t) => {
  const { world, ann, eve, open, forge } = setUp();
  const { place, verdict, approve } = await open();
  approve(ann);
  const head = world.push(place.branch, eve, {}, { force: true });
  const reading = await forge.read(place, { digest: "", openedAt: 0 });
  t.is(reading.reviews[0]?.commit, head, "the double does as GitHub does");
  t.is(reading.treeSHA, place.treeSHA);
  t.like(await verdict(), { kind: "Void" });
});

test("T5: pushing away and back revives nothing", async (t) => {
  const { world, ann, eve, open, forge } = setUp();
  const { place, verdict, approve } = await open();
  approve(ann);
  world.push(place.branch, eve, { "evil.sh": "x" });
  world.push(place.branch, eve, {}, { to: place.headSHA });
  const reading = await forge.read(place, { digest: "", openedAt: 0 });
  t.is(reading.headSHA, place.headSHA);
  t.is(reading.reviews[0]?.commit, place.headSHA);
  t.like(await verdict(), { kind: "Void", why: "something was pushed to its branch after it was opened" });
});

test("T6: other files under a commit that is called ours", async (t) => {
  const { world, ann, open } = setUp();
  const { place, verdict, approve } = await open();
  approve(ann);
  const head = world.commits.get(place.headSHA);
  t.truthy(head);
  const base = world.commits.get(world.refs.get("main") ?? "");
  if (head) head.tree = base?.tree ?? "";
  t.like(await verdict(), { kind: "Void", why: "its files are not those that were pushed" });
});

test("T7: the requester, and whoever wrote what is reviewed, do not approve", async (t) => {
  const { world, ann, open } = setUp();
  const { place, verdict, approve } = await open();
  approve(ann);
  t.like(await verdict({ excluded: new Map([["1", "asked for it"]]) }), { kind: "Pending" });
  t.like(await verdict(), { kind: "Approved" });
  const head = world.commits.get(place.headSHA);
  if (head) head.author = ann;
  t.like(await verdict(), { kind: "Pending", votes: [{ reason: "wrote or pushed what is reviewed" }] });
});

test("T8, T29: bots and the App itself do not approve, whatever team they are in", async (t) => {
  const { world, open, sre, person } = setUp();
  const { verdict, approve } = await open();
  const robot = person(50, "agent[bot]", "Bot");
  sre.set(50, "active");
  sre.set(world.app.id, "active");
  world.permissions.set(world.app.id, "admin");
  approve(robot);
  approve(world.app);
  t.like(await verdict(), { kind: "Pending", votes: [{ reason: "not a person" }, { reason: "not a person" }] });
});

test("T8: who is in no team, is only invited, or may not write does not approve", async (t) => {
  const { world, ann, eve, open, sre } = setUp();
  const { verdict, approve } = await open();
  approve(eve);
  t.like(await verdict(), { kind: "Pending" });
  approve(ann);
  sre.set(ann.id, "pending");
  t.like(await verdict(), { kind: "Pending" });
  sre.set(ann.id, "active");
  world.permissions.set(ann.id, "triage");
  t.like(await verdict(), { kind: "Pending" });
  world.permissions.set(ann.id, "maintain");
  t.like(await verdict(), { kind: "Approved" });
});

test("T10: who leaves the team after the verdict is not counted in the next one", async (t) => {
  const { ann, open, sre } = setUp();
  const { verdict, approve } = await open();
  approve(ann);
  t.like(await verdict(), { kind: "Approved" });
  sre.delete(ann.id);
  t.like(await verdict(), { kind: "Pending" });
});

test("T11: a login that somebody else has now brings no rights along", async (t) => {
  const { world, ann, open, forge, person } = setUp();
  const { verdict, approve } = await open();
  approve(ann);
  t.like(await verdict(), { kind: "Approved" });
  // Between the question who it is and what they may, the login changes hands.
  world.intercept = (_, path) => {
    if (path.includes("/memberships/")) {
      ann.login = "ann-2";
      world.person({ id: 1, login: "ann-2", type: "User" });
      person(60, "ann");
    }
    return undefined;
  };
  world.teams.get("acme/sre")?.set(60, "active");
  t.deepEqual(await forge.standing("1", ["acme/sre"]), { teams: new Set(), permission: "unknown" });
});

test("T12: dismissing the newest review does not revive the one before; who said no has said no", async (t) => {
  const { world, ann, bob, open } = setUp();
  const { place, verdict, approve } = await open();
  approve(ann);
  const second = approve(ann);
  world.dismiss(place.number, second.id);
  t.like(await verdict(), { kind: "Pending", votes: [{ reason: "dismissed" }] });
  world.review(place.number, bob, "CHANGES_REQUESTED");
  approve(bob);
  t.like(await verdict(), { kind: "Denied", by: [{ userId: "2" }] });
});

test("T13: a merge by somebody else approves nothing and is told", async (t) => {
  const { world, eve, open, forge } = setUp();
  const { place, verdict } = await open();
  world.mergeBy(place.number, eve);
  t.like(await verdict(), { kind: "Pending", mergedWithoutApproval: true });
  t.like(await forge.read(place, { digest: "", openedAt: 0 }), { state: "merged", mergedBy: { userId: "3" } });
});

test("T14: another base, even for a while, and a fork void", async (t) => {
  const { world, ann, eve, open } = setUp();
  const { verdict, approve } = await open();
  approve(ann);
  const [pull] = world.pulls;
  if (pull) pull.headRepository = 77;
  t.like(await verdict(), { kind: "Void", why: "it comes from, or goes to, another repository" });
  if (pull) pull.headRepository = world.repositoryId;
  t.like(await verdict(), { kind: "Approved" });
  world.refs.set("other", world.refs.get("main") ?? "");
  if (pull) pull.base = "other";
  t.like(await verdict(), { kind: "Void", why: "it goes to another branch now" });
  if (pull) pull.base = "main";
  pull?.events.push({ event: "base_ref_changed", actor: eve });
  t.like(await verdict(), { kind: "Void" });
});

test("T15: a pull request that somebody else opened from our branch is not taken for ours", async (t) => {
  const { world, ann, eve, open, openPull, forge } = setUp();
  const { place, verdict, approve } = await open();
  approve(ann);
  const [pull] = world.pulls;
  if (pull) pull.user = eve;
  t.like(await verdict(), { kind: "Void", why: "it was opened by eve (3), not by the controller" });
  if (pull) pull.state = "closed";
  openPull(eve, place.branch, "main", "look alike");
  await t.throwsAsync(forge.ensureRound(content), { message: /eve has opened pull request 2/ });
});

test("T21: of 250 reviews the last denies", async (t) => {
  const { world, ann, bob, open } = setUp();
  const { place, verdict, approve } = await open();
  for (let i = 0; i < 249; i++) approve(ann);
  t.like(await verdict(), { kind: "Approved" });
  world.review(place.number, bob, "CHANGES_REQUESTED");
  t.like(await verdict(), { kind: "Denied" });
});

test("T24: the deadline counts to the millisecond", async (t) => {
  const { clock, ann, open } = setUp();
  const { verdict, approve, place } = await open();
  approve(ann);
  const { headSHA, treeSHA, repositoryId, baseBranch, number } = place;
  const round = { headSHA, treeSHA, repositoryId, baseBranch, number, digest: "", seen: [] };
  t.like(await verdict({ round: { ...round, deadline: clock.now + 1 } }), { kind: "Approved" });
  t.like(await verdict({ round: { ...round, deadline: clock.now } }), { kind: "Expired" });
});

test("T25: cut off at any request, a round is opened once", async (t) => {
  const whole = setUp();
  await whole.open();
  const requests = whole.world.log.length;
  for (let cut = 0; cut < requests; cut++) {
    for (const before of [true, false]) {
      const { world, forge, options, open } = setUp({ sleep: async () => undefined });
      let count = 0;
      const real = options.fetch ?? fetch;
      options.fetch = async (input, init) => {
        const last = count++ === cut;
        if (last && before) throw new Error("killed");
        const answer = await real(input, init);
        if (last) throw new Error("killed");
        return answer;
      };
      const { createGitHubForge } = await import("../../../controller/approval/github/forge.ts");
      await t.throwsAsync(createGitHubForge(options).ensureRound(content), { name: "ProviderError" });
      const { place } = await open();
      t.is(world.pulls.length, 1, `cut at ${cut}`);
      t.is(world.refs.get(place.branch), place.headSHA);
      t.is((await forge.ensureRound(content)).number, place.number);
    }
  }
});

test("T28: the repository is known by its id; being public is a weakness", async (t) => {
  const { world, ann, open, forge } = setUp();
  const { verdict, approve } = await open();
  approve(ann);
  world.private = false;
  t.true((await forge.weaknesses()).some(({ code }) => code === "REPOSITORY_PUBLIC"));
  world.repositoryId = 6;
  t.like(await verdict(), { kind: "Void", why: "it comes from, or goes to, another repository" });
});

test("T30: clocks too far apart are a weakness", async (t) => {
  const { world, forge } = setUp();
  const skewed = async () => (await forge.weaknesses()).some(({ code }) => code === "CLOCK_SKEW");
  t.false(await skewed());
  world.skewMs = 120_000;
  t.true(await skewed());
});

test("closing by somebody else is final, also when it is opened again or merged", async (t) => {
  const { world, ann, eve, open } = setUp();
  const { place, verdict, approve } = await open();
  approve(ann);
  world.close(place.number, eve);
  world.reopen(place.number, eve);
  t.like(await verdict(), { kind: "Denied", by: [{ userId: "3" }] });
  world.mergeBy(place.number, eve);
  t.like(await verdict(), { kind: "Denied", by: [{ userId: "3" }] });
});

test("a review from before the round, and one of a person who is gone, do not count", async (t) => {
  const { world, ann, open } = setUp();
  const { verdict, approve } = await open();
  const early = approve(ann);
  early.submitted_at = world.pulls[0]?.created ?? "";
  t.like(await verdict(), { kind: "Pending", votes: [{ reason: "older than the round" }] });
  world.pulls[0]?.reviews.push({ ...early, id: 77, user: null });
  t.like(await verdict({ requirement: anybody }), {
    kind: "Pending",
    votes: [{ reason: "older than the round" }, { reason: "not a person" }],
  });
});

test("a draft voids", async (t) => {
  const { world, ann, open } = setUp();
  const { verdict, approve } = await open();
  approve(ann);
  const [pull] = world.pulls;
  if (pull) pull.draft = true;
  t.like(await verdict(), { kind: "Void", why: "it was turned into a draft" });
});
