import type { ActionPlan, ActionRequest, Condition } from "../../controller/api/types.ts";

export const created = "2026-01-01T00:00:00Z";
export const requester = {
  username: "system:serviceaccount:agents:deploy-bot",
  uid: "r",
  groups: ["system:authenticated"],
};

/** A plan of the steps a, b (which waits for a) and c (free), with changes. */
export function makePlan(change: { metadata?: object; spec?: object; status?: object } = {}): ActionPlan {
  return {
    apiVersion: "agentsafe.dev/v1alpha1",
    kind: "ActionPlan",
    metadata: {
      ...{ name: "p", namespace: "agents", uid: "plan", generation: 1, creationTimestamp: created },
      ...change.metadata,
    },
    spec: {
      steps: [
        { name: "a", action: "restart-deployment", target: "dev/web" },
        { name: "b", action: "scale-deployment", target: "dev/web", params: { replicas: 3 } },
        { name: "c", action: "restart-deployment", target: "dev/test-app", dependsOn: [] },
      ],
      ...{ reason: "a release", ticketId: "CHG-1", requester },
      ...change.spec,
    },
    status: { observedGeneration: -1, ...change.status },
  } as ActionPlan;
}

export function condition(type: string, reason: string, status: Condition["status"] = "True"): Condition {
  return { type, status, reason, message: `${reason}.`, lastTransitionTime: created };
}

/** What the status of a plan holds once it was allowed. */
export function allowed(steps: object[]): object {
  return {
    decision: { result: "allow", judgedAt: created },
    conditions: [condition("PolicyEvaluated", "Allowed")],
    steps,
  };
}

/** The request of a step, with a reason of Ready that ends it or not. */
export function stepRequest(reason: string, ended = true): ActionRequest {
  return {
    apiVersion: "agentsafe.dev/v1alpha1",
    kind: "ActionRequest",
    metadata: { name: "p-a", namespace: "agents", uid: "request" },
    spec: { action: "restart-deployment", target: "dev/web" },
    status: {
      observedGeneration: -1,
      decision: { result: reason === "Denied" ? "deny" : "allow", cause: "Rule", reason: "so says the rule" },
      conditions: [
        condition("Ready", reason, reason === "Succeeded" ? "True" : "False"),
        ...(ended ? [condition("Finished", reason)] : []),
        ...(reason === "OutcomeUnknown" ? [condition("Stalled", reason)] : []),
      ],
    },
  };
}
