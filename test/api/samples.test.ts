import test from "ava";
import type {
  Action,
  ActionPlan,
  ActionPolicy,
  ActionRequest,
  Agent,
  Delegation,
  RiskProfile,
  Target,
} from "../../controller/api/types.ts";
import { generateRbac } from "../../controller/credentials/rbac.ts";
import { AgentIndex } from "../../controller/identity/agent-index.ts";
import { decide } from "../../controller/policy/decide.ts";
import { PolicyEngine } from "../../controller/policy/engine.ts";
import { validateAction } from "../../controller/policy/validate-action.ts";
import { validateAgent } from "../../controller/policy/validate-agent.ts";
import { validateDelegation } from "../../controller/policy/validate-delegation.ts";
import { validatePlan } from "../../controller/policy/validate-plan.ts";
import { validatePolicy } from "../../controller/policy/validate-policy.ts";
import { validateRequest } from "../../controller/policy/validate-request.ts";
import { validateRiskProfile } from "../../controller/policy/validate-risk-profile.ts";
import { validateTarget } from "../../controller/policy/validate-target.ts";
import { manifests } from "./manifests.ts";

const actions = manifests<Action>("catalog", "Action");
const policies = manifests<ActionPolicy>("config/samples", "ActionPolicy");
const targets = manifests<Target>("config/samples", "Target");
const agents = manifests<Agent>("config/samples", "Agent");
const requests = manifests<ActionRequest>("config/samples/requests", "ActionRequest");
const profiles = manifests<RiskProfile>("config/samples", "RiskProfile");
const plans = manifests<ActionPlan>("config/samples/requests", "ActionPlan");
const delegations = manifests<Delegation>("config/samples/requests", "Delegation");
const names = actions.map(({ metadata }) => metadata.name);

const engine = new PolicyEngine();
engine.replaceAll({ actions, policies, targets });
const index = new AgentIndex();
for (const agent of agents) index.upsert(agent);

function judge(request: ActionRequest, account = "deploy-bot") {
  const resolved = index.resolve({ username: `system:serviceaccount:agents:${account}` });
  const agent = "agent" in resolved ? resolved.agent : null;
  const { metadata, spec } = request;
  return decide(engine, {
    now: Date.UTC(2026, 0, 5, 12),
    request: { uid: "u", namespace: "agents", name: metadata.name, ...spec, params: spec.params ?? {} },
    agent,
  });
}

test("the meaning of catalog and samples is right", (t) => {
  const byName = new Map(actions.map((action) => [action.metadata.name, action]));
  for (const action of actions) t.deepEqual(validateAction(action, { actions: byName }), [], action.metadata.name);
  for (const policy of policies) t.deepEqual(validatePolicy(policy), [], policy.metadata.name);
  for (const target of targets) t.deepEqual(validateTarget(target), [], target.metadata.name);
  for (const agent of agents) t.deepEqual(validateAgent(agent), [], agent.metadata.name);
  for (const profile of profiles) t.deepEqual(validateRiskProfile(profile), [], profile.metadata.name);
  for (const delegation of delegations) t.deepEqual(validateDelegation(delegation), [], delegation.metadata.name);
  const known = { get: (name: string) => byName.get(name), names: () => names };
  for (const plan of plans) t.deepEqual(validatePlan(plan, known), [], plan.metadata.name);
  t.deepEqual([profiles.length, delegations.length, plans.length], [1, 1, 2]);
});

test("the samples name agents, profiles and targets that exist, and no profile for all", (t) => {
  const ids = new Set(targets.map(({ spec }) => spec.id));
  for (const { spec } of plans.flatMap((plan) => plan.spec.steps.map((step) => ({ spec: step }))))
    t.true(ids.has(spec.target));
  for (const { spec } of delegations) t.true(agents.some((agent) => agent.spec.agentId === spec.to));
  const named = new Set(profiles.map(({ metadata }) => metadata.name));
  t.false(named.has("default"));
  for (const { spec } of agents) t.true(spec.riskProfile === "default" || named.has(spec.riskProfile ?? ""));
});

const refused: Record<string, RegExp> = { "scale-too-far": /100/, misspelt: /restart-deployment/ };

for (const request of requests) {
  const { name } = request.metadata;
  test(`sample request ${name} is ${name in refused ? "refused" : "admitted"}`, (t) => {
    const action = actions.find(({ metadata }) => metadata.name === request.spec.action);
    const errors = validateRequest(action, request.spec, names);
    if (refused[name]) t.regex(JSON.stringify(errors), refused[name]);
    else t.deepEqual(errors, []);
  });
}

const outcomes: [request: string, result: string, cause: string, rule?: string, effectiveRisk?: string][] = [
  ["restart-web", "allow", "Rule", "allow-dev-all", "low"],
  ["scale-test-app", "allow", "Rule", "allow-dev-all", "low"],
  ["read-web-config", "allow", "Rule", "allow-read-actions-staging", "low"],
  ["restart-prod-api", "require_approval", "Rule", "require-approval-critical-risk", "critical"],
  ["delete-sandbox", "require_approval", "Rule", "require-approval-critical-risk", "critical"],
  ["create-preview", "deny", "NoMatchingRule"],
  ["delete-payments", "deny", "Guardrail", "deny-delete-namespace-prod", "critical"],
  ["restart-other", "deny", "TargetMismatch"],
];

for (const [name, result, cause, rule, effectiveRisk] of outcomes) {
  test(`sample request ${name}: ${result}, ${cause}`, (t) => {
    const request = requests.find(({ metadata }) => metadata.name === name);
    if (!request) return t.fail("there is no such sample");
    const decision = judge(request);
    t.like(
      decision,
      { result, cause, ...(rule && { rule }), ...(effectiveRisk && { effectiveRisk }) },
      decision.reason,
    );
  });
}

test("every sample request is one of those above", (t) => {
  const known = new Set([...Object.keys(refused), ...outcomes.map(([name]) => name)]);
  t.deepEqual(
    requests.map(({ metadata }) => metadata.name).filter((name) => !known.has(name)),
    [],
  );
});

test("a suspended agent is denied whatever it asks for", (t) => {
  for (const request of requests) t.is(judge(request, "retired-bot").result, "deny");
  t.is(judge(requests[0] as ActionRequest, "retired-bot").cause, "AgentSuspended");
});

test("rights can be generated, and no verb reaches further than its action says", (t) => {
  const rules = generateRbac({ actions, targets }).flatMap((manifest) =>
    manifest.kind === "ClusterRole"
      ? ((manifest as { rules?: { verbs: string[]; resourceNames?: string[] }[] }).rules ?? [])
      : [],
  );
  t.true(rules.length > 0);
  for (const rule of rules) {
    const writes = rule.verbs.filter((verb) => !["get", "list", "create"].includes(verb));
    if (writes.length > 0) t.true((rule.resourceNames ?? []).length > 0, `${JSON.stringify(rule)} names nothing`);
  }
});
