import test from "ava";
import fc from "fast-check";
import { evaluate, type VerdictInput } from "../../controller/approval/evaluate.ts";
import type { Review, ReviewState } from "../../controller/approval/types.ts";
import { DIGEST, everybody, HEAD, input, OPENED, reading, requirement, review, SELF, standing } from "./support.ts";

const kind = (given: VerdictInput) => evaluate(given).kind;
const approved = () => [review("1", "APPROVED")];

test("one person who may approves", (t) => {
  t.like(evaluate(input(approved())), { kind: "Approved", breakGlass: false, approvers: [{ userId: "1" }] });
});

test("nobody has said anything yet", (t) => {
  t.like(evaluate(input([])), { kind: "Pending", message: "1 more person must approve", mergedWithoutApproval: false });
});

test("whatever touches the round voids it, an approval or not", (t) => {
  const changes: [string, Parameters<typeof reading>[1]][] = [
    ["another head", { headSHA: "d".repeat(40) }],
    ["another tree", { treeSHA: "t2" }],
    ["pushed and pushed back", { pushedAfterOpening: true }],
    ["from a fork", { headRepositoryId: "6" }],
    ["another repository", { baseRepositoryId: "6" }],
    ["another base", { baseBranch: "other" }],
    ["another number", { number: 8 }],
    ["a look-alike by somebody else", { author: { userId: "3", login: "u3" } }],
    ["a draft", { draft: true }],
  ];
  for (const [what, change] of changes) t.is(kind(input([], { reading: reading(approved(), change) })), "Void", what);
});

test("a review that was seen and is gone, rewound or another's voids the round", (t) => {
  const given = review("1", "APPROVED", { id: "a" });
  const seen = (state: ReviewState, userId = "1") => ({ ...input([]).round, seen: [{ id: "a", userId, state }] });
  t.is(kind(input([given], { round: seen("APPROVED") })), "Approved");
  t.is(kind(input([], { round: seen("APPROVED") })), "Void");
  t.is(kind(input([given], { round: seen("APPROVED", "2") })), "Void");
  t.is(kind(input([given], { round: seen("DISMISSED") })), "Void", "an approval that revives");
  t.is(kind(input([given], { round: seen("CHANGES_REQUESTED") })), "Void");
  t.is(kind(input([{ ...given, state: "DISMISSED" }], { round: seen("APPROVED") })), "Pending");
});

test("an approval that doesn't count says why", (t) => {
  const why = (given: Review, changes: Partial<VerdictInput> = {}) => {
    const verdict = evaluate(input([given], changes));
    t.is(verdict.kind, "Pending");
    return verdict.votes[0]?.reason;
  };
  const by = (userId: string, changes: Partial<Review> = {}) => review(userId, "APPROVED", changes);
  t.is(why(by("1", { reviewer: { userId: "1", login: "ci[bot]", bot: true } })), "not a person");
  t.is(why(by(SELF), { standings: new Map([[SELF, standing([], "admin")]]) }), "not a person");
  t.is(why(by("1"), { excluded: new Map([["1", "owns the agent"]]) }), "owns the agent");
  t.is(
    why(by("1"), { reading: reading([by("1")], { contributors: [SELF, "1"] }) }),
    "wrote or pushed what is reviewed",
  );
  t.is(why(by("1", { commit: "d".repeat(40) })), "about another commit");
  t.is(why(by("1", { submittedAt: OPENED })), "older than the round");
  t.is(why(by("99")), "not among those who may approve");
  t.is(why(by("1"), { standings: new Map([["1", standing([], "unknown")]]) }), "not among those who may approve");
  t.is(why(by("1"), { standings: new Map([["1", standing([], "triage")]]) }), "not among those who may approve");
  const confirm = { requirement: requirement({ confirmDigest: true }) };
  t.is(why(by("1", { text: "lgtm" }), confirm), "does not repeat the first 8 characters of the digest");
  t.is(kind(input([by("1", { text: `ok ${DIGEST.slice(7, 15)}` })], confirm)), "Approved");
  const words = { requirement: requirement({ reasonFits: (text) => text.startsWith("CHG-") }) };
  t.is(why(by("1"), words), "its text is not what policy asks for");
});

