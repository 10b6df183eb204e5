// Generated from crds/actionrequest.yaml by hack/generate.ts. Do not edit.
import type { Condition, ObjectMeta } from "../object.ts";
import type { CumulativeRisk, LogPosition, ParentReference, RequestAgent, Requester } from "./shared.ts";

/**
 * A request for one action on one target. It is immutable and done once; what becomes of it is told by its status.
 */
export interface ActionRequest {
  apiVersion: "agentsafe.dev/v1alpha1";
  kind: "ActionRequest";
  metadata: ObjectMeta;
  spec: ActionRequestSpec;
  status?: ActionRequestStatus;
}
/**
 * What is asked for. It never changes; for something else, create another request.
 */
export interface ActionRequestSpec {
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
   * Why, for the people who approve and for the audit log.
   */
  reason?: string;
  /**
   * External change ticket, such as `CHG-1042`.
   */
  ticketId?: string;
  /**
   * What ties several requests together.
   */
  correlationId?: string;
  /**
   * Whether to judge it and show what it would change without doing it.
   */
  dryRun?: boolean;
  /**
   * Who asks, stamped at admission from the authenticated user. Leave it out.
   */
  requester?: Requester;
  planRef?: PlanReference;
  /**
   * The ActionRequest that this one undoes.
   */
  rollbackOf?: ParentReference;
  /**
   * The Delegation under which the agent asks.
   */
  delegationRef?: ParentReference;
}
/**
 * The ActionPlan that this request is a step of. Only the controller sets it.
 */
export interface PlanReference {
  /**
   * Name of the ActionPlan in the same namespace.
   */
  name: string;
  /**
   * Its UID.
   */
  uid: string;
  /**
   * Name of the step.
   */
  step?: string;
}
/**
 * What has become of the request.
 */
export interface ActionRequestStatus {
  /**
   * Generation that this status is about. -1 until the request has been looked at.
   */
  observedGeneration?: number;
  /**
   * Whether the request is finished and its credential, receipt and pull request are done.
   */
  settled?: boolean;
  /**
   * Who the requester is.
   */
  agent?: RequestAgent;
  decision?: RequestDecision;
  approval?: RequestApproval;
  plan?: RequestPlan;
  ticket?: RequestTicket;
  claim?: RequestClaim;
  execution?: RequestExecution;
  rollback?: RequestRollback;
  audit?: RequestAudit;
  /**
   * State of the request: `Ready`, `Finished`, `PolicyEvaluated`, `Approved`, `Denied`, `TicketIssued` and `Executed`; `Reconciling` or `Stalled` only while they are true.
   */
  conditions?: Condition[];
}
/**
 * What policy decided, and why.
 */
export interface RequestDecision {
  /**
   * The decision.
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
   * Parameters with defaults and bindings filled in. Ticket and approval digest these.
   */
  params?: Record<string, unknown>;
  /**
   * Name of the policy that decided.
   */
  policy?: string;
  /**
   * Its UID.
   */
  policyUID?: string;
  /**
   * Its generation.
   */
  policyGeneration?: number;
  /**
   * Its digest.
   */
  policyDigest?: string;
  /**
   * Revision of the source that it was synced from.
   */
  policyRevision?: string;
  /**
   * Name of the rule that decided.
   */
  rule?: string;
  /**
   * Risk of the action by itself.
   */
  riskClass?: "low" | "medium" | "high" | "critical";
  /**
   * Risk with the sensitivity of the target.
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
  action?: DecidedAction;
  target?: DecidedTarget;
  /**
   * Rules that were looked at, the one that decided and the nearest misses.
   */
  trace?: TraceEntry[];
  /**
   * When it was judged.
   */
  judgedAt?: string;
}
/**
 * The Action that was judged.
 */
export interface DecidedAction {
  /**
   * Name.
   */
  name: string;
  /**
   * UID.
   */
  uid?: string;
  /**
   * Generation.
   */
  generation?: number;
  /**
   * Digest.
   */
  digest?: string;
}
/**
 * The Target that was judged.
 */
