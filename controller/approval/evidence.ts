import type { ApprovalEnvelope } from "./envelope.ts";
import type { ApproverGroup } from "./types.ts";

/** The decision as people see it; it stands beside what they approve. */
export interface DecisionEvidence {
  result: string;
  reason: string;
  policy?: string;
  policyDigest?: string;
  rule?: string;
  riskClass: string;
  effectiveRisk: string;
  cumulativeRisk?: { score: number; class: string };
  escalatedFrom?: string;
  trace: readonly { policy: string; rule: string; outcome: string; condition?: string; message?: string }[];
}

/** What a dry run showed of one step, or why there was none. */
export interface PlanEvidence {
  step?: string;
  mode: "server-dry-run" | "none";
  /** A unified diff; secrets are digests in it. */
  diff?: string;
  /** Why there is no dry run. */
  reason?: string;
}

/** Everything that a round shows. */
export interface Evidence {
  envelope: ApprovalEnvelope;
  digest: string;
  decisions: readonly { step?: string; decision: DecisionEvidence }[];
  plans: readonly PlanEvidence[];
  require: readonly ApproverGroup[];
  confirmDigest: boolean;
  /** What would undo it. */
  rollback?: { action: string; params: unknown };
  /** The agent's own words, and what it refers to. */
  reason?: string;
  ticketId?: string;
  correlationId?: string;
  /** Anything else that helps to see what hangs on it, in our words. */
  consequences: readonly string[];
  /** Folder of the round's files. */
  folder: string;
  /** How a person approves at this provider. */
  how: readonly string[];
}
