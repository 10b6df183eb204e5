import test from "ava";
import { createGitHubForge } from "../../../controller/approval/github/forge.ts";
import { BRANCH, content, setUp } from "./support.ts";

test("open, approve, merge, receipt", async (t) => {
  const { world, ann, open, forge } = setUp();
  const { place, verdict, approve } = await open();
  t.like(place, { number: 1, branch: BRANCH, repositoryId: "5", baseBranch: "main" });
  t.like(await verdict(), { kind: "Pending", mergedWithoutApproval: false });
  approve(ann);
  t.like(await verdict(), { kind: "Approved", approvers: [{ userId: "1" }] });
  await forge.setCheck(place, "approved", "x".repeat(500));
  t.like(world.statuses[0], { state: "success", context: "agent-safe/approval", description: "x".repeat(140) });
  await forge.merge(place, "approved\n\nby ann");
  await forge.merge(place, "approved\n\nby ann");
  t.false(world.refs.has(BRANCH));
  t.like(await verdict(), { kind: "Approved" }, "what is merged reads the same");
  const receipt = [{ path: "outcomes/c1/receipt.json", content: "{}" }];
  const first = await forge.commitFiles(receipt, "receipt");
  t.is(await forge.commitFiles(receipt, "receipt"), first);
  t.is(world.refs.get("main"), first);
});

test("merging takes the recorded head or nothing", async (t) => {
  const { world, ann, eve, open, forge } = setUp();
  const { place, approve } = await open();
  approve(ann);
  world.push(place.branch, eve, { "evil.sh": "x" });
  await t.throwsAsync(forge.merge(place, "m"), { code: "HEAD_MOVED" });
  t.falsy(world.pulls[0]?.merged);
});

test("a head that moves between the look and the merge is refused by GitHub itself", async (t) => {
  const { world, eve, open, forge } = setUp();
  const { place } = await open();
  world.intercept = (method) => {
    if (method === "PUT") world.push(place.branch, eve, { "evil.sh": "x" });
    return undefined;
  };
  await t.throwsAsync(forge.merge(place, "m"), { code: "HEAD_MOVED" });
});

test("closing says why, removes the branch, and can be repeated", async (t) => {
  const { world, open, forge } = setUp();
  const { place, verdict } = await open();
  await forge.close(place, "expired");
  await forge.close(place, "expired");
  t.deepEqual(world.comments, ["expired"]);
  t.false(world.refs.has(BRANCH));
  t.like(await verdict(), { kind: "Void" });
});

test("a branch that holds something else is not taken over", async (t) => {
  const { world, eve, forge } = setUp();
  world.refs.set(BRANCH, world.refs.get("main") ?? "");
  world.push(BRANCH, eve, { "requests/c1/default/web/envelope.json": '{"v":2}' });
  await t.throwsAsync(forge.ensureRound(content), { code: "UNEXPECTED", message: /holds something else/ });
});

test("a receipt is put on top of what somebody else committed meanwhile", async (t) => {
  const { world, eve, forge } = setUp();
  let once = true;
  world.intercept = (method) => {
    if (method === "PATCH" && once) {
      once = false;
      world.push("main", eve, { "README.md": "new" });
    }
    return undefined;
  };
  const sha = await forge.commitFiles([{ path: "outcomes/r.json", content: "{}" }], "receipt");
  t.is(world.refs.get("main"), sha);
});

test("changed: all at first, then what changed or went away", async (t) => {
  const { world, ann, open, forge } = setUp();
  const { place, approve } = await open();
  t.is(await forge.changed(), "all");
  t.deepEqual(await forge.changed(), new Set());
  t.is(world.log.at(-1)?.status, 304, "for nothing");
  approve(ann);
  t.deepEqual(await forge.changed(), new Set([place.number]));
  await forge.close(place, "x");
  t.deepEqual(await forge.changed(), new Set([place.number]));
  t.deepEqual(await forge.changed(), new Set());
});

test("a token of a machine user does as well", async (t) => {
  const { world, options } = setUp();
  const forge = createGitHubForge({ ...options, auth: { token: "ghp_x" } });
  t.is((await forge.self()).userId, "900");
  t.is((await forge.ensureRound(content)).number, 1);
  t.true(world.log.every(({ auth }) => auth === "Bearer ghp_x"));
});

test("weaknesses: an open repository has many, a hardened one none but the App's", async (t) => {
  const { world, forge } = setUp();
  const codes = async () => (await forge.weaknesses()).map(({ code }) => code);
  t.deepEqual(await codes(), ["BASE_UNPROTECTED", "ROUND_BRANCHES_OPEN", "APP_OWNER_WIDE", "APP_TOO_WIDE"]);
  const of = { ruleset_source_type: "Repository", ruleset_source: "acme/approvals", ruleset_id: 1 };
  const parameters = {
    ...{ dismiss_stale_reviews_on_push: true, require_code_owner_review: false, require_last_push_approval: true },
    ...{ required_approving_review_count: 1, required_review_thread_resolution: false },
  };
  world.rules.set("main", [
    { ...of, type: "pull_request", parameters },
    { ...of, type: "non_fast_forward" },
    { ...of, type: "deletion" },
  ]);
  world.rules.set("agent-safe/**", [
    { ...of, type: "creation" },
    { ...of, type: "update" },
    { ...of, type: "deletion" },
  ]);
  t.deepEqual(await codes(), ["APP_OWNER_WIDE", "APP_TOO_WIDE"]);
});
