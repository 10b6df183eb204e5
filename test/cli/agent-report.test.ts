import test from "ava";
import { agentReport, formatAgent } from "../../cli/lib/agent-report.ts";
import type { Agent, RiskProfile } from "../../controller/api/types.ts";

const agent: Agent = {
  apiVersion: "agentsafe.dev/v1alpha1",
  kind: "Agent",
  metadata: { name: "deploy-bot", uid: "u-1" },
  spec: {
    agentId: "deployer",
    subjects: [
      { kind: "ServiceAccount", namespace: "agents", name: "deploy-bot" },
      { kind: "JWT", issuer: "https://issuer.example", subject: "bot" },
    ],
    roles: ["deployer"],
    owners: [{ provider: "main", userId: "1001", login: "al\u001b[31mice" }],
    suspended: true,
  },
  status: {
    budget: { used: 7, limit: 10, windowSeconds: 60 },
    breaker: { state: "Open", until: "2026-11-23T12:05:00Z" },
    cumulativeRisk: { score: 45, class: "high" },
    lastRequestAt: "2026-11-23T12:00:00Z",
  },
};
const profile: RiskProfile = {
  apiVersion: "agentsafe.dev/v1alpha1",
  kind: "RiskProfile",
  metadata: { name: "default" },
  spec: { rateLimit: { maxRequests: 10, window: "90s" }, circuitBreaker: { threshold: 5 }, cumulativeRisk: {} },
};

test("who an agent is, what it used, and the limits that hold for it, one fact a line", (t) => {
  t.deepEqual(formatAgent(agentReport(agent, profile), true).split("\n"), [
    "Name:            deploy-bot",
    "Agent id:        deployer",
    "Ready:           not looked at yet",
    "Suspended:       yes: whatever it asks for is denied",
    "Roles:           deployer",
    "Groups:          none",
    "Subjects:        ServiceAccount agents/deploy-bot",
    "                 JWT https://issuer.example bot",
    "Risk profile:    default",
    "Requests:        7 of 10 in 1m30s",
    "Breaker:         Open until 2026-11-23T12:05:00Z (opens at 5 denials in 1m, for 5m)",
    "Cumulative risk: 45, high (approval from 30, denied from 75, in 1h)",
    "Last request:    2026-11-23T12:00:00Z",
    "Owners:          main/1001 (al\\u001b[31mice)",
    "UID:             u-1",
    "Digest:",
    "",
  ]);
});

test("what is not limited is absent; a profile that is not there says what follows", (t) => {
  const without = agentReport(agent, undefined);
  t.like(without, { riskProfile: { name: "default", found: false }, budget: undefined, breaker: undefined });
  t.regex(formatAgent(without, false), /Risk profile: +default \(there is none: no limits\)/);
  const named = agentReport({ ...agent, spec: { ...agent.spec, riskProfile: "tight" } }, undefined);
  t.regex(formatAgent(named, false), /tight \(it does not exist: nothing is decided for this agent\)/);
  t.notRegex(formatAgent(named, false), /Requests|Breaker|Cumulative/);
});

test("an agent that never asked has used nothing", (t) => {
  const { status: _, ...idle } = agent;
  t.like(agentReport(idle, profile), {
    budget: { used: 0, limit: 10, windowSeconds: 90 },
    breaker: { state: "Closed", threshold: 5, windowSeconds: 60, cooldownSeconds: 300 },
    cumulativeRisk: { score: 0, class: "low", escalateAt: 30, denyAt: 75, windowSeconds: 3_600 },
  });
});
