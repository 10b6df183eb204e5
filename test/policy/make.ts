import type { Action, ActionPolicy, ActionSpec, PolicyRule, Target, TargetSpec } from "../../controller/api/types.ts";
import { decide } from "../../controller/policy/decide.ts";
import { PolicyEngine } from "../../controller/policy/engine.ts";
import type { DecideInput, Decision, Profile, RequestInput, ResolvedAgent } from "../../controller/policy/types.ts";

const API = "agentsafe.dev/v1alpha1" as const;

/** Objects with sound defaults; a test says only what it is about. */
export function action(name: string, spec: Partial<ActionSpec> = {}): Action {
  return {
    apiVersion: API,
    kind: "Action",
    metadata: { name, uid: `uid-${name}`, generation: 1 },
    spec: {
      version: "1.0.0",
      description: name,
      riskClass: "medium",
      targetTypes: ["k8s-deployment"],
      execution: { kubernetes: { verb: "get", resource: "deployments" } },
      ...spec,
    },
  };
}

export function target(name: string, spec: Partial<TargetSpec> = {}): Target {
  return {
    apiVersion: API,
    kind: "Target",
    metadata: { name, uid: `uid-${name}`, generation: 2 },
    spec: {
      type: "k8s-deployment",
      environment: "dev",
      sensitivity: "internal",
      resource: { kubernetes: { apiVersion: "apps/v1", kind: "Deployment", namespace: "dev", name } },
      ...spec,
    },
  };
}

export function namespaceTarget(name: string, spec: Partial<TargetSpec> = {}): Target {
  return target(name, {
    type: "k8s-namespace",
    sensitivity: "public",
    resource: { kubernetes: { apiVersion: "v1", kind: "Namespace", name } },
    ...spec,
  });
}

export function rule(
  name: string,
  decision: PolicyRule["decision"],
  match: PolicyRule["match"] = {},
  more: Partial<PolicyRule> = {},
): PolicyRule {
  return { name, decision, reason: `because of ${name}`, match, ...more };
}

export function policy(name: string, rules: PolicyRule[], guardrail = false): ActionPolicy {
  return {
    apiVersion: API,
    kind: "ActionPolicy",
    metadata: { name, uid: `uid-${name}`, generation: 3 },
    spec: { guardrail, rules },
  };
}

export const agent: ResolvedAgent = {
  id: "bot",
  roles: ["deployer"],
  groups: ["platform"],
  delegation: [],
  suspended: false,
};

export interface World {
  actions?: Action[];
  policies?: ActionPolicy[];
  targets?: Target[];
  profile?: Profile;
}

export function engineOf(world: World): PolicyEngine {
  const engine = new PolicyEngine({ profile: world.profile ?? "strict" });
  engine.replaceAll({
    actions: world.actions ?? [action("restart")],
    policies: world.policies ?? [],
    targets: world.targets ?? [target("web")],
  });
  return engine;
}

/** Monday 2026-11-23, noon UTC. */
export const NOON = Date.UTC(2026, 10, 23, 12);

export function ask(
  engine: PolicyEngine,
  request: Partial<RequestInput> = {},
  more: Partial<DecideInput> = {},
): Decision {
  return decide(engine, {
    now: NOON,
    agent,
    ...more,
    request: { uid: "u-1", namespace: "agents", name: "r", action: "restart", target: "web", params: {}, ...request },
  });
}
