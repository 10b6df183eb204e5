import type { DecideInput, Decision, DecisionCause, DecisionResult, TraceOutcome } from "../policy/types.ts";

/** A rule by its names. */
export interface RuleName {
  policy: string;
  rule: string;
}

/**
 * What can be wrong with a rule among others. `incomplete` says that there were too many rules to compare them all; it names
 * the first rule that was not compared.
 */
export type FindingKind = "shadowed" | "unreachable" | "conflicting" | "incomplete";

/** Something that makes a rule pointless or accidental. Every claim is proven; what can't be proven is not claimed. */
export interface Finding extends RuleName {
  kind: FindingKind;
  /** Path within the ActionPolicy, such as `spec.rules[2]`. */
  path: string;
  /** The rule that shadows it or that it conflicts with; absent where several do, or none. */
  by?: RuleName;
  /**
   * What the claim holds for: `always`, or only for the actions and targets that are registered now.
   */
  holds: "always" | "inventory";
  /** For people: why. */
  message: string;
}

/** What one side of a comparison decides. */
export interface Side {
  result: DecisionResult;
  cause: DecisionCause;
  policy?: string;
  rule?: string;
  reason: string;
}

/** Requests that two policy sets decide differently, with one of them. */
export interface Difference {
  /** `wider`: the second set lets more through; `narrower`: less; `other`: the same result by another rule's requirements. */
  change: "wider" | "narrower" | "other";
  before: Side;
  after: Side;
  /** One request that shows it; can be given to `decide` as it is. */
  witness: DecideInput;
}

/** All differences that were found. */
export interface PolicyDiff {
  differences: Difference[];
  /** Requests that were judged by both. */
  tried: number;
  /** Whether every kind of request was tried; false where bounds were reached or a `when` could only be sampled. */
  exhaustive: boolean;
  /** Why it is not exhaustive, for people. */
  limits: string[];
}

/** A condition that failed, with what was asked and what the request had. */
export interface MissedCondition {
  /** Such as `match.targets.environments`. */
  condition: string;
  message: string;
}

/** A rule beside the one that decided. */
export interface NearRule extends RuleName {
  guardrail: boolean;
  priority: number;
  decision: "allow" | "deny" | "require_approval";
  outcome: TraceOutcome;
  /** Every condition that failed; empty for one that matched and was outranked. */
  missed: MissedCondition[];
  /** For an error, or for a rule that is outranked. */
  message?: string;
}

/** Why a request is decided as it is. */
export interface Explanation {
  decision: Decision;
  /** Nearest first: fewest failing conditions, then the order of decision. Empty when the request was denied before the rules. */
  nearest: NearRule[];
}
