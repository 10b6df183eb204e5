import test from "ava";
import type { ActionRequest, ActionRequestStatus } from "../../controller/api/types.ts";
import type { Decision, ResolvedAgent } from "../../controller/policy/types.ts";
import { requestStatus, type Verdict } from "../../controller/reconcilers/request-status.ts";
import { assertStatusInvariants, getCondition } from "../../controller/runtime/index.ts";

const now = "2026-01-01T00:00:10Z";
const record = { origin: "agent-safe/c/controller", index: 7 };
const agent: ResolvedAgent = {
  id: "bot",
  name: "bot",
  uid: "a",
  digest: "sha256:a",
  roles: ["deployer"],
  groups: [],
  delegation: [],
  suspended: false,
};
const ticket = {
  id: "t1",
  attempt: 1,
  audience: "agent-safe-executor",
  token: "jwt",
  issuedAt: now,
  expiresAt: "2026-01-01T00:01:10Z",
};

function decision(change: Partial<Decision>): Decision {
  return {
    result: "allow",
    cause: "Rule",
    reason: "Anything goes in dev",
    params: { namespace: "dev" },
    policy: "default",
    rule: "allow-dev-all",
    riskClass: "medium",
    effectiveRisk: "low",
    trace: [],
    ...change,
  };
}

function request(status: ActionRequestStatus = { observedGeneration: -1 }): ActionRequest {
  return {
    apiVersion: "agentsafe.dev/v1alpha1",
    kind: "ActionRequest",
    metadata: { name: "r", namespace: "agents", uid: "u", generation: 1 },
    spec: { action: "restart-deployment", target: "dev/web" },
    status,
  };
}

function after(verdict: Verdict, from = request()): ActionRequestStatus {
  const status = requestStatus(from, verdict, now);
  assertStatusInvariants({ ...from, status } as never);
  return status;
}

const of = (status: ActionRequestStatus, type: string) => getCondition(status.conditions, type);
const ticketed: Verdict = { kind: "ticketed", agent, decision: decision({}), ticket, record };
const denied: Verdict = {
  kind: "denied",
  agent,
  decision: decision({ result: "deny", cause: "NoMatchingRule", reason: "No rule allows it" }),
  record,
};

test("an allowed request carries its ticket and is in progress, not done", (t) => {
  const status = after(ticketed);
  t.is(of(status, "Ready")?.reason, "TicketIssued");
  t.is(of(status, "Reconciling")?.status, "True");
  t.is(of(status, "TicketIssued")?.status, "True");
  t.is(of(status, "Finished"), undefined);
  t.is(status.ticket?.token, "jwt");
  t.is(status.observedGeneration, -1);
  t.falsy(status.settled);
  t.is(status.audit?.last, 7);
});

test("a denied request is finished and settled in the one write", (t) => {
  const status = after(denied);
  t.is(of(status, "Denied")?.reason, "NoMatchingRule");
  t.is(of(status, "Ready")?.reason, "Denied");
  t.is(of(status, "Stalled")?.status, "True");
  t.is(of(status, "Finished")?.status, "True");
  t.true(status.settled);
  t.is(status.observedGeneration, 1);
});

test("a ticket that was out is taken back when the verdict changes", (t) => {
  const status = after(denied, request(after(ticketed)));
  t.is(status.ticket, undefined);
  t.is(of(status, "TicketIssued")?.status, "False");
  t.true(status.settled);
});

test("a request that waits for people says so", (t) => {
  const status = after({
    kind: "waiting",
    agent,
    decision: decision({ result: "require_approval" }),
    message: "no approval provider is configured",
    record,
  });
  t.is(of(status, "Ready")?.reason, "AwaitingApproval");
  t.regex(of(status, "Ready")?.message ?? "", /no approval provider/);
  t.is(of(status, "Denied"), undefined);
});

test("a ticket that is out can't be claimed once the rules say something stricter", (t) => {
  const out = request(after(ticketed));
  const needsPeople = decision({ result: "require_approval" });
  const waiting = after({ kind: "waiting", agent, decision: needsPeople, message: "people", record }, out);
  t.like(waiting.ticket, { id: "t1", attempt: 1, revokedAt: now });
  t.is(of(waiting, "TicketIssued")?.reason, "TakenBack");
  const erring = decision({ result: "undecided", cause: "RuleError" });
  t.is(
    after({ kind: "undecided", reason: "Undecided", message: "error", agent, decision: erring }, out).ticket?.revokedAt,
    now,
  );
  const again = after({ ...ticketed, ticket: { ...ticket, id: "t2", attempt: 2 } }, request(waiting));
  t.is(again.ticket?.revokedAt, undefined, "the next ticket is a new one");
  t.is(of(again, "TicketIssued")?.status, "True");
});

test("a log or a guard that is away does not take a ticket back", (t) => {
  const status = after(
    { kind: "undecided", reason: "AuditUnavailable", message: "disk full" },
    request(after(ticketed)),
  );
  t.is(status.ticket?.revokedAt, undefined);
});

test("an undecided request is unknown, not denied", (t) => {
  const status = after({ kind: "undecided", reason: "AuditUnavailable", message: "disk full" });
  t.is(of(status, "Ready")?.status, "Unknown");
  t.is(of(status, "PolicyEvaluated")?.status, "Unknown");
  t.is(of(status, "Finished"), undefined);
});

for (const reason of ["Cancelled", "Expired", "Invalid"] as const) {
  test(`${reason} ends a request`, (t) => {
    const status = after({ kind: "ended", reason, message: "over", record }, request(after(ticketed)));
    t.is(of(status, "Ready")?.reason, reason);
    t.is(of(status, "Finished")?.reason, reason);
    t.is(status.ticket, undefined);
    t.true(status.settled);
  });
}

test("a transition time moves only when the status does", (t) => {
  const first = after({ kind: "undecided", reason: "Undecided", message: "guard" });
  const again = requestStatus(
    request(first),
    { kind: "undecided", reason: "Undecided", message: "guard, still" },
    "2026-01-01T00:05:00Z",
  );
  t.is(of(again, "Ready")?.lastTransitionTime, now);
  t.is(of(again, "Ready")?.message, "guard, still");
});

test("a long reason is cut to what a condition may hold", (t) => {
  const status = after({
    ...denied,
    decision: decision({ result: "deny", cause: "Rule", reason: "x".repeat(5000) }),
  } as Verdict);
  t.true((of(status, "Ready")?.message.length ?? 0) <= 1024);
});
