import { type Kind, RESOURCES } from "../../controller/api/constants.ts";

/** Any object of ours, before it is known to be right. */
export interface Candidate {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
  spec?: Record<string, unknown>;
}

/** A new object of a kind that is right and has little more than it must. */
export function minimal(kind: Kind): Candidate {
  const namespace = RESOURCES[kind].namespaced ? { namespace: "default" } : {};
  const object = {
    apiVersion: "agentsafe.dev/v1alpha1",
    kind,
    metadata: { name: `minimal-${kind.toLowerCase()}`, ...namespace },
  };
  const spec = specs[kind];
  return structuredClone(spec === undefined ? object : { ...object, spec });
}

/** The object with the field at a path such as `spec.rules.0.match` set, or removed when the value is undefined. */
export function change<T extends object>(object: T, path: string, value: unknown): T {
  const copy = structuredClone(object);
  const steps = path.split(".");
  const last = steps.pop() ?? "";
  let holder = copy as Record<string, unknown>;
  for (const step of steps) {
    holder[step] ??= {};
    holder = holder[step] as Record<string, unknown>;
  }
  if (value === undefined) delete holder[last];
  else holder[last] = value;
  return copy;
}

const specs: Record<Kind, Record<string, unknown> | undefined> = {
  Action: {
    version: "1.0.0",
    description: "Does something.",
    riskClass: "low",
    targetTypes: ["k8s-deployment"],
    parameters: [
      { name: "replicas", type: "integer" },
      { name: "note", type: "string" },
      { name: "names", type: "array" },
    ],
    credentials: {
      provider: "kubernetes",
      rules: [{ apiGroups: ["apps"], resources: ["deployments"], verbs: ["get", "patch"], scope: "target" }],
    },
    execution: { kubernetes: { verb: "patch", resource: "deployments", patch: {} } },
  },
  ActionPolicy: { rules: [{ name: "one", match: {}, decision: "require_approval", reason: "Because." }] },
  Target: {
    id: "dev/x",
    type: "k8s-deployment",
    environment: "dev",
    sensitivity: "public",
    resource: { kubernetes: { apiVersion: "apps/v1", kind: "Deployment", namespace: "dev", name: "x" } },
  },
  Agent: { subjects: [{ kind: "ServiceAccount", namespace: "agents", name: "x" }] },
  ApprovalProvider: { type: "git", git: { url: "/srv/approvals.git" } },
  CredentialProvider: { type: "kubernetes" },
  ActionRequest: { action: "restart-deployment", target: "dev/x" },
  RiskProfile: { cumulativeRisk: {} },
  ActionPlan: { steps: [{ name: "one", action: "restart-deployment", target: "dev/x" }] },
  Delegation: { to: "helper-bot" },
  AuditLog: undefined,
};
