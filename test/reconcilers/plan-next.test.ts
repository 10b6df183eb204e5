import test from "ava";
import type { ActionPlan } from "../../controller/api/types.ts";
import { planNext, planStops } from "../../controller/reconcilers/plan-next.ts";
import { nextStep } from "../../controller/reconcilers/request-next.ts";
import { allowed, condition, created, makePlan, stepRequest } from "./plan-make.ts";

const hour = 3_600_000;
const at = Date.parse(created);
const cancelled = { annotations: { "agentsafe.dev/cancel": "true" } };
const running = [
  { name: "a", state: "Running" },
  { name: "b", state: "Pending" },
];

const cases: [title: string, plan: ActionPlan, now: number, expected: object][] = [
  ["a new plan is judged", makePlan(), at, { do: "judge", deadline: at + hour }],
  ["a settled one is left alone", makePlan({ status: { settled: true } }), at, { do: "nothing" }],
  ["one being deleted is left alone", makePlan({ metadata: { deletionTimestamp: created } }), at, { do: "nothing" }],
  [
    "a finished one only lacks its mark",
    makePlan({ status: { conditions: [condition("Finished", "Denied")] } }),
    at,
    { do: "settle" },
  ],
  ["its requester may take it back", makePlan({ metadata: cancelled }), at, { do: "cancel" }],
  ["at its deadline it expires", makePlan(), at + hour, { do: "expire", deadline: at + hour }],
  [
    "one that is allowed runs, also after the deadline",
    makePlan({ status: allowed(running) }),
    at + 2 * hour,
    { do: "run" },
  ],
  [
    "one that runs and is taken back still sees to what is under way",
    makePlan({ metadata: cancelled, status: allowed(running) }),
    at,
    { do: "run" },
  ],
  [
    "one that waits for people is judged again",
    makePlan({
      status: {
        decision: { result: "require_approval" },
        conditions: [condition("PolicyEvaluated", "ApprovalRequired")],
      },
    }),
    at,
    { do: "judge", deadline: at + hour },
  ],
  [
    "one that would be allowed, but can't be carried out yet, does not run",
    makePlan({
      status: { decision: { result: "allow" }, conditions: [condition("PolicyEvaluated", "Undecided", "Unknown")] },
    }),
    at,
    { do: "judge", deadline: at + hour },
  ],
];

for (const [title, plan, now, expected] of cases) {
  test(title, (t) => t.deepEqual(planNext(plan, now, hour) as object, expected));
}

test("steps in a circle are refused, should admission be gone", (t) => {
  const steps = [{ name: "a", action: "x", target: "y", dependsOn: ["a"] }];
  t.like(planNext(makePlan({ spec: { steps } }), at, hour), { do: "refuse" });
});

test("a plan whose creation time can't be read does not live for ever", (t) => {
  t.is(planNext(makePlan({ metadata: { creationTimestamp: undefined } }), at, hour).do, "expire");
});

test("a step that nobody has claimed goes no further than its plan", (t) => {
  const step = {
    ...stepRequest("TicketIssued", false),
    metadata: { name: "p-a", namespace: "agents", uid: "request", creationTimestamp: created },
  };
  step.spec.planRef = { name: "p", uid: "plan", step: "a" };
  const next = (plan: ActionPlan) => nextStep(step, at, hour, plan).do;
  t.is(next(makePlan({ status: allowed(running) })), "judge");
  const stopped = [
    makePlan({ metadata: cancelled, status: allowed(running) }),
    makePlan({ metadata: { deletionTimestamp: created }, status: allowed(running) }),
    makePlan({ status: allowed([...running, { name: "c", state: "Failed" }]) }),
    makePlan({ status: { ...allowed(running), conditions: [condition("Finished", "Failed")] } }),
  ];
  for (const plan of stopped) {
    t.truthy(planStops(plan));
    t.is(next(plan), "cancel");
  }
  t.is(
    next({ ...makePlan({ metadata: { ...cancelled, uid: "another" } }) }),
    "judge",
    "another plan's end is not its own",
  );
  step.status = { ...step.status, claim: { attempt: 1, ticketId: "t", holder: "h", at: created } } as never;
  t.is(next(stopped[0] as ActionPlan), "nothing", "what is claimed is the executor's");
});
