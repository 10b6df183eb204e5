import type { DenialCause, RiskClass } from "../api/vocabulary.ts";

/** How strictly imported projects are held: `strict` everywhere in a cluster; `compat` offline only. */
export type Profile = "strict" | "compat";

/** What a link lends: which actions on which targets. What is absent is not narrowed; an empty list admits nothing. */
export interface DelegationScope {
  /** Globs over names of actions. */
  actions?: readonly string[];
  targets?: {
    /** Globs over ids of targets. */
    ids?: readonly string[];
    environments?: readonly string[];
    /** Held against the sensitivity that counts, containers included. */
    sensitivities?: readonly string[];
    types?: readonly string[];
    /** All of which the target must have. */
    labels?: Readonly<Record<string, string>>;
  };
}

/** A link of a chain of delegation: an agent that lent, the root first. */
export interface DelegationLink {
  id: string;
  /** Name, UID and digest of its Agent. */
  name?: string;
  uid?: string;
  digest?: string;
  /** Its own roles and groups when it lent; deny rules see them. */
  roles?: readonly string[];
  groups?: readonly string[];
  /** The Delegation by which it lent. */
  delegation?: string;
  /** What it lent; absent means all that it may do itself. */
  scope?: DelegationScope;
  /** When it lent, RFC 3339. */
  at?: string;
}

/** The agent that a requester authenticated as. */
export interface ResolvedAgent {
  id: string;
  name?: string;
  uid?: string;
  digest?: string;
  /** Its own, or those lent to it when it acts under a Delegation. */
  roles: readonly string[];
  groups: readonly string[];
  /** Who lent it its power, the root first; empty when it asks for itself. */
  delegation: readonly DelegationLink[];
  /** The receiver's own Agent, when it acts under a Delegation and has one. */
  own?: { id: string; roles: readonly string[]; groups: readonly string[] };
  /** It, or anybody in its chain, is suspended. */
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
  error: "UnknownAgent" | "AmbiguousAgent" | "DelegationInvalid";
  names: readonly string[];
  /** For people, of a delegation that does not hold. */
  message?: string;
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
export type DecisionCause = DenialCause | "RuleError" | "GuardrailError" | "RiskProfileError";

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

/** What a decision costs its agent's budgets; kept with the record of the decision, so that budgets can be rebuilt. */
export interface Charge {
  /** Id of the root agent of the chain, who pays. */
  agent: string;
  /** What is charged once: UID of the request, or `<plan UID>/<step>`. */
  key: string;
  /** When it was charged, epoch ms; a later judgement of the same key keeps it. */
  time: number;
  /** Place among the agent's charges of that millisecond; absent for the first. */
  nth?: number;
  /** Cumulative risk that was added. */
  score?: number;
  /** Counts for the circuit breaker. */
  denied?: true;
  /** Turned away by the rate limit or the breaker; counts nowhere else. */
  refused?: true;
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
  /** With this request in it; absent where no limit is set. */
  cumulativeRisk?: { score: number; class: RiskClass };
  /** What the rules alone decided, before the cumulative risk made it stricter. */
  escalatedFrom?: "allow" | "require_approval";
  charge?: Charge;
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
