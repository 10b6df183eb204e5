import type { Kind } from "../../controller/api/constants.ts";

/** One change of a minimal object, by path, and what it makes of the object. */
export interface Case {
  kind: Kind;
  path: string;
  value: unknown;
  /** What the refusal must say; absent when the object stays right. */
  refused?: RegExp;
}

const rows: [Kind, string, unknown, RegExp?][] = [
  // What must be accepted.
  [
    "Action",
    "spec.execution",
    { aws: { service: "ec2", operation: "StopInstances", input: { InstanceIds: ["i-1"] } } },
  ],
  ["Action", "spec.execution", { handler: { handler: "drain", input: { node: "{{ params.node }}" } } }],
  ["Action", "spec.bindings", { note: { ownedBy: "target" }, names: "target.labels.app" }],
  ["Action", "spec.credentials", { provider: "aws", actions: ["ec2:StopInstances"], resources: ["{{ target.arn }}"] }],
  ["Action", "spec.parameters.0.constraints", { minimum: 0, maximum: 100 }],
  ["Action", "spec.parameters.0.default", 7],
  ["Action", "spec.parameters.1.constraints", { pattern: "[a-z]+", enum: ["a", "b"] }],
  ["Action", "spec.redaction", { params: ["note"], outputPatterns: ["(?i)password=\\S+"] }],
  ["Action", "spec.execution.kubernetes.patch", [{ op: "replace", path: "/spec/replicas", value: 1 }]],
  ["ActionPolicy", "spec.rules.0.disabled", true],
  [
    "ActionPolicy",
    "spec.rules.0.match.timeWindows",
    [{ days: ["mon"], start: "22:00", end: "24:00", timeZone: "Europe/Berlin" }],
  ],
  [
    "ActionPolicy",
    "spec.rules.0.approval",
    { provider: "main", require: [{ count: 2, teams: ["acme/sre"] }], onDrift: "Deny" },
  ],
  ["Target", "spec.resource", { aws: { arn: "arn:aws:ec2:eu-central-1:123456789012:instance/i-1" } }],
  [
    "Target",
    "spec.resource",
    { aws: { service: "ec2", region: "eu-central-1", account: "123456789012", id: "instance/i-1" } },
  ],
  ["Target", "spec", { id: "agent-safe/sentinel", type: "sentinel", environment: "dev", sensitivity: "public" }],
  ["Agent", "spec.subjects", [{ kind: "JWT", issuer: "https://issuer.example", subject: "x" }]],
  [
    "Agent",
    "spec.subjects",
    [
      { kind: "User", name: "alice" },
      { kind: "Group", name: "bots" },
    ],
  ],
  ["CredentialProvider", "spec", { type: "aws", aws: { roleArn: "arn:aws:iam::123456789012:role/agent-safe" } }],
  ["ActionRequest", "spec.params", { any: { thing: [1, "two", null] } }],
  ["ActionRequest", "spec.rollbackOf", { name: "x", uid: "1" }],
  ["ActionRequest", "spec.planRef", { name: "x", uid: "1", step: "one" }],
  ["AuditLog", "metadata.name", "controller"],
  ["RiskProfile", "spec", { rateLimit: {} }],
  ["ApprovalProvider", "spec.pollInterval", "1m30s"],
  ["ApprovalProvider", "spec.git.signers", [{ userId: "bob", keys: ["ssh-ed25519 AAAA"], teams: ["a/b"] }]],
  ["ApprovalProvider", "spec.git.url", "ssh://git@git.example.com/approvals.git"],
  ["RiskProfile", "spec.circuitBreaker", { threshold: 3, window: "1h30m", cooldown: "24h" }],
  ["RiskProfile", "spec.cumulativeRisk", { window: "168h", scores: { low: 0 }, escalateAt: 1, denyAt: 2 }],
  [
    "Delegation",
    "spec",
    { to: "b", parentRef: { name: "x", uid: "1" }, roles: [], actions: ["scale-*"], targets: { ids: ["dev/*"] } },
  ],
  ["Delegation", "spec.maxDepth", 5],
  ["Delegation", "spec.ttl", "168h"],
  [
    "ActionPlan",
    "spec.steps",
    [
      { name: "a", action: "x", target: "dev/x", params: { any: { thing: [1, null] } }, dependsOn: ["b"] },
      { name: "b", action: "x", target: "dev/x", dependsOn: [] },
    ],
  ],

  // Action.
  ["Action", "spec.riskClass", "extreme", /spec\.riskClass.*low/],
  ["Action", "spec.version", "1.0", /spec\.version/],
  ["Action", "spec.targetTypes", [], /spec\.targetTypes/],
  ["Action", "spec.execution", {}, /exactly one of kubernetes, aws and handler/],
  ["Action", "spec.execution.handler", { handler: "drain" }, /exactly one of kubernetes, aws and handler/],
  ["Action", "spec.credentials", undefined, /credentials is required for an execution that writes/],
  ["Action", "spec.credentials.actions", ["ec2:StopInstances"], /must not both be given/],
  ["Action", "spec.credentials.rules.0.verbs", ["list"], /scope target can't have the verbs list/],
  ["Action", "spec.credentials.rules.0.verbs", ["*"], /a wildcard is not allowed/],
  ["Action", "spec.credentials.rules.0.resources", ["*"], /a wildcard is not allowed/],
  ["Action", "spec.credentials.rules.0.scope", "everything", /scope.*target/],
  ["Action", "spec.credentials", { provider: "aws", actions: ["ec2:*"] }, /spec\.credentials\.actions/],
  [
    "Action",
    "spec.credentials",
    { provider: "aws", resources: ["{{ target.arn }}"] },
    /actions is required when resources is given/,
  ],
  ["Action", "spec.parameters.1.name", "replicas", /spec\.parameters\[1\]/],
  ["Action", "spec.parameters.0.name", "no spaces", /spec\.parameters\[0\]\.name/],
  ["Action", "spec.parameters.0.constraints", { minimum: 2, maximum: 1 }, /minimum must not be above maximum/],
  ["Action", "spec.parameters.1.constraints", { minLength: 2, maxLength: 1 }, /minLength must not be above maxLength/],
  ["Action", "spec.parameters.2.constraints", { minItems: 2, maxItems: 1 }, /minItems must not be above maxItems/],
  ["Action", "spec.parameters.1.constraints", { minimum: 1 }, /fit only the types integer and number/],
  ["Action", "spec.parameters.0.constraints", { pattern: "a" }, /fit only the type string/],
  ["Action", "spec.parameters.0.constraints", { maxItems: 1 }, /fit only the type array/],
  [
    "Action",
    "spec.prechecks",
    [{ name: "x", read: { apiVersion: "v1", kind: "Pod" } }],
    /require is required when read is given/,
  ],
  ["Action", "spec.redaction", { params: ["other"] }, /redaction\.params names a parameter/],
  ["Action", "spec.redaction", { stateFields: ["other"] }, /redaction\.stateFields names a field/],
  ["Action", "spec.execution.timeout", "5 minutes", /spec\.execution\.timeout/],
  [
    "Action",
    "spec.execution.kubernetes",
    { verb: "delete", resource: "pods", patchType: "merge" },
    /patchType is only for the verb patch/,
  ],
  ["Action", "spec.execution.kubernetes.gracePeriodSeconds", "5", /gracePeriodSeconds is only for/],
  ["Action", "spec.execution.kubernetes.propagationPolicy", "Orphan", /propagationPolicy is only for/],
  ["Action", "spec.execution.output", { maxBytes: 1_000_000 }, /spec\.execution\.output\.maxBytes/],

  // ActionPolicy.
  ["ActionPolicy", "spec.rules", [], /spec\.rules/],
  ["ActionPolicy", "spec.rules.0.match", undefined, /spec\.rules\[0\]\.match/],
  ["ActionPolicy", "spec.rules.0.decision", "maybe", /spec\.rules\[0\]\.decision.*allow/],
  [
    "ActionPolicy",
    "spec.rules.0",
    { name: "one", match: {}, decision: "allow", reason: "x", approval: {} },
    /approval is only for the decision require_approval/,
  ],
  ["ActionPolicy", "spec.rules.0.match.actions", [], /match\.actions/],
  ["ActionPolicy", "spec.rules.0.match.riskClasses", [], /match\.riskClasses/],
  ["ActionPolicy", "spec.rules.0.match.callers", { roles: [] }, /callers\.roles/],
  ["ActionPolicy", "spec.rules.0.match.targets", { environments: ["mars"] }, /environments\[0\].*dev/],
  ["ActionPolicy", "spec.rules.0.match.timeWindows", [{ start: "24:00" }], /timeWindows\[0\]\.start/],
  ["ActionPolicy", "spec.rules.0.match.timeWindows", [{ end: "25:00" }], /timeWindows\[0\]\.end/],
  [
    "ActionPolicy",
    "spec.rules.0.approval",
    { breakGlass: { teams: ["a/b"] } },
    /require is required when breakGlass is given/,
  ],
  ["ActionPolicy", "spec.rules.1", { name: "one", match: {}, decision: "deny", reason: "x" }, /spec\.rules\[1\]/],

  // Target.
  ["Target", "spec.resource", undefined, /resource is required/],
  ["Target", "spec.resource", {}, /exactly one of kubernetes and aws/],
  ["Target", "spec.resource.aws", { arn: "arn:aws:s3:::bucket" }, /exactly one of kubernetes and aws/],
  ["Target", "spec.resource", { aws: { service: "ec2" } }, /either arn, or all of service, region, account and id/],
  ["Target", "spec.resource", { aws: { arn: "arn:aws:s3:::bucket", region: "x" } }, /must not be given beside arn/],
  ["Target", "spec.resource", { aws: { arn: "arn:aws:s3:::*" } }, /spec\.resource\.aws\.arn/],
  ["Target", "spec.environment", "produ", /spec\.environment.*prod/],
  ["Target", "spec.id", "with space", /spec\.id/],
  ["Target", "spec.labels", { ["x".repeat(254)]: "y" }, /names of labels must have 1 to 253 characters/],
  [
    "ActionPolicy",
    "spec.rules.0.match.targets",
    { labels: { "": "y" } },
    /names of labels must have 1 to 253 characters/,
  ],

  // Agent.
  ["Agent", "spec.agentId", "deploy-bot/helper", /agentId/],
  ["Delegation", "spec.to", "deploy-bot/helper", /spec\.to/],
  ["Agent", "spec.subjects", [], /spec\.subjects/],
  [
    "Agent",
    "spec.subjects.0",
    { kind: "ServiceAccount", name: "x" },
    /namespace is required for the kind ServiceAccount/,
  ],
  [
    "Agent",
    "spec.subjects.0",
    { kind: "User", name: "x", namespace: "y" },
    /namespace is required for the kind ServiceAccount, and only/,
  ],
  ["Agent", "spec.subjects.0", { kind: "Group" }, /name is required/],
  ["Agent", "spec.subjects.0", { kind: "JWT", subject: "x" }, /issuer is required for the kind JWT/],
  ["Agent", "spec.subjects.0", { kind: "JWT", issuer: "https://x" }, /subject is required for the kind JWT/],
  ["Agent", "spec.subjects.0", { kind: "JWT", issuer: "http://x", subject: "x" }, /issuer/],
  [
    "Agent",
    "spec.subjects.0",
    { kind: "User", name: "system:serviceaccount:a:b" },
    /use the kind ServiceAccount or JWT/,
  ],
  ["Agent", "spec.subjects.0", { kind: "User", name: "jwt:https://x#y" }, /use the kind ServiceAccount or JWT/],
  ["Agent", "spec.subjects.0", { kind: "Group", name: "system:authenticated" }, /holds every user/],

  // CredentialProvider.
  ["CredentialProvider", "spec.type", "magic", /spec\.type.*kubernetes/],
  ["CredentialProvider", "spec.type", "aws", /aws is required for the type aws/],
  ["CredentialProvider", "spec.type", "env", /env is required for the type env/],
  ["CredentialProvider", "spec.type", "secret", /secret is required for the type secret/],
  ["CredentialProvider", "spec.type", "vault", /vault is required for the type vault/],
  [
    "CredentialProvider",
    "spec",
    { type: "env", env: { prefix: "X_" }, kubernetes: {} },
    /kubernetes is only for the type kubernetes/,
  ],
  ["CredentialProvider", "spec.kubernetes", { expirationSeconds: 60 }, /expirationSeconds/],

  // ActionRequest.
  ["ActionRequest", "spec.action", undefined, /spec\.action/],
  ["ActionRequest", "spec.target", "", /spec\.target/],
  ["ActionRequest", "spec.params", ["not", "a", "map"], /spec\.params/],
  ["ActionRequest", "spec.reason", "x".repeat(1025), /spec\.reason/],
  ["ActionRequest", "spec.requester", { uid: "1" }, /spec\.requester\.username/],
  ["ActionRequest", "spec.planRef", { name: "x" }, /spec\.planRef\.uid/],
  ["ActionRequest", "spec.reasn", "x", /spec\.reasn/],
  ["ActionRequest", "spec.dryrun", true, /spec\.dryrun/],
  ["ActionRequest", "spec.planRef", { name: "x", uid: "1", step: "No Name" }, /spec\.planRef\.step/],

  // Metadata.
  ["Target", "metadata.labels", { "team.dev/a": "b", c: "" }],
  ["Target", "metadata.labels", { "a/b/c": "d" }, /metadata\.labels/],
  ["Target", "metadata.labels", { a: "-b" }, /metadata\.labels/],
  ["Target", "metadata.labels", { a: "x".repeat(64) }, /metadata\.labels/],
  ["Target", "metadata.annotations", { "a b": "c" }, /metadata\.annotations/],
  ["Target", "metadata.annotations", { a: "x".repeat(256 * 1024) }, /metadata\.annotations/],
  ["Target", "metadata.name", "a..b", /metadata\.name/],
  ["Target", "metadata.label", { a: "b" }, /metadata\.label/],
  ["Target", "spec.owner", null],
  ["Target", "spec.type", null, /spec\.type/],

  // ApprovalProvider.
  ["ApprovalProvider", "spec.type", "github", /github is required for the type github/],
  [
    "ApprovalProvider",
    "spec.gitea",
    { baseUrl: "https://g", owner: "o", repository: "r", tokenSecretRef: { name: "t" } },
    /gitea is required for the type gitea, and only for it/,
  ],
  [
    "ApprovalProvider",
    "spec",
    { type: "github", github: { owner: "acme", repository: "approvals" } },
    /exactly one of app and tokenSecretRef is required/,
  ],
  ["ApprovalProvider", "spec.git.url", "ext::sh -c x", /spec\.git\.url/],
  ["ApprovalProvider", "spec.git.url", "-u", /spec\.git\.url/],
  ["ApprovalProvider", "spec.pollInterval", "0s", /must be from 1s to 1h/],
  ["ApprovalProvider", "spec.git.signers", [{ userId: "a b", keys: ["x"] }], /spec\.git\.signers\[0\]\.userId/],
  ["ApprovalProvider", "spec.git.signers", [{ userId: "bob", keys: [] }], /spec\.git\.signers\[0\]\.keys/],
  // RiskProfile.
  ["RiskProfile", "spec", {}, /at least one of rateLimit/],
  ["RiskProfile", "spec.rateLimit", { maxRequests: 0 }, /spec\.rateLimit\.maxRequests/],
  ["RiskProfile", "spec.rateLimit", { maxRequests: 100001 }, /spec\.rateLimit\.maxRequests/],
  ["RiskProfile", "spec.rateLimit", { window: "0s" }, /spec\.rateLimit\.window.*at most 24h/],
  ["RiskProfile", "spec.rateLimit", { window: "24h1s" }, /spec\.rateLimit\.window.*at most 24h/],
  ["RiskProfile", "spec.rateLimit", { window: "1d" }, /spec\.rateLimit\.window/],
  ["RiskProfile", "spec.circuitBreaker", {}, /spec\.circuitBreaker\.threshold/],
  ["RiskProfile", "spec.circuitBreaker", { threshold: 1, cooldown: "25h" }, /spec\.circuitBreaker\.cooldown/],
  ["RiskProfile", "spec.cumulativeRisk.window", "169h", /spec\.cumulativeRisk\.window.*at most 168h/],
  ["RiskProfile", "spec.cumulativeRisk.scores", { high: -1 }, /spec\.cumulativeRisk\.scores\.high/],
  ["RiskProfile", "spec.cumulativeRisk.scores", { huge: 1 }, /spec\.cumulativeRisk\.scores\.huge/],
  ["RiskProfile", "spec.cumulativeRisk.escalateAt", 75, /denyAt must be more than escalateAt/],

  // Delegation.
  ["Delegation", "spec.to", undefined, /spec\.to/],
  ["Delegation", "spec.to", "a b", /spec\.to/],
  ["Delegation", "spec.actions", [], /spec\.actions/],
  ["Delegation", "spec.targets", {}, /spec\.targets/],
  ["Delegation", "spec.targets", { ids: [] }, /spec\.targets\.ids/],
  ["Delegation", "spec.targets", { environments: ["production"] }, /spec\.targets\.environments/],
  ["Delegation", "spec.targets", { labels: { "": "x" } }, /names of labels/],
  ["Delegation", "spec.ttl", "169h", /spec\.ttl.*at most 168h/],
  ["Delegation", "spec.ttl", "0s", /spec\.ttl/],
  ["Delegation", "spec.maxDepth", 6, /spec\.maxDepth/],
  [
    "Delegation",
    "spec",
    { to: "x", parentRef: { name: "p", uid: "1" }, maxDepth: 2 },
    /maxDepth can't be given with parentRef/,
  ],
  ["Delegation", "spec.requester", {}, /spec\.requester\.username/],
  ["Delegation", "spec.role", ["x"], /spec\.role/],

  // ActionPlan.
  ["ActionPlan", "spec.steps", [], /spec\.steps/],
  ["ActionPlan", "spec.steps", Array(33).fill({ name: "a", action: "x", target: "y" }), /spec\.steps/],
  ["ActionPlan", "spec.steps.0.name", "No Name", /spec\.steps\[0\]\.name/],
  ["ActionPlan", "spec.steps.0.target", undefined, /spec\.steps\[0\]\.target/],
  ["ActionPlan", "spec.onFailure", "rollback", /spec\.onFailure/],
  ["ActionPlan", "spec.steps.0.dependOn", ["x"], /spec\.steps\[0\]\.dependOn/],
];

/** Changes that a new object survives or not, for the API server and for the offline validator alike. */
export const cases: Case[] = rows.map(([kind, path, value, refused]) => ({
  kind,
  path,
  value,
  ...(refused === undefined ? {} : { refused }),
}));

/** Name of a case, short and unique enough to find it by. */
export function caseName({ kind, path, value }: Case): string {
  return `${kind} ${path} = ${JSON.stringify(value)?.slice(0, 80)}`;
}
