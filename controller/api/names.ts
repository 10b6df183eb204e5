/** Namespace of our own workloads, keys and settings. */
export const SYSTEM_NAMESPACE = "agent-safe-system";
/** Namespace in which the accounts and binding Secrets of just-in-time credentials live alone. */
export const CREDENTIALS_NAMESPACE = "agent-safe-credentials";

/** ServiceAccounts in the system namespace, by role. */
export const SERVICE_ACCOUNT_NAMES = {
  controller: "agent-safe-controller",
  executor: "agent-safe-executor",
  webhook: "agent-safe-webhook",
} as const;

/** Roles that a process may have. */
export type Role = keyof typeof SERVICE_ACCOUNT_NAMES;

/** Username under which a role authenticates, `system:serviceaccount:<namespace>:<account>`. */
export function roleUsername(role: Role, systemNamespace: string = SYSTEM_NAMESPACE): string {
  return `system:serviceaccount:${systemNamespace}:${SERVICE_ACCOUNT_NAMES[role]}`;
}

/** Secret with the private ticket keys, and ConfigMap with their public halves as JWKS under `jwks.json`. */
export const TICKET_KEYS_NAME = "agent-safe-ticket-keys";
export const TICKET_JWKS_KEY = "jwks.json";
/** Secret with the webhook's certificate authority. */
export const WEBHOOK_CA_SECRET_NAME = "agent-safe-webhook-ca";
/** Service of the webhook. */
export const WEBHOOK_SERVICE_NAME = "agent-safe-webhook";
/** ConfigMap that tells the webhook where the controller takes its rejections: keys `url` and `ca.crt`. */
export const CONTROLLER_ENDPOINT_NAME = "agent-safe-controller-endpoint";

/** Secret with the signing key of a role's audit log. */
export function auditKeySecretName(role: string): string {
  return `agent-safe-audit-key-${role}`;
}

/** ConfigMap with the public keys of a role's audit log. */
export function auditKeysConfigMapName(role: string): string {
  return `agent-safe-audit-keys-${role}`;
}

/** Origin of the audit log of a role: `agent-safe/<uid of kube-system>/<role>`. */
export function auditOrigin(clusterUid: string, role: string): string {
  return `agent-safe/${clusterUid}/${role}`;
}

/** Issuer of a cluster's tickets. */
export function ticketIssuer(clusterUid: string): string {
  return `agent-safe/${clusterUid}`;
}

/** The UID of the cluster that an issuer of tickets is of. */
export function clusterOfIssuer(issuer: string): string {
  return issuer.slice(ticketIssuer("").length);
}

/** Lease of a role, in the system namespace. */
export const LEASE_NAMES = { controller: "agent-safe-controller", executor: "agent-safe-executor" } as const;

/** Name of the ActionPolicy and of the Target by which the controller measures how fresh its watches are. */
export const SENTINEL_NAME = "agent-safe-sentinel";
/** Id and type of the sentinel Target. No request may name them. */
export const SENTINEL_TARGET_ID = "agent-safe/sentinel";
export const SENTINEL_TARGET_TYPE = "sentinel";

/** Annotation of a sentinel that the controller patches. */
export const FRESH_AT_ANNOTATION = "agentsafe.dev/fresh-at";
/** Annotation by which a requester cancels its own request; the value is "true". */
export const CANCEL_ANNOTATION = "agentsafe.dev/cancel";
/** What our labels and annotations begin with. */
export const METADATA_PREFIX = "agentsafe.dev/";

/** Types of our Secrets. */
export const CREDENTIAL_SECRET_TYPE = "agentsafe.dev/credential";
export const OUTPUT_SECRET_TYPE = "agentsafe.dev/output";
/** Data key of a credential Secret that only marks that nothing may be minted any more. */
export const TOMBSTONE_KEY = "tombstone";

/** Name of the Secret that one attempt's credential is bound to, and of its tombstone. */
export function credentialSecretName(requestUid: string, attempt: number): string {
  return `${requestUid}-${attempt}`;
}

/** ValidatingAdmissionPolicies, whose bindings have the same names. */
export const ADMISSION_POLICY_NAMES = {
  requester: "agent-safe-requester",
  requestMetadata: "agent-safe-request-metadata",
  requestStatus: "agent-safe-request-status",
  secrets: "agent-safe-secrets",
  sentinel: "agent-safe-sentinel",
} as const;

/** Name of both webhook configurations, and the paths that the webhook serves. */
export const WEBHOOK_CONFIGURATION_NAME = "agent-safe";
export const WEBHOOK_MUTATE_PATH = "/mutate";
export const WEBHOOK_VALIDATE_PATH = "/validate";

/** Audience of a ticket whose Action does not name one. */
export const DEFAULT_AUDIENCE = "agent-safe-executor";