test("one eligible no is a denial, whatever follows it", (t) => {
  const no = review("1", "CHANGES_REQUESTED");
  t.like(evaluate(input([no])), { kind: "Denied", by: [{ userId: "1" }] });
  t.is(kind(input([no, review("1", "APPROVED")])), "Denied", "taken back before it was seen");
  t.is(kind(input([review("2", "APPROVED"), no])), "Denied");
  t.is(kind(input([review("99", "CHANGES_REQUESTED")])), "Pending", "a stranger has no say");
  t.is(kind(input([no], { excluded: new Map([["1", "owns the agent"]]) })), "Denied", "an owner may say no");
  t.is(kind(input([no, review("2", "APPROVED")], { requirement: requirement({ denyCount: 2 }) })), "Approved");
  const two = [no, review("2", "CHANGES_REQUESTED")];
  t.is(kind(input(two, { requirement: requirement({ denyCount: 2 }) })), "Denied");
});

test("closing is denial, unless it was ourselves; merging approves nothing", (t) => {
  const closedBy = { userId: "3", login: "u3" };
  t.like(evaluate(input([], { reading: reading(approved(), { state: "closed", closedBy }) })), {
    kind: "Denied",
    by: [closedBy],
  });
  t.is(kind(input([], { reading: reading([], { state: "closed" }) })), "Denied", "by nobody knows whom");
  const ours = { userId: SELF, login: "agent-safe" };
  t.is(kind(input([], { reading: reading(approved(), { state: "closed", closedBy: ours }) })), "Void");
  t.like(evaluate(input([], { reading: reading([], { state: "merged" }) })), {
    kind: "Pending",
    mergedWithoutApproval: true,
  });
  t.is(kind(input([], { reading: reading(approved(), { state: "merged" }) })), "Approved");
});

test("time: to the millisecond", (t) => {
  const { deadline } = input([]).round;
  t.is(kind(input(approved(), { now: deadline - 1 })), "Approved");
  t.is(kind(input(approved(), { now: deadline })), "Expired");
  t.is(kind(input([review("1", "CHANGES_REQUESTED")], { now: deadline })), "Denied");
});

test("several groups need several people", (t) => {
  const both = requirement({
    require: [
      { count: 1, teams: ["acme/sre"] },
      { count: 1, users: ["1"] },
    ],
  });
  t.is(kind(input(approved(), { requirement: both })), "Pending", "one person fills one place");
  t.is(kind(input([...approved(), review("2", "APPROVED")], { requirement: both })), "Approved");
  const two = requirement({ require: [{ count: 2, teams: ["acme/sre"] }] });
  t.is(kind(input([review("1", "APPROVED"), review("1", "APPROVED")], { requirement: two })), "Pending");
  t.is(kind(input([...approved(), review("3", "APPROVED")], { requirement: two })), "Pending");
});

test("an agent without owners is not approved by anybody, also in an emergency", (t) => {
  const obstacle = "the agent has no owners";
  const glass = requirement({ breakGlassTeams: ["acme/sre"] });
  t.like(evaluate(input(approved(), { obstacle, requirement: glass })), { kind: "Pending", message: obstacle });
});

test("in an emergency one of the named team approves alone, and it is told apart", (t) => {
  const glass = requirement({ require: [{ count: 2, users: ["4", "5"] }], breakGlassTeams: ["acme/sre"] });
  t.like(evaluate(input(approved(), { requirement: glass })), { kind: "Approved", breakGlass: true });
  t.is(kind(input([review("3", "APPROVED")], { requirement: glass })), "Pending");
  const excluded = new Map([["1", "owns the agent"]]);
  t.is(kind(input(approved(), { requirement: glass, excluded })), "Pending");
  const regular = [review("4", "APPROVED"), review("5", "APPROVED")];
  t.like(evaluate(input(regular, { requirement: glass })), { kind: "Approved", breakGlass: false });
});

