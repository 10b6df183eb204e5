/**
 * What other programs may rely on: the API's types and words, the decision, and the verifiers, none of which needs a
 * cluster, plus the interface that an executor of one's own implements. Nothing here signs.
 */
export * from "./controller/api/constants.ts";
export { objectDigest, paramsDigest } from "./controller/api/digest.ts";
export type * from "./controller/api/types.ts";
export { validateSchema } from "./controller/api/validate.ts";
export { verifyAuditLog } from "./controller/audit/verify.ts";
export type { ExecutionInput, ExecutionReport, Executor } from "./controller/execution/executor.ts";
export { AgentIndex } from "./controller/identity/agent-index.ts";
export { decide, verdict } from "./controller/policy/decide.ts";
export { PolicyEngine } from "./controller/policy/engine.ts";
export type { DecideInput, Decision, ResolvedAgent, Verdict } from "./controller/policy/types.ts";
export { verifyTicket } from "./controller/tickets/verify.ts";
