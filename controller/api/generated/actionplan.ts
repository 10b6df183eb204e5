// Generated from crds/actionplan.yaml by hack/generate.ts. Do not edit.
import type { Condition, ObjectMeta } from "../object.ts";
import type { CumulativeRisk, LogPosition, ParentReference, RequestAgent, Requester } from "./shared.ts";

/**
 * Several actions that are judged as a whole before the first begins and then done in order. It is immutable; what becomes of it is told by its status.
 */
export interface ActionPlan {
  apiVersion: "agentsafe.dev/v1alpha1";
  kind: "ActionPlan";
  metadata: ObjectMeta;
  spec: ActionPlanSpec;
  status?: ActionPlanStatus;
}
/**
 * What is asked for. It never changes; for something else, create another plan.
 */
export interface ActionPlanSpec {
  /**
   * The steps. One without `dependsOn` begins after the one before it.
   */
  steps: PlanStep[];
  /**
   * Why, for the people who approve and for the audit log.
   */
  reason?: string;
  /**
   * External change ticket, such as `CHG-1042`. It holds for every step.
   */
  ticketId?: string;
  /**
   * What ties this plan to other plans and requests.
   */
  correlationId?: string;
  /**
   * What happens when a step fails: `stop` begins no further one.
   */
  onFailure?: "stop";
  /**
   * The Delegation under which the agent asks.
   */
  delegationRef?: ParentReference;
  /**
   * Who asks, stamped at admission from the authenticated user. Leave it out.
   */
  requester?: Requester;
}
/**
 * One action on one target.
 */
export interface PlanStep {
  /**
   * Name of the step, unique within the plan.
   */
  name: string;
  /**
   * Name of the Action.
   */
  action: string;
  /**
   * Id of the Target, such as `prod/api-server`.
   */
  target: string;
  /**
   * Parameters of the action. Those that the target gives may be left out.
   */
  params?: Record<string, unknown>;
  /**
   * Names of steps that must have succeeded before. The default is the step before this one; an empty list lets it begin at once.
   *
   * Items: Name of a step.
   */
  dependsOn?: string[];
  /**
   * Why this step, for the people who approve and for the audit log.
   */
  reason?: string;
}
/**
 * What has become of the plan.
 */
export interface ActionPlanStatus {
  /**
   * Generation that this status is about. -1 until the plan has been looked at.
   */
  observedGeneration?: number;
  /**
   * Whether the plan is finished and all its requests are settled.
   */
  settled?: boolean;
  /**
   * Steps that succeeded, of all, as in `1/3`.
   */
  stepsDone?: string;
  /**
   * Who the requester is.
   */
  agent?: RequestAgent;
  decision?: PlanDecision;
  /**
   * What has become of each step.
   */
  steps?: PlanStepStatus[];
  audit?: PlanAudit;
  /**
   * State of the plan: `Ready`, `Finished`, `PolicyEvaluated`, `Approved`, `Denied`, `TicketIssued` and `Executed`; `Reconciling` or `Stalled` only while they are true.
   */
  conditions?: Condition[];
}
/**
 * What policy decided about the plan as a whole.
 */
export interface PlanDecision {
  /**
   * The decision: the strictest of its steps'.
   */
  result: "allow" | "deny" | "require_approval" | "undecided";
  /**
   * Cause, as one word of a closed set, such as `NoMatchingRule`.
   */
  cause?: string;
  /**
   * Reason, for people.
   */
  reason?: string;
  /**
   * Greatest risk of its actions by themselves.
   */
  riskClass?: "low" | "medium" | "high" | "critical";
  /**
   * Greatest risk with the sensitivity of the target.
   */
  effectiveRisk?: "low" | "medium" | "high" | "critical";
  /**
   * Risk that the agent has gathered within the window.
   */
  cumulativeRisk?: CumulativeRisk;
  /**
   * What the rules alone had decided.
   */
  escalatedFrom?: "allow" | "require_approval";
  /**
   * When it was judged.
   */
  judgedAt?: string;
}
/**
 * One step.
 */
export interface PlanStepStatus {
  /**
   * Name of the step.
   */
  name: string;
  /**
   * Where it stands.
   */
  state:
    "Pending" | "Running" | "Succeeded" | "Failed" | "Skipped" | "Denied" | "Expired" | "Cancelled" | "OutcomeUnknown";
  /**
   * Name of its ActionRequest.
   */
  request?: string;
  /**
   * UID of its ActionRequest.
   */
  uid?: string;
  /**
   * What policy decided.
   */
  result?: "allow" | "deny" | "require_approval" | "undecided";
  /**
   * Cause of a denial, as one word of a closed set.
   */
  cause?: string;
  /**
   * Name of the policy that decided.
   */
  policy?: string;
  /**
   * Name of the rule that decided.
   */
  rule?: string;
  /**
   * Reason, for people.
   */
  reason?: string;
  /**
   * Risk of the action by itself.
   */
  riskClass?: "low" | "medium" | "high" | "critical";
  /**
   * Risk with the sensitivity of the target.
   */
  effectiveRisk?: "low" | "medium" | "high" | "critical";
  /**
   * How it ended, for people.
   */
  message?: string;
  /**
   * When its request was created.
   */
  startedAt?: string;
  /**
   * When it ended.
   */
  finishedAt?: string;
}
/**
 * Where the audit log tells about it.
 */
export interface PlanAudit {
  /**
   * The decision.
   */
  decision?: LogPosition;
  /**
   * The outcome.
   */
  outcome?: LogPosition;
  /**
   * Index of its last event.
   */
  last?: number;
}
