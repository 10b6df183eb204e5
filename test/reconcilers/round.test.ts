import test from "ava";
import type { ActionRequest, RequestApproval } from "../../controller/api/types.ts";
import { nextStep } from "../../controller/reconcilers/request-next.ts";
import { hasOpenRound, isApproved, nextRound, type RoundStep } from "../../controller/reconcilers/round-next.ts";
import { roundStatus } from "../../controller/reconcilers/round-status.ts";

const now = Date.parse("2026-01-01T00:10:00Z");
const at = "2026-01-01T00:10:00Z";
const condition = (type: string, reason: string) => ({
  type,
  status: "True",
  reason,
  message: "",
  lastTransitionTime: at,
});

/** A request that policy sent to people, with its round. */
function asked(approval?: RequestApproval, more: object = {}): ActionRequest {
  const decision = { result: "require_approval" };
  return {
    apiVersion: "agentsafe.dev/v1alpha1",
    kind: "ActionRequest",
    metadata: { name: "r", namespace: "agents", uid: "u", creationTimestamp: "2026-01-01T00:00:00Z" },
    spec: { action: "a", target: "t" },
    status: { decision, ...(approval && { approval }), ...more },
  } as ActionRequest;
}

const open: RequestApproval = { round: 1, verdict: "Pending", headSHA: "h", deadline: "2026-01-01T00:20:00Z" };
const finished = { conditions: [condition("Finished", "Succeeded")] };

const steps: [title: string, ActionRequest, step: RoundStep["do"]][] = [
  ["a round is begun", asked(), "begin"],
  ["what policy allows needs none", asked(undefined, { decision: { result: "allow" } }), "nothing"],
  ["one that is written down is opened", asked({ round: 1, verdict: "Pending" }), "ensure"],
  ["an open one is looked at", asked(open), "look"],
  ["an approved one is the decider's", asked({ ...open, verdict: "Approved" }), "nothing"],
  ["after a void one the next is begun", asked({ ...open, verdict: "Void" }), "begin"],
  ["what was claimed is the executor's", asked(open, { claim: { attempt: 1 } }), "nothing"],
  ["what is over is tidied", asked({ ...open, verdict: "Approved" }, { ...finished, claim: { attempt: 1 } }), "finish"],
  ["also when its round was only begun", asked({ round: 1, verdict: "Pending" }, finished), "finish"],
  ["once", asked({ ...open, closedAt: at }, finished), "nothing"],
  ["what had no round needs no tidying", asked(undefined, finished), "nothing"],
  ["what is settled is left alone", asked(open, { settled: true }), "nothing"],
];
for (const [title, request, step] of steps) test(`next: ${title}`, (t) => t.is(nextRound(request).do, step));

test("an approval counts as long as it is good, and a pending one not at all", (t) => {
  const validUntil = "2026-01-01T00:15:00Z";
  t.true(isApproved(asked({ ...open, verdict: "Approved", validUntil }), now));
  t.false(isApproved(asked({ ...open, verdict: "Approved", validUntil }), Date.parse(validUntil)));
  t.false(isApproved(asked({ ...open, verdict: "Approved" }), now));
  t.false(isApproved(asked({ ...open, validUntil }), now));
});

test("a request lives as long as its round and then its approval, and isn't settled before its round is tidied", (t) => {
  const late = Date.parse("2026-01-01T05:00:00Z");
  const long = { ...open, deadline: "2026-01-01T06:00:00Z" };
  t.is(nextStep(asked(long), late, 3_600_000).do, "judge");
  t.is(nextStep(asked({ ...open, deadline: at }), now + 31_000, 3_600_000).do, "expire");
  const approved = { ...long, verdict: "Approved" as const, validUntil: "2026-01-01T00:30:00Z" };
  t.is(nextStep(asked(approved), now, 3_600_000).do, "judge");
  t.is(nextStep(asked(approved), Date.parse("2026-01-01T00:30:00Z"), 3_600_000).do, "expire");
  t.is(nextStep(asked(open, finished), now, 3_600_000).do, "nothing");
  t.is(nextStep(asked({ ...open, closedAt: at }, finished), now, 3_600_000).do, "settle");
  t.false(hasOpenRound(asked({ ...open, closedAt: at })));
});

test("people who say no end the request, which is settled once its round is tidied", (t) => {
  const rejected = {
    kind: "rejected",
    approval: { ...open, verdict: "Denied" },
    message: "no",
    record: { origin: "o", index: 7 },
  } as const;
  const status = roundStatus(asked(open), rejected, at);
  const reasons = Object.fromEntries(
    (status.conditions ?? []).map(({ type, status: is, reason }) => [type, `${is} ${reason}`]),
  );
  t.like(reasons, { Denied: "True Rejected", Finished: "True Denied", Ready: "False Denied", Stalled: "True Denied" });
  t.not(status.settled, true);
  t.is(status.audit?.last, 7);
  const closed = { kind: "closed", approval: { ...open, closedAt: at } } as const;
  t.true(roundStatus({ ...asked(open), status }, closed, at).settled);
  t.not(
    roundStatus(asked(open, { claim: { attempt: 1 } }), closed, at).settled,
    true,
    "the executor's to say after a claim",
  );
});
