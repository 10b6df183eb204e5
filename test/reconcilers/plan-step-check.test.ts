import test from "ava";
import type { ActionRequest } from "../../controller/api/types.ts";
import { stepProblem, stepSpec } from "../../controller/reconcilers/plan-step-check.ts";
import { allowed, makePlan, requester } from "./plan-make.ts";

const delegationRef = { name: "lend", uid: "d" };
const plan = makePlan({
  spec: { delegationRef },
  status: allowed([{ name: "b", state: "Running", request: "p-b", uid: "request" }]),
});

function request(change: object = {}, metadata: object = {}): ActionRequest {
  return {
    apiVersion: "agentsafe.dev/v1alpha1",
    kind: "ActionRequest",
    metadata: { name: "p-b", namespace: "agents", uid: "request", ...metadata },
    spec: { ...stepSpec(plan, "b"), ...change } as ActionRequest["spec"],
  };
}

test("a request that the plan asks for is its step", (t) => t.is(stepProblem(request(), plan), undefined));

test("a request that is no step of anything is not held against a plan", (t) => {
  t.is(stepProblem(request({ planRef: undefined, action: "delete-namespace" }), undefined), undefined);
});

const forgeries: [what: string, change: object][] = [
  ["action", { action: "delete-namespace" }],
  ["target", { target: "prod/api-server" }],
  ["params", { params: { replicas: 100 } }],
  ["params", { params: {} }],
  ["requester", { requester: { ...requester, username: "system:serviceaccount:agents:other" } }],
  ["requester", { requester: { ...requester, uid: "another" } }],
  ["requester", { requester: { ...requester, groups: [...requester.groups, "system:masters"] } }],
  ["delegationRef", { delegationRef: undefined }],
  ["delegationRef", { delegationRef: { name: "other", uid: "o" } }],
  ["ticketId", { ticketId: "CHG-2" }],
  ["dryRun", { dryRun: true }],
  ["planRef.step", { planRef: { name: "p", uid: "plan", step: "x" } }],
  ["planRef.step", { planRef: { name: "p", uid: "plan" } }],
  ["action", { planRef: { name: "p", uid: "plan", step: "a" } }],
  ["planRef.uid", { planRef: { name: "p", uid: "older", step: "b" } }],
];

for (const [field, change] of forgeries) {
  test(`a forged step is refused: ${JSON.stringify(change)}`, (t) => {
    t.true(stepProblem(request(change), plan)?.startsWith(`spec.${field}`), stepProblem(request(change), plan));
  });
}

test("a step is one request: a second one, or one of a plan that is gone or not allowed, is none", (t) => {
  t.regex(stepProblem(request({}, { uid: "second" }), plan) ?? "", /is the request p-b, not this one/);
  t.regex(stepProblem(request(), undefined) ?? "", /there is no ActionPlan "p"/);
  const waiting = { ...plan, status: { ...plan.status, decision: { result: "require_approval" } } };
  t.regex(stepProblem(request(), waiting as typeof plan) ?? "", /not allowed/);
});

test("a step asks for no more than the plan: its reason, or the plan's; the plan's ticket, requester and delegation", (t) => {
  t.like(stepSpec(plan, "b"), {
    ...{ action: "scale-deployment", target: "dev/web", params: { replicas: 3 }, requester, delegationRef },
    ...{ reason: "a release", ticketId: "CHG-1", planRef: { name: "p", uid: "plan", step: "b" } },
  });
  t.is(stepSpec(plan, "x"), undefined);
});
