/**
 * What other programs may rely on: `AgentSafe`, which asks, waits, lends and verifies; below it the API's types and words, the decision
 * and the verifiers, none of which needs a cluster; and the interface that an executor of one's own implements. What signs
 * does so with the caller's own key: `mintIdentity` and `AgentSafe.delegate`.
 */
export * from "./controller/api/constants.ts";
export { objectDigest, paramsDigest } from "./controller/api/digest.ts";
export type * from "./controller/api/types.ts";
export { validateSchema } from "./controller/api/validate.ts";
export { verifyAuditLog } from "./controller/audit/verify.ts";
export type { VerifyExit, VerifyResult } from "./controller/audit/verify-types.ts";
export type { ExecutionInput, ExecutionReport, Executor } from "./controller/execution/executor.ts";
export { AgentIndex } from "./controller/identity/agent-index.ts";
export { IdentityError, type IdentityErrorCode } from "./controller/identity/identity-error.ts";
export { type IdentitySigner, mintIdentity } from "./controller/identity/issue-identity.ts";
export { jwksKeys, sharedKeys, type TrustedIssuer } from "./controller/identity/trusted-keys.ts";
export type { VerifiedIdentity } from "./controller/identity/verify-identity.ts";
export { decide, verdict } from "./controller/policy/decide.ts";
export { PolicyEngine } from "./controller/policy/engine.ts";
export type { DecideInput, Decision, ResolvedAgent, Verdict } from "./controller/policy/types.ts";
export { ConfigError, type ConfigErrorCode } from "./controller/runtime/config-file.ts";
export { KubeError, type KubeErrorCode } from "./controller/runtime/errors.ts";
export { verifyTicket } from "./controller/tickets/verify.ts";
export { AgentSafe } from "./sdk/agent-safe.ts";
export type { CheckInput } from "./sdk/check.ts";
export type { CheckedPlan, CheckPlanInput } from "./sdk/check-plan.ts";
export type { LendByTokenInput, LendInClusterInput, LentToken } from "./sdk/delegate.ts";
export { SdkError, type SdkErrorCode } from "./sdk/errors.ts";
export type { ActionSummary } from "./sdk/list-actions.ts";
export type { AgentObject, ObjectRef } from "./sdk/objects.ts";
export type { AgentSafeOptions } from "./sdk/options.ts";
export type { CallerInput } from "./sdk/project/caller.ts";
export { ProjectError } from "./sdk/project/open.ts";
export type { Problem } from "./sdk/project/problem.ts";
export type { PlanInput, RequestInput } from "./sdk/request.ts";
export type { AuditVerification, VerifyAuditInput } from "./sdk/verify-audit.ts";
export type { WaitOptions } from "./sdk/wait.ts";