test("requirements that ask for nobody approve nothing", (t) => {
  t.is(kind(input(approved(), { requirement: requirement({ require: [] }) })), "Pending");
});

test("every sequence of four reviews by one person, next to its plain meaning", (t) => {
  const states: ReviewState[] = ["APPROVED", "CHANGES_REQUESTED", "DISMISSED", "COMMENTED"];
  for (const a of states) {
    for (const b of states) {
      for (const c of states) {
        for (const d of states) {
          const sequence = [a, b, c, d];
          const last = sequence.filter((state) => state !== "COMMENTED").at(-1);
          const expected = sequence.includes("CHANGES_REQUESTED")
            ? "Denied"
            : last === "APPROVED"
              ? "Approved"
              : "Pending";
          t.is(kind(input(sequence.map((state) => review("1", state)))), expected, sequence.join(" "));
        }
      }
    }
  }
});

const anyReview = fc.record({
  userId: fc.constantFrom("1", "2", "3", "4", "99", SELF),
  state: fc.constantFrom<ReviewState>("APPROVED", "CHANGES_REQUESTED", "DISMISSED", "COMMENTED", "PENDING"),
  commit: fc.constantFrom(HEAD, "d".repeat(40)),
});
const anyReviews = fc.array(anyReview, { maxLength: 8 });
const made = (given: { userId: string; state: ReviewState; commit: string }[]) =>
  given.map(({ userId, state, commit }) => review(userId, state, { commit }));
const anyRequirement = fc.constantFrom(
  requirement(),
  requirement({ require: [{ count: 2, minPermission: "write" }], denyCount: 2 }),
  requirement({
    require: [
      { count: 1, teams: ["acme/sre"] },
      { count: 1, users: ["1", "3"] },
    ],
  }),
);

test("taking reviews of a person away never makes an approval", (t) => {
  fc.assert(
    fc.property(anyReviews, anyRequirement, fc.constantFrom("1", "2", "3", "4"), (given, wanted, gone) => {
      const reviews = made(given).filter(({ state }) => state !== "CHANGES_REQUESTED");
      const without = reviews.filter(({ reviewer }) => reviewer.userId !== gone);
      if (kind(input(without, { requirement: wanted })) === "Approved") {
        t.is(kind(input(reviews, { requirement: wanted })), "Approved");
      }
    }),
    { numRuns: 2_000 },
  );
});

test("excluding somebody, or knowing less of somebody, never makes an approval", (t) => {
  fc.assert(
    fc.property(anyReviews, anyRequirement, fc.constantFrom("1", "2", "3", "4"), (given, wanted, who) => {
      const reviews = made(given);
      const before = kind(input(reviews, { requirement: wanted }));
      if (before === "Approved") return;
      t.not(kind(input(reviews, { requirement: wanted, excluded: new Map([[who, "excluded"]]) })), "Approved");
      if (before !== "Pending") return;
      const less = new Map([...everybody, [who, standing([], "unknown")] as const]);
      t.not(kind(input(reviews, { requirement: wanted, standings: less })), "Approved");
    }),
    { numRuns: 2_000 },
  );
});

test("what people say in which order among each other changes nothing", (t) => {
  fc.assert(
    fc.property(anyReviews, anyRequirement, fc.infiniteStream(fc.nat()), (given, wanted, keys) => {
      const reviews = made(given);
      const order = new Map(reviews.map((one) => [one.id, Number(keys.next().value)]));
      const shuffled = [...reviews].sort((a, b) => (order.get(a.id) ?? 0) - (order.get(b.id) ?? 0));
      t.is(kind(input(shuffled, { requirement: wanted })), kind(input(reviews, { requirement: wanted })));
    }),
    { numRuns: 2_000 },
  );
});
