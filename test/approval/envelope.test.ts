import { createHash } from "node:crypto";
import test from "ava";
import { type ApprovalEnvelope, approvalDigest, envelopeFile } from "../../controller/approval/envelope.ts";
import { branchName, outcomeFolder, requestFolder, reviewBranchPrefix } from "../../controller/approval/names.ts";
import { requirementOf } from "../../controller/approval/requirement.ts";

const envelope: ApprovalEnvelope = {
  v: 1,
  cluster: "c0ffee",
  request: { kind: "ActionRequest", namespace: "agents", name: "x", uid: "u1", specDigest: "sha256:0" },
  requester: { username: "system:serviceaccount:agents:bot", groups: ["a"] },
  agent: { id: "bot", uid: "a1" },
  delegation: [],
  steps: [
    {
      action: { name: "restart-deployment", digest: "sha256:1" },
      target: { id: "prod/api", uid: "t1", resource: { kubernetes: { kind: "Deployment", name: "api" } } },
      params: { namespace: "prod", deployment: "api" },
      plan: { mode: "server-dry-run", digest: "sha256:2" },
    },
  ],
  expiresAt: "2026-01-01T00:00:00Z",
  nonce: "n1",
};

test("the digest is that of the bytes in the file, so that anybody can check it", (t) => {
  const sum = createHash("sha256").update(envelopeFile(envelope)).digest("hex");
  t.is(approvalDigest(envelope), `sha256:${sum}`);
});

/** Every way to change one leaf of a value. */
function* changes(value: unknown, put: (changed: unknown) => unknown): Generator<unknown> {
  if (Array.isArray(value)) {
    yield put([...value, "more"]);
    for (const [index, item] of value.entries()) yield* changes(item, (changed) => put(value.with(index, changed)));
  } else if (typeof value === "object" && value !== null) {
    yield put({ ...value, more: 1 });
    for (const [key, item] of Object.entries(value)) yield* changes(item, (to) => put({ ...value, [key]: to }));
  } else yield put(`${value}!`);
}

test("whatever changes, the digest changes", (t) => {
  const digests = new Set([approvalDigest(envelope)]);
  let count = 1;
  for (const changed of changes(envelope, (whole) => whole)) {
    digests.add(approvalDigest(changed as ApprovalEnvelope));
    count += 1;
  }
  t.true(count > 30);
  t.is(digests.size, count);
});

test("names of a round are the same whenever they are made, and legal for Git", (t) => {
  const round = { cluster: "c0ffee", namespace: "agents", name: "evil.lock", uid: "0123-4567", round: 2 };
  const named = { ...round, digest: `sha256:${"ab".repeat(32)}` };
  t.is(branchName(named), "agent-safe/c0ffee/0123-4567/r2-abababababab");
  t.is(reviewBranchPrefix(named), "agent-safe/reviews/0123-4567/r2/");
  const folder = requestFolder(named, Date.UTC(2026, 10, 23));
  t.is(folder, "requests/c0ffee/agents/2026/11/evil.lock-0123-456");
  t.is(outcomeFolder(folder), "outcomes/c0ffee/agents/2026/11/evil.lock-0123-456");
});

test("a rule without an approval block asks for one person who may write", (t) => {
  t.like(
    requirementOf(undefined, (id) => id),
    { require: [{ count: 1 }], denyCount: 1, confirmDigest: false },
  );
});

test("logins become ids, and the pattern of a reason is searched for", (t) => {
  const made = requirementOf(
    {
      require: [{ count: 2, users: ["alice", "17"] }],
      requireReasonPattern: "CHG-[0-9]+",
      breakGlass: { teams: ["sre"] },
    },
    (name) => (name === "alice" ? "1" : name),
  );
  t.deepEqual(made.require, [{ count: 2, users: ["1", "17"] }]);
  t.true(made.reasonFits("see CHG-12"));
  t.false(made.reasonFits("fine"));
  t.deepEqual(made.breakGlassTeams, ["sre"]);
});
