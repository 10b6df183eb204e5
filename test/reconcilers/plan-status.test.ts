import test from "ava";
import type { Decision } from "../../controller/policy/types.ts";
import { type StepDecision, wholeOf } from "../../controller/reconcilers/plan-decision.ts";
import { planDecisionRecord, planEndRecord } from "../../controller/reconcilers/plan-record.ts";
import { type Judged, type PlanVerdict, planStatus } from "../../controller/reconcilers/plan-status.ts";
import { assertStatusInvariants, getCondition } from "../../controller/runtime/index.ts";
import { allowed, makePlan } from "./plan-make.ts";

const now = "2026-01-01T00:00:10Z";
const record = { origin: "agent-safe/c/controller", index: 7 };

function step(name: string, result: Decision["result"], more: Partial<Decision> = {}): StepDecision {
  const decision: Decision = {
    ...{ result, cause: "Rule", reason: `${name} is ${result}`, params: {}, policy: "default", rule: "r" },
    ...{ riskClass: "low", effectiveRisk: "low", trace: [] },
    ...more,
  };
  return { step: name, decision };
}

function judged(...steps: StepDecision[]): Judged {
  const agent = {
    id: "bot",
    name: "bot",
    uid: "u",
    digest: "d",
    roles: [],
    groups: [],
    delegation: [],
    suspended: false,
  };
  return { agent, whole: wholeOf(steps), steps };
}

test("a plan is decided by its strictest step, and is as risky as its riskiest", (t) => {
  const a = step("a", "allow", { riskClass: "high", cumulativeRisk: { score: 15, class: "medium" } });
  const b = step("b", "allow", { effectiveRisk: "medium", cumulativeRisk: { score: 20, class: "medium" } });
  t.like(wholeOf([a, b]), {
    ...{ result: "allow", reason: "all 2 steps are allowed", riskClass: "high", effectiveRisk: "medium" },
    cumulativeRisk: { score: 20, class: "medium" },
  });
  t.is(wholeOf([a, step("c", "require_approval")]).result, "require_approval");
  t.is(wholeOf([step("c", "require_approval"), step("d", "undecided")]).result, "undecided");
  const denied = step("e", "deny", { cause: "CumulativeRisk", escalatedFrom: "allow" });
  t.like(wholeOf([step("d", "undecided"), denied, step("f", "deny"), a]), {
    ...{ result: "deny", cause: "CumulativeRisk", escalatedFrom: "allow" },
    reason: "step e (and 1 more of 4): e is deny",
  });
});

test("a denied plan is finished at once, with every step's verdict", (t) => {
  const verdict = {
    kind: "denied",
    ...judged(step("a", "allow"), step("b", "deny"), step("c", "require_approval")),
    record,
  };
  const status = planStatus(makePlan(), verdict as PlanVerdict, now);
  t.true(status.settled);
  t.is(status.stepsDone, "0/3");
  t.deepEqual(
    status.steps?.map(({ name, state, result, rule }) => [name, state, result, rule]),
    [
      ["a", "Skipped", "allow", "r"],
      ["b", "Denied", "deny", "r"],
      ["c", "Skipped", "require_approval", "r"],
    ],
  );
  t.like(getCondition(status.conditions, "Denied"), { status: "True", reason: "Rule" });
  t.like(getCondition(status.conditions, "Finished"), { status: "True", reason: "Denied" });
  t.deepEqual(status.audit, { decision: record, last: 7 });
});

const verdicts: [kind: string, verdict: PlanVerdict, ready: string][] = [
  ["allowed", { kind: "allowed", ...judged(step("a", "allow")), record }, "Executing"],
  ["waiting", { kind: "waiting", ...judged(step("a", "require_approval")), record }, "AwaitingApproval"],
  ["undecided", { kind: "undecided", reason: "Undecided", message: "no profile" }, "Undecided"],
  ["running", { kind: "running", steps: [{ name: "a", state: "Running" }] }, "Executing"],
  ["unknown", { kind: "running", steps: [{ name: "a", state: "OutcomeUnknown" }] }, "OutcomeUnknown"],
  ["succeeded", { kind: "done", steps: [], reason: "Succeeded", message: "done", record }, "Succeeded"],
  ["failed", { kind: "done", steps: [], reason: "Failed", message: "not done", record }, "Failed"],
  ["cancelled", { kind: "ended", reason: "Cancelled", message: "taken back", record }, "Cancelled"],
];

for (const [kind, verdict, ready] of verdicts) {
  test(`the status of a plan that is ${kind} is one that tools can read`, (t) => {
    const plan = makePlan();
    const status = planStatus(plan, verdict, now);
    t.is(getCondition(status.conditions, "Ready")?.reason, ready);
    t.is(getCondition(status.conditions, "Ready")?.status === "True", ready === "Succeeded");
    t.notThrows(() => assertStatusInvariants({ ...plan, status } as never));
  });
}

test("what runs keeps the decision; a step that begins keeps what was decided of it", (t) => {
  const steps = [{ name: "a", state: "Running" as const, result: "allow" as const }];
  const status = planStatus(makePlan({ status: allowed([]) }), { kind: "running", steps }, now);
  t.is(status.decision?.result, "allow");
  t.deepEqual(status.steps, steps);
});

test("the log has what each step was judged as and what it costs, and how the plan ended", (t) => {
  const charge = (key: string) => ({ agent: "bot", key, time: 1, score: 5 });
  const both = judged(
    step("a", "allow", { charge: charge("plan/a") }),
    step("b", "allow", { charge: charge("plan/b") }),
  );
  const decided = planDecisionRecord(makePlan(), both, "sha256:s");
  t.like(decided, { type: "plan.decided", action: { uid: "plan", ns: "agents", name: "p" }, actor: { agent: "bot" } });
  t.deepEqual(decided.data.charges, [charge("plan/a"), charge("plan/b")]);
  t.like(decided.data, { result: "allow", ticketId: "CHG-1", snapshot: "sha256:s" });
  const end = planEndRecord(makePlan(), undefined, {
    ...{ reason: "Failed", message: "Step a ended as Failed." },
    steps: [{ name: "a", state: "Failed", request: "p-a", uid: "request" }],
  });
  t.like(end, { type: "plan.finished", data: { result: "Failed", ticketId: "CHG-1" } });
  t.deepEqual(end.data.steps, [{ step: "a", state: "Failed", request: "p-a", uid: "request" }]);
});
