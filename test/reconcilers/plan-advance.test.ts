import test from "ava";
import type { ActionPlan } from "../../controller/api/types.ts";
import { advance, type StepView } from "../../controller/reconcilers/plan-advance.ts";
import { allowed, created, makePlan, stepRequest } from "./plan-make.ts";

const hour = 3_600_000;
const at = Date.parse(created);
const step = (name: string, state: string, more: object = {}) => ({ name, state, ...more });

function look(
  steps: object[],
  views: Record<string, StepView> = {},
  { now = at, ...change }: { now?: number; metadata?: object } = {},
) {
  const plan: ActionPlan = makePlan({ ...change, status: allowed(steps) });
  const found = advance(plan, new Map(Object.entries(views)), now, hour);
  return {
    states: found.steps.map(({ state }) => state).join(" "),
    create: found.create.map(({ name }) => name).join(" "),
    end: found.end?.reason,
    message: found.end?.message ?? "",
    steps: found.steps,
  };
}

const pending = [step("a", "Pending"), step("b", "Pending"), step("c", "Pending")];
const cancel = { metadata: { annotations: { "agentsafe.dev/cancel": "true" } } };

test("the first steps are those that wait for nobody", (t) => t.like(look(pending), { create: "a c", end: undefined }));

test("a step begins when all that it waits for has succeeded, and not before", (t) => {
  const begun = [step("a", "Running"), step("b", "Pending"), step("c", "Running")];
  t.like(look(begun, { a: { request: stepRequest("Executing", false) } }), {
    states: "Running Pending Running",
    create: "",
  });
  t.like(look(begun, { c: { request: stepRequest("Succeeded") } }), {
    states: "Running Pending Succeeded",
    create: "",
  });
  t.like(look(begun, { a: { request: stepRequest("Succeeded") } }), {
    states: "Succeeded Pending Running",
    create: "b",
  });
});

test("all succeeded: the plan has", (t) => {
  const last = [step("a", "Succeeded"), step("b", "Running"), step("c", "Succeeded")];
  t.like(look(last, { b: { request: stepRequest("Succeeded") } }), {
    states: "Succeeded Succeeded Succeeded",
    end: "Succeeded",
  });
});

for (const [reason, state, end] of [
  ["Failed", "Failed", "Failed"],
  ["TimedOut", "Failed", "Failed"],
  ["Invalid", "Failed", "Failed"],
  ["Denied", "Denied", "Failed"],
  ["Expired", "Expired", "Expired"],
  ["Cancelled", "Cancelled", "Cancelled"],
] as const) {
  test(`a step that ends as ${reason} stops the plan: what has not begun is skipped, what is under way is waited for`, (t) => {
    const begun = [step("a", "Running"), step("b", "Pending"), step("c", "Running")];
    const views = { a: { request: stepRequest(reason) } };
    t.like(look(begun, views), { states: `${state} Skipped Running`, create: "", end: undefined });
    const after = [step("a", state), step("b", "Skipped"), step("c", "Running")];
    t.like(look(after, { c: { request: stepRequest("Succeeded") } }), { states: `${state} Skipped Succeeded`, end });
  });
}

test("a step that was withdrawn because another failed is not why the plan failed", (t) => {
  const begun = [step("a", "Running"), step("b", "Pending"), step("c", "Failed")];
  const found = look(begun, { a: { request: stepRequest("Cancelled") } });
  t.is(found.end, "Failed");
  t.regex(found.message, /Step c ended as Failed/);
});

test("a plan that was taken back begins nothing more, and ends when what was begun has ended", (t) => {
  const begun = [step("a", "Running"), step("b", "Pending"), step("c", "Pending")];
  t.like(look(begun, {}, cancel), { states: "Running Skipped Skipped", create: "", end: undefined });
  t.like(look(begun, { a: { request: stepRequest("Cancelled") } }, cancel), { end: "Cancelled" });
  t.like(look(begun, { a: { request: stepRequest("Succeeded") } }, cancel), { end: "Cancelled" });
  t.like(look(begun, { a: { request: stepRequest("Failed") } }, cancel), { end: "Failed" });
  const last = [step("a", "Succeeded"), step("b", "Succeeded"), step("c", "Running")];
  t.like(look(last, { c: { request: stepRequest("Succeeded") } }, cancel), { end: "Succeeded" });
});

test("an outcome that nobody knows is waited for", (t) => {
  const begun = [step("a", "Running"), step("b", "Pending"), step("c", "Succeeded")];
  t.like(look(begun, { a: { request: stepRequest("OutcomeUnknown", false) } }), {
    states: "OutcomeUnknown Pending Succeeded",
    create: "",
    end: undefined,
  });
  const unknown = [step("a", "OutcomeUnknown"), step("b", "Pending"), step("c", "Succeeded")];
  t.like(look(unknown, { a: { request: stepRequest("Succeeded") } }), { create: "b" });
});

test("a request that was erased before its end was seen has not succeeded", (t) => {
  const begun = [step("a", "Running"), step("b", "Pending"), step("c", "Succeeded")];
  t.like(look(begun, { a: { gone: true } }), { states: "Failed Skipped Succeeded", end: "Failed" });
});

test("a step begins within the time that a request has, counted from its turn", (t) => {
  t.like(look(pending, {}, { now: at + hour - 1 }), { create: "a c" });
  t.like(look(pending, {}, { now: at + hour }), { create: "", states: "Skipped Skipped Skipped", end: "Expired" });
  const later = [
    step("a", "Succeeded", { finishedAt: "2026-01-01T00:30:00Z" }),
    step("b", "Pending"),
    step("c", "Succeeded"),
  ];
  t.like(look(later, {}, { now: at + 1.4 * hour }), { create: "b" });
  t.like(look(later, {}, { now: at + 1.5 * hour }), { create: "", end: "Expired" });
});

test("a step's status tells what was decided of it by itself, when that was stricter", (t) => {
  const begun = [step("a", "Running", { result: "allow" }), step("b", "Pending"), step("c", "Succeeded")];
  const [a] = look(begun, { a: { request: stepRequest("Denied") } }).steps;
  t.like(a, { state: "Denied", result: "deny", reason: "so says the rule", finishedAt: created });
});
