import test from "ava";
import type { Agent, RiskProfile } from "../../controller/api/types.ts";
import { createRiskLimitsIndex } from "../../controller/reconcilers/risk-limits.ts";
import { examineRiskProfile } from "../../controller/reconcilers/risk-profile.ts";

const profile = (name: string, spec: RiskProfile["spec"]): RiskProfile => ({
  apiVersion: "agentsafe.dev/v1alpha1",
  kind: "RiskProfile",
  metadata: { name },
  spec,
});
const agent = (riskProfile?: string): Agent => ({
  apiVersion: "agentsafe.dev/v1alpha1",
  kind: "Agent",
  metadata: { name: "bot" },
  spec: { subjects: [], ...(riskProfile && { riskProfile }) },
});

test("a profile that means something is accepted, another is invalid and says why", (t) => {
  t.like(examineRiskProfile(profile("a", { rateLimit: { maxRequests: 5 } })), { ok: true, reason: "Accepted" });
  const invalid = examineRiskProfile(profile("a", { rateLimit: { window: "25h" }, cumulativeRisk: { denyAt: 30 } }));
  t.like(invalid, { ok: false, reason: "Invalid" });
  t.regex(invalid.message, /spec\.rateLimit\.window.*; .*denyAt/);
});

test("no default profile is no limit; one that is named and missing, or invalid, lets nothing be decided", (t) => {
  let named = agent();
  const index = createRiskLimitsIndex({ get: () => named });
  const asked = { id: "bot", name: "bot", roles: [], groups: [], delegation: [], suspended: false };
  t.deepEqual(index.limitsFor(asked), { limits: {} });
  index.upsert(profile("default", { rateLimit: { maxRequests: 7 } }));
  t.like(index.limitsFor(asked), { limits: { profile: "default", rate: { max: 7 } } });
  named = agent("tight");
  t.deepEqual(index.limitsFor(asked), { problem: "there is no RiskProfile tight" });
  index.upsert(profile("tight", { cumulativeRisk: { escalateAt: 80 } }));
  t.regex((index.limitsFor(asked) as { problem: string }).problem, /RiskProfile tight is invalid: .*escalateAt/);
  t.is(index.keepMs(1_000), 61_000);
});
