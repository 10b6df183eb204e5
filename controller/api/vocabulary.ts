/** Risk classes, from the least to the greatest. */
export const RISK_CLASSES = ["low", "medium", "high", "critical"] as const;
export type RiskClass = (typeof RISK_CLASSES)[number];

/** Sensitivities of a target, from the least to the greatest. */
export const SENSITIVITIES = ["public", "internal", "restricted", "critical"] as const;
export type Sensitivity = (typeof SENSITIVITIES)[number];

/** Environments of a target. */
export const ENVIRONMENTS = ["dev", "staging", "prod"] as const;
export type Environment = (typeof ENVIRONMENTS)[number];

/** Decisions of a rule. */
export const RULE_DECISIONS = ["allow", "deny", "require_approval"] as const;
export type RuleDecision = (typeof RULE_DECISIONS)[number];

/** Decisions about a request: those of the rules, and `undecided` when something that could matter was in error. */
export const DECISION_RESULTS = ["allow", "deny", "require_approval", "undecided"] as const;
export type DecisionResult = (typeof DECISION_RESULTS)[number];

/** How an execution ended. */
export const EXECUTION_RESULTS = ["SUCCESS", "FAILURE", "TIMEOUT", "SKIPPED", "ERROR"] as const;
export type ExecutionResult = (typeof EXECUTION_RESULTS)[number];

/** Days of a time window, beginning with Monday. */
export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export type Day = (typeof DAYS)[number];

/** Types that a parameter may have. */
export const PARAMETER_TYPES = ["string", "integer", "number", "boolean", "array"] as const;
export type ParameterType = (typeof PARAMETER_TYPES)[number];

/** Condition types of our kinds. */
export const CONDITIONS = {
  Ready: "Ready",
  Finished: "Finished",
  Reconciling: "Reconciling",
  Stalled: "Stalled",
  PolicyEvaluated: "PolicyEvaluated",
  Approved: "Approved",
  Denied: "Denied",
  TicketIssued: "TicketIssued",
  Executed: "Executed",
  CredentialsReady: "CredentialsReady",
} as const;
export type ConditionType = (typeof CONDITIONS)[keyof typeof CONDITIONS];

/** Reasons of the condition `Ready` of an ActionRequest and of an ActionPlan; a closed set. */
export const READY_REASONS = [
  "Evaluating",
  "Undecided",
  "AuditUnavailable",
  "AwaitingApproval",
  "TicketIssued",
  "Executing",
  "OutcomeUnknown",
  "Succeeded",
  "DryRun",
  "Denied",
  "Expired",
  "Cancelled",
  "Failed",
  "TimedOut",
  "Invalid",
] as const;
export type ReadyReason = (typeof READY_REASONS)[number];

/** Reasons of `Ready` after which nothing changes any more; `Finished` is True with them. */
export const TERMINAL_REASONS = [
  "Succeeded",
  "DryRun",
  "Denied",
  "Expired",
  "Cancelled",
  "Failed",
  "TimedOut",
  "Invalid",
] as const satisfies readonly ReadyReason[];
export type TerminalReason = (typeof TERMINAL_REASONS)[number];

/** Causes of a denial: the reason of the condition `Denied`, and `status.decision.cause`. */
export const DENIAL_CAUSES = [
  "NoMatchingRule",
  "Rule",
  "Guardrail",
  "UnknownAgent",
  "AmbiguousAgent",
  "AgentSuspended",
  "DelegationInvalid",
  "OutOfScope",
  "UnknownTarget",
  "DuplicateTarget",
  "UnknownAction",
  "InvalidParameters",
  "TargetTypeMismatch",
  "TargetMismatch",
  "RateLimited",
  "CircuitOpen",
  "CumulativeRisk",
  "Rejected",
  "Drift",
  "Expired",
] as const;
export type DenialCause = (typeof DENIAL_CAUSES)[number];

/** States of a step of an ActionPlan. */
export const STEP_STATES = [
  "Pending",
  "Running",
  "Succeeded",
  "Failed",
  "Skipped",
  "Denied",
  "Expired",
  "Cancelled",
  "OutcomeUnknown",
] as const;
export type StepState = (typeof STEP_STATES)[number];

/** Reasons of the condition `Ready` of Actions, ActionPolicies, Targets, Agents, RiskProfiles, CredentialProviders and Delegations. */
export const DEFINITION_REASONS = [
  "Accepted",
  "Invalid",
  "Duplicate",
  "Suspended",
  "Expired",
  "Revoked",
  "Unreachable",
  "AuditUnavailable",
] as const;
export type DefinitionReason = (typeof DEFINITION_REASONS)[number];