export interface DecidedTarget {
  /**
   * Id.
   */
  id: string;
  /**
   * Name.
   */
  name?: string;
  /**
   * UID.
   */
  uid?: string;
  /**
   * Generation.
   */
  generation?: number;
  /**
   * Digest.
   */
  digest?: string;
}
/**
 * One rule.
 */
export interface TraceEntry {
  /**
   * Name of the policy.
   */
  policy?: string;
  /**
   * Name of the rule.
   */
  rule?: string;
  /**
   * What came of it, such as `matched` or `missed`.
   */
  outcome: string;
  /**
   * The condition that failed or was in error, such as `match.targets.environments`.
   */
  condition?: string;
  /**
   * The same, for people.
   */
  message?: string;
}
/**
 * The round of approval.
 */
export interface RequestApproval {
  /**
   * Name of the ApprovalProvider.
   */
  provider?: string;
  /**
   * Number of the round, from 1.
   */
  round?: number;
  /**
   * Digest of what is approved.
   */
  digest?: string;
  /**
   * Repository in which people approve.
   */
  repository?: string;
  /**
   * URL of the pull request.
   */
  url?: string;
  /**
   * Number of the pull request.
   */
  number?: number;
  /**
   * Its branch.
   */
  branch?: string;
  /**
   * The branch that it goes to.
   */
  baseBranch?: string;
  /**
   * Id of the repository at the provider.
   */
  repositoryId?: string;
  /**
   * Folder of the round's files in the repository.
   */
  folder?: string;
  /**
   * Random part of what is approved, so that equal content of two rounds has two digests.
   */
  nonce?: string;
  /**
   * Digest of the plan that was shown.
   */
  planDigest?: string;
  /**
   * When the round was merged or closed and its receipt was committed.
   */
  closedAt?: string;
  /**
   * Commit of the receipt.
   */
  receipt?: string;
  /**
   * Whether one person approved alone in an emergency.
   */
  breakGlass?: boolean;
  /**
   * By when an emergency must be reviewed.
   */
  reviewBy?: string;
  /**
   * Commit that was pushed.
   */
  headSHA?: string;
  /**
   * Tree of that commit.
   */
  treeSHA?: string;
  /**
   * When the round was opened.
   */
  openedAt?: string;
  /**
   * When it expires.
   */
  deadline?: string;
  /**
   * Verdict.
   */
  verdict?: "Pending" | "Approved" | "Denied" | "Void" | "Expired";
  /**
   * When the verdict fell.
   */
  verdictAt?: string;
  /**
   * When the approval stops to count.
   */
  validUntil?: string;
  /**
   * What is awaited, for people.
   */
  message?: string;
  /**
   * Who approved, for people to read.
   *
   * Items: A login.
   */
  approvers?: string[];
  /**
   * Reviews that were seen and counted.
   */
  votes?: ApprovalVote[];
}
/**
 * A review.
 */
export interface ApprovalVote {
  /**
   * Id of the review at the provider.
   */
  reviewId?: string;
  /**
   * State of the review when it was last seen. One that vanishes or goes back voids the round.
   */
  state?: "APPROVED" | "CHANGES_REQUESTED" | "COMMENTED" | "DISMISSED" | "PENDING";
  /**
   * User id of the person at the provider.
   */
  userId: string;
  /**
   * Login, for people to read.
   */
  login?: string;
  /**
   * What the review says.
   */
  verdict: "approve" | "deny" | "none";
  /**
   * Whether it counts.
   */
  counted?: boolean;
  /**
   * Why it does not.
   */
  reason?: string;
  /**
   * Commit that was reviewed.
   */
  commit?: string;
  /**
   * When it was given.
   */
  at?: string;
}
/**
 * What would change, as a server-side dry run of the executor showed it.
 */
