/** Where a kind is served: the URL parts of its API, `group` being "" for the core group. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

/** API group of all our kinds. */
export const GROUP = "agentsafe.dev";
/** The one version of our API. */
export const VERSION = "v1alpha1";
/** `apiVersion` of all our objects. */
export const API_VERSION = "agentsafe.dev/v1alpha1";

/** Kinds of our API. */
export type Kind =
  | "Action"
  | "ActionPolicy"
  | "Target"
  | "Agent"
  | "RiskProfile"
  | "ApprovalProvider"
  | "CredentialProvider"
  | "ActionRequest"
  | "ActionPlan"
  | "Delegation"
  | "AuditLog";

const ours = (plural: string, namespaced = false): Resource => ({ group: GROUP, version: VERSION, plural, namespaced });

export const ACTIONS = ours("actions");
export const ACTION_POLICIES = ours("actionpolicies");
export const TARGETS = ours("targets");
export const AGENTS = ours("agents");
export const RISK_PROFILES = ours("riskprofiles");
export const APPROVAL_PROVIDERS = ours("approvalproviders");
export const CREDENTIAL_PROVIDERS = ours("credentialproviders");
export const ACTION_REQUESTS = ours("actionrequests", true);
export const ACTION_PLANS = ours("actionplans", true);
export const DELEGATIONS = ours("delegations", true);
export const AUDIT_LOGS = ours("auditlogs");

/** Where each of our kinds is served. */
export const RESOURCES: Readonly<Record<Kind, Resource>> = {
  Action: ACTIONS,
  ActionPolicy: ACTION_POLICIES,
  Target: TARGETS,
  Agent: AGENTS,
  RiskProfile: RISK_PROFILES,
  ApprovalProvider: APPROVAL_PROVIDERS,
  CredentialProvider: CREDENTIAL_PROVIDERS,
  ActionRequest: ACTION_REQUESTS,
  ActionPlan: ACTION_PLANS,
  Delegation: DELEGATIONS,
  AuditLog: AUDIT_LOGS,
};

const core = (plural: string, namespaced: boolean): Resource => ({ group: "", version: "v1", plural, namespaced });

export const CONFIG_MAPS = core("configmaps", true);
export const SECRETS = core("secrets", true);
export const SERVICE_ACCOUNTS = core("serviceaccounts", true);
export const NAMESPACES = core("namespaces", false);
export const NODES = core("nodes", false);
export const PODS = core("pods", true);
export const SERVICES = core("services", true);
export const LEASES: Resource = { group: "coordination.k8s.io", version: "v1", plural: "leases", namespaced: true };
export const EVENTS: Resource = { group: "events.k8s.io", version: "v1", plural: "events", namespaced: true };
export const DEPLOYMENTS: Resource = { group: "apps", version: "v1", plural: "deployments", namespaced: true };
export const REPLICA_SETS: Resource = { group: "apps", version: "v1", plural: "replicasets", namespaced: true };
export const CRDS: Resource = {
  group: "apiextensions.k8s.io",
  version: "v1",
  plural: "customresourcedefinitions",
  namespaced: false,
};

const admission = (plural: string): Resource => ({
  group: "admissionregistration.k8s.io",
  version: "v1",
  plural,
  namespaced: false,
});

export const VALIDATING_ADMISSION_POLICIES = admission("validatingadmissionpolicies");
export const VALIDATING_ADMISSION_POLICY_BINDINGS = admission("validatingadmissionpolicybindings");
export const MUTATING_WEBHOOKS = admission("mutatingwebhookconfigurations");
export const VALIDATING_WEBHOOKS = admission("validatingwebhookconfigurations");
