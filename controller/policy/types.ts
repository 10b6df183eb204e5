import type { DenialCause, RiskClass } from "../api/vocabulary.ts";

/** How strictly imported projects are held: `strict` everywhere in a cluster; `compat` offline only. */
export type Profile = "strict" | "compat";

/** An earlier link of a chain of delegation, the root first. */
export interface DelegationLink {
  id: string;
  roles?: readonly string[];
  groups?: readonly string[];
}

/** The agent that a requester authenticated as. */
export interface ResolvedAgent {
  id: string;
  name?: string;
  uid?: string;
  digest?: string;
  roles: readonly string[];
  groups: readonly string[];
  /** Who lent it its power; empty when it asks for itself. */
  delegation: readonly DelegationLink[];
  suspended: boolean;
}

/** What is asked. */
export interface RequestInput {
  uid: string;
  namespace: string;
  name: string;
  action: string;
  target: string;
  params?: Record<string, unknown>;
  reason?: string;
  ticketId?: string;
  correlationId?: string;
  dryRun?: boolean;
}

/** Why no agent could be found. */
export interface AgentError {
  error: "UnknownAgent" | "AmbiguousAgent";
  names: readonly string[];
}

export interface DecideInput {
  /** Epoch milliseconds. */
  now: number;
  request: RequestInput;
  agent: ResolvedAgent | null;
  agentError?: AgentError["error"] | AgentError;
}

export type DecisionResult = "allow" | "deny" | "require_approval" | "undecided";

/** Causes of this core: those of a denial, and what leaves a request undecided. */
export type DecisionCause = DenialCause | "RuleError" | "GuardrailError";

export type TraceOutcome = "matched" | "missed" | "error" | "outranked";

/** One rule that was looked at. */
export interface TraceEntry {
  policy: string;
  rule: string;
  outcome: TraceOutcome;
  /** The first condition that failed, such as `match.targets.environments`. */
  condition?: string;
  message?: string;
}

export interface Decision {
  result: DecisionResult;
  cause: DecisionCause;
  /** For people; what agents wrote is escaped and capped in it. */
  reason: string;
  /** With defaults and bindings filled in; what was asked when it was refused before that. */
  params: Record<string, unknown>;
  policy?: string;
  policyUID?: string;
  policyGeneration?: number;
  policyDigest?: string;
  rule?: string;
  riskClass: RiskClass;
  effectiveRisk: RiskClass;
  action?: { name: string; uid?: string; generation?: number; digest: string };
  target?: { id: string; name: string; uid?: string; generation?: number; digest: string };
  /** The rule that decided, then the nearest misses, at most 20 of these. */
  trace: TraceEntry[];
}

/** A decision without its story. */
export interface Verdict {
  result: DecisionResult;
  policy: string | null;
  rule: string | null;
}
