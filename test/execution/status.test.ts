import test from "ava";
import type { ActionRequest, ActionRequestStatus, Condition } from "../../controller/api/types.ts";
import { type ExecutionStage, executionStatus } from "../../controller/reconcilers/executor-status.ts";
import { getCondition } from "../../controller/runtime/conditions.ts";
import { assertStatusInvariants } from "../../controller/runtime/status-invariants.ts";

const NOW = "2026-11-23T12:00:05Z";
const EARLIER = "2026-11-23T12:00:00Z";
const claim = { attempt: 1, ticketId: "t-1", holder: "pod/boot", at: NOW };
const outcome = { origin: "log", index: 9 };

const condition = (type: string, status: Condition["status"], reason: string): Condition => ({
  ...{ type, status, reason, message: "", lastTransitionTime: EARLIER, observedGeneration: 1 },
});

/** A request with a ticket, as the controller leaves it. */
function ticketed(change: Partial<ActionRequestStatus> = {}): ActionRequest {
  return {
    apiVersion: "agentsafe.dev/v1alpha1",
    kind: "ActionRequest",
    metadata: { name: "r", namespace: "agents", generation: 1, uid: "u" },
    spec: { action: "restart-deployment", target: "dev/web" },
    status: {
      observedGeneration: -1,
      decision: { result: "allow" },
      ticket: { id: "t-1", attempt: 1, token: "x" },
      audit: { decision: { origin: "controller", index: 3 }, last: 3 },
      conditions: [
        condition("PolicyEvaluated", "True", "Allowed"),
        condition("TicketIssued", "True", "Issued"),
        condition("Ready", "False", "TicketIssued"),
        condition("Reconciling", "True", "TicketIssued"),
      ],
      ...change,
    },
  };
}

function after(request: ActionRequest, ...stages: ExecutionStage[]): ActionRequest {
  let current = request;
  for (const stage of stages) current = { ...current, status: executionStatus(current, stage, NOW) };
  return current;
}

const finished = (result: "SUCCESS" | "FAILURE" | "TIMEOUT" | "SKIPPED" | "ERROR", settled = true): ExecutionStage => ({
  kind: "finished",
  execution: { result, reason: "because" },
  outcome,
  settled,
});

for (const [result, executed, ready, reason] of [
  ["SUCCESS", "True", "True", "Succeeded"],
  ["SKIPPED", "False", "True", "DryRun"],
  ["FAILURE", "False", "False", "Failed"],
  ["ERROR", "False", "False", "Failed"],
  ["TIMEOUT", "False", "False", "TimedOut"],
] as const) {
  test(`${result} is told as Ready=${ready}/${reason}, finished and settled`, (t) => {
    const request = after(ticketed(), { kind: "claimed", claim }, finished(result));
    assertStatusInvariants(request);
    const of = (type: string) => getCondition(request.status?.conditions, type);
    t.is(of("Executed")?.status, executed);
    t.is(of("Ready")?.status, ready);
    t.is(of("Ready")?.reason, reason);
    t.is(of("Finished")?.status, "True");
    t.is(of("Finished")?.reason, reason);
    t.is(of("Reconciling"), undefined);
    t.is(of("Stalled")?.status, ready === "True" ? undefined : "True");
    t.true(request.status?.settled);
    t.is(request.status?.observedGeneration, 1);
    t.is(request.status?.audit?.last, 9);
    t.deepEqual(request.status?.audit?.decision, { origin: "controller", index: 3 });
  });
}

test("a claim is in progress: executing, and not observed yet", (t) => {
  const request = after(ticketed(), { kind: "claimed", claim });
  assertStatusInvariants(request);
  t.deepEqual(request.status?.claim, claim);
  t.is(getCondition(request.status?.conditions, "Ready")?.reason, "Executing");
  t.is(getCondition(request.status?.conditions, "Reconciling")?.reason, "Executing");
  t.is(getCondition(request.status?.conditions, "Executed")?.status, "Unknown");
  t.is(request.status?.observedGeneration, -1);
  t.is(getCondition(request.status?.conditions, "PolicyEvaluated")?.lastTransitionTime, EARLIER);
});

test("an unknown outcome is being verified, then may be stuck, and is never finished by that", (t) => {
  const verifying = after(ticketed(), { kind: "claimed", claim }, { kind: "unknown", message: "m", stuck: false });
  assertStatusInvariants(verifying);
  t.is(getCondition(verifying.status?.conditions, "Reconciling")?.reason, "Verifying");
  const stuck = after(verifying, { kind: "unknown", message: "m", stuck: true, record: { origin: "log", index: 12 } });
  assertStatusInvariants(stuck);
  t.is(getCondition(stuck.status?.conditions, "Stalled")?.reason, "OutcomeUnknown");
  t.is(getCondition(stuck.status?.conditions, "Finished"), undefined);
  t.is(stuck.status?.audit?.last, 12);
  const resolved = after(verifying, finished("SUCCESS"));
  assertStatusInvariants(resolved);
});

test("a credential that is not revoked yet leaves the request unsettled; settling changes nothing else", (t) => {
  const request = after(ticketed(), { kind: "claimed", claim }, finished("SUCCESS", false));
  t.falsy(request.status?.settled);
  const { settled, ...rest } = executionStatus(request, { kind: "settled" }, NOW);
  t.true(settled);
  t.deepEqual(rest, request.status);
});

test("what the controller wrote is carried over untouched", (t) => {
  const before = ticketed({ approval: { digest: "sha256:aa" } });
  const request = after(before, { kind: "claimed", claim }, finished("SUCCESS"));
  for (const field of ["decision", "ticket", "approval"] as const)
    t.deepEqual(request.status?.[field], before.status?.[field]);
});
