import test from "ava";
import type { ActionRequest } from "../../controller/api/types.ts";
import type { Decision, ResolvedAgent } from "../../controller/policy/types.ts";
import { decisionRecord, endRecord, revokedRecord, ticketRecord } from "../../controller/reconcilers/request-record.ts";

const request: ActionRequest = {
  apiVersion: "agentsafe.dev/v1alpha1",
  kind: "ActionRequest",
  metadata: { name: "r", namespace: "agents", uid: "u" },
  spec: {
    ...{ action: "restart-deployment", target: "dev/web", ticketId: "CHG-1042", correlationId: "incident-77" },
    requester: { username: "system:serviceaccount:agents:helper", uid: "r" },
    planRef: { name: "p", uid: "plan" },
  },
};
const agent: ResolvedAgent = {
  id: "deploy-bot/helper",
  roles: ["deployer"],
  groups: [],
  delegation: [{ id: "deploy-bot", name: "deploy-bot", uid: "a", digest: "sha256:a", delegation: "agents/lend" }],
  suspended: false,
};
const decision: Decision = {
  ...{ result: "allow", cause: "Rule", reason: "fine", params: {}, policy: "default", rule: "allow-dev" },
  ...{ riskClass: "medium", effectiveRisk: "low", trace: [] },
  ...{ cumulativeRisk: { score: 31, class: "high" }, escalatedFrom: "allow" },
  charge: { agent: "deploy-bot", key: "u", time: 1_000, score: 1 },
};
const ticket = { id: "t", attempt: 1, token: "secret" };

test("a decision is recorded with what it cost whom, how it was escalated, and under which change ticket", (t) => {
  t.like(decisionRecord(request, agent, decision, undefined, "sha256:s"), {
    type: "decision.made",
    actor: {
      agent: "deploy-bot/helper",
      delegation: [{ id: "deploy-bot", name: "deploy-bot", delegation: "agents/lend" }],
    },
    data: {
      charge: { agent: "deploy-bot", key: "u", time: 1_000, score: 1 },
      cumulativeRisk: { score: 31, class: "high" },
      escalatedFrom: "allow",
      ticketId: "CHG-1042",
      correlationId: "incident-77",
      plan: { name: "p", uid: "plan" },
    },
  });
});

test("every event about a request names its change ticket", (t) => {
  const events = [
    decisionRecord(request, agent, decision, undefined, "sha256:s"),
    ticketRecord(request, agent, ticket),
    revokedRecord(request, agent, ticket),
    endRecord(request, "request.cancelled", "taken back"),
  ];
  for (const { type, data } of events) t.is(data.ticketId, "CHG-1042", type);
  const { ticketId: _, ...without } = request.spec;
  t.false("ticketId" in endRecord({ ...request, spec: without }, "request.expired", "late").data);
});

test("a ticket's token is in no event", (t) => {
  t.notRegex(JSON.stringify([ticketRecord(request, agent, ticket), revokedRecord(request, agent, ticket)]), /secret/);
});