export interface RequestPlan {
  /**
   * How it was found out.
   */
  mode: "server-dry-run" | "none";
  /**
   * Why there is no dry run.
   */
  reason?: string;
  /**
   * Digest of the diff.
   */
  digest?: string;
  /**
   * The change as a unified diff. Values of Secrets are digests in it.
   */
  diff?: string;
  /**
   * Digest of what the target was like when it was tried.
   */
  stateDigest?: string;
  /**
   * Digest of action, target and parameters that were tried.
   */
  for?: string;
  /**
   * When it was tried.
   */
  at: string;
}
/**
 * The ticket, which one executor may use once.
 */
export interface RequestTicket {
  /**
   * Id of the ticket.
   */
  id: string;
  /**
   * Number of the ticket, from 1. One that expires unclaimed is judged again and replaced.
   */
  attempt: number;
  /**
   * Which executors may take it.
   */
  audience?: string;
  /**
   * Signed token. It is no secret: without the right to claim, it is of no use.
   */
  token: string;
  /**
   * When it was issued.
   */
  issuedAt?: string;
  /**
   * When it expires.
   */
  expiresAt?: string;
  /**
   * When it was taken back before anybody claimed it, because the verdict became stricter.
   */
  revokedAt?: string;
}
/**
 * Which executor took the ticket. It is final.
 */
export interface RequestClaim {
  /**
   * Number of the ticket.
   */
  attempt: number;
  /**
   * Id of the ticket.
   */
  ticketId: string;
  /**
   * The executor.
   */
  holder: string;
  /**
   * When it was taken.
   */
  at: string;
}
/**
 * What was done.
 */
export interface RequestExecution {
  /**
   * Number of the ticket.
   */
  attempt?: number;
  /**
   * Which executor did it.
   */
  executor?: string;
  /**
   * When it began.
   */
  startedAt?: string;
  /**
   * When it ended.
   */
  finishedAt?: string;
  /**
   * How it ended.
   */
  result?: "SUCCESS" | "FAILURE" | "TIMEOUT" | "SKIPPED" | "ERROR";
  /**
   * Why, for people.
   */
  reason?: string;
  /**
   * Whether the outcome was found by observation after a crash.
   */
  recovered?: boolean;
  /**
   * What was kept of the answer.
   */
  output?: string;
  outputSecretRef?: OutputSecretReference;
  /**
   * State before.
   */
  before?: Record<string, unknown>;
  /**
   * State after.
   */
  after?: Record<string, unknown>;
  diff?: StateDiff;
  /**
   * Results of the checks.
   */
  prechecks?: PrecheckResult[];
}
/**
 * The Secret beside the request that holds the output.
 */
export interface OutputSecretReference {
  /**
   * Name of the Secret.
   */
  name: string;
}
/**
 * What changed.
 */
export interface StateDiff {
  /**
   * Fields that are new, with their values.
   */
  added?: Record<string, unknown>;
  /**
   * Fields that are gone, with their values.
   */
  removed?: Record<string, unknown>;
  /**
   * Fields that changed, each with `old` and `new`.
   */
  changed?: Record<string, unknown>;
  /**
   * Fields that are as they were.
   *
   * Items: Name of a field.
   */
  unchanged?: string[];
}
/**
 * Result of one check.
 */
export interface PrecheckResult {
  /**
   * Name of the check.
   */
  name: string;
  /**
   * Whether it passed.
   */
  passed: boolean;
  /**
   * Why it did not.
   */
  message?: string;
}
/**
 * How it can be undone.
 */
export interface RequestRollback {
  /**
   * Whether it can be undone.
   */
  available: boolean;
  /**
   * Action that undoes it.
   */
  action?: string;
  /**
   * Its parameters.
   */
  params?: Record<string, unknown>;
  /**
   * Why it can't be undone.
   */
  reason?: string;
}
/**
 * Where the audit log tells about it.
 */
export interface RequestAudit {
  /**
   * The decision.
   */
  decision?: LogPosition;
  /**
   * The intent to act.
   */
  intent?: LogPosition;
  /**
   * The outcome.
   */
  outcome?: LogPosition;
  /**
   * Index of its last event.
   */
  last?: number;
}
