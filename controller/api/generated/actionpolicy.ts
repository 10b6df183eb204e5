// Generated from crds/actionpolicy.yaml by hack/generate.ts. Do not edit.
import type { Condition, ObjectMeta } from "../object.ts";

/**
 * Rules that decide requests. The rule with the highest priority that matches decides; ties go by policy name, then by order. No match is a denial.
 */
export interface ActionPolicy {
  apiVersion: "agentsafe.dev/v1alpha1";
  kind: "ActionPolicy";
  metadata: ObjectMeta;
  spec: ActionPolicySpec;
  status?: ActionPolicyStatus;
}
/**
 * The rules.
 */
export interface ActionPolicySpec {
  /**
   * What the policy is for.
   */
  description?: string;
  /**
   * Whether this policy is a guardrail: its `deny` wins over any rule of any priority, and its `require_approval` turns an allow into an approval.
   */
  guardrail?: boolean;
  /**
   * The rules, in the order that breaks ties of priority within the policy.
   */
  rules: PolicyRule[];
}
/**
 * One rule.
 */
export interface PolicyRule {
  /**
   * Name of the rule, unique within the policy.
   */
  name: string;
  /**
   * What the rule is for.
   */
  description?: string;
  /**
   * The highest priority that matches decides.
   */
  priority?: number;
  /**
   * A rule that must never match.
   */
  disabled?: boolean;
  /**
   * What the rule decides.
   */
  decision: "allow" | "deny" | "require_approval";
  /**
   * Why, told to the agent and to the people who approve.
   */
  reason: string;
  match: RuleMatch;
  approval?: ApprovalRequirement;
}
/**
 * Conditions, all of which must hold. Within a list any value suffices. An empty match fits every request.
 */
export interface RuleMatch {
  /**
   * Names of actions, with `*`, `?` and `[…]` as wildcards.
   *
   * Items: A name or pattern.
   */
  actions?: string[];
  targets?: TargetMatch;
  callers?: CallerMatch;
  /**
   * Effective risks, that is, the risk of the action with the sensitivity of the target.
   *
   * Items: An effective risk.
   */
  riskClasses?: ("low" | "medium" | "high" | "critical")[];
  /**
   * Times, of which one must hold now.
   */
  timeWindows?: TimeWindow[];
  /**
   * true matches only requests with a `ticketId`, false only those without.
   */
  requireTicket?: boolean;
  /**
   * CEL that must be true, over `request`, `params`, `target`, `agent` and `now`. An error is not a match, and leaves a request undecided that the rule might have decided.
   */
  when?: string;
}
/**
 * What the target must be. Even an empty block asks that the target is known.
 */
export interface TargetMatch {
  /**
   * Environments of the target.
   *
   * Items: An environment.
   */
  environments?: ("dev" | "staging" | "prod")[];
  /**
   * Sensitivities of the target. A container counts as the most sensitive target in it.
   *
   * Items: A sensitivity.
   */
  sensitivities?: ("public" | "internal" | "restricted" | "critical")[];
  /**
   * Types of the target.
   *
   * Items: A type.
   */
  types?: string[];
  /**
   * Labels that the target must have, each with this value.
   */
  labels?: {
    /**
     * The value of the label.
     */
    [k: string]: string;
  };
}
/**
 * Who must be asking. Even an empty block asks that the agent is known.
 */
export interface CallerMatch {
  /**
   * Ids of agents.
   *
   * Items: An agent id.
   */
  agentIds?: string[];
  /**
   * Roles of the agent.
   *
   * Items: A role.
   */
  roles?: string[];
  /**
   * Groups of the agent.
   *
   * Items: A group.
   */
  groups?: string[];
  /**
   * Ids of agents of which one must stand anywhere in the chain of delegation.
   *
   * Items: An agent id.
   */
  delegatedFrom?: string[];
  /**
   * Deepest delegation that matches. 0 is an agent that asks for itself.
   */
  maxDelegationDepth?: number;
  /**
   * true matches only delegated requests, false only direct ones.
   */
  requireDelegation?: boolean;
}
/**
 * A daily window, from `start` up to but without `end`. One that ends before it starts runs past midnight and belongs to the day on which it began.
 */
export interface TimeWindow {
  /**
   * Days on which the window begins. The default is every day.
   *
   * Items: A day.
   */
  days?: ("mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun")[];
  /**
   * First minute, as in `09:00`.
   */
  start?: string;
  /**
   * First minute after the window, as in `17:00` or `24:00`.
   */
  end?: string;
  /**
   * Time zone of the IANA database, as in `Europe/Berlin`.
   */
  timeZone?: string;
}
/**
 * Who must approve, how, and for how long it counts.
 */
export interface ApprovalRequirement {
  /**
   * Name of the ApprovalProvider where people approve.
   */
  provider?: string;
  /**
   * Groups of people, all of which must approve, each by different people.
   */
  require?: ApproverGroup[];
  /**
   * How many eligible people who request changes make a denial.
   */
  denyCount?: number;
  /**
   * How long the request waits for people, as in `1h`.
   */
  ttl?: string;
  /**
   * How long after the approval the execution may begin, as in `15m`.
   */
  validFor?: string;
  /**
   * What happens when the state of the target has changed since it was shown.
   */
  onDrift?: "Reapprove" | "Deny" | "Warn";
  /**
   * How often a voided round of approval is opened again.
   */
  maxRounds?: number;
  /**
   * Whether a review must repeat the first 8 characters of the digest.
   */
  confirmDigest?: boolean;
  /**
   * Whether the last editor of the policy may not approve.
   */
  excludePolicyAuthor?: boolean;
  /**
   * Whether an agent without owners can be approved, for which nobody is excluded as its owner.
   */
  allowUnownedAgent?: boolean;
  /**
   * RE2 regular expression that the text of an approving review must match.
   */
  requireReasonPattern?: string;
  breakGlass?: BreakGlass;
}
/**
 * How many of whom must approve. Without `teams` and `users`, anybody with the permission counts.
 */
export interface ApproverGroup {
  /**
   * How many different people of this group must approve.
   */
  count?: number;
  /**
   * Teams of the provider, such as `acme/sre`.
   *
   * Items: A team.
   */
  teams?: string[];
  /**
   * People by user id at the provider. A login is accepted where the provider's map gives its id.
   *
   * Items: A user id.
   */
  users?: string[];
  /**
   * Least permission on the approvals repository that a voter must have.
   */
  minPermission?: "read" | "triage" | "write" | "maintain" | "admin";
}
/**
 * Who may approve alone in an emergency. It raises an alert and must be reviewed afterwards.
 */
export interface BreakGlass {
  /**
   * Teams of the provider.
   *
   * Items: A team.
   */
  teams: string[];
  /**
   * How soon the emergency must be reviewed, as in `24h`.
   */
  reviewWithin?: string;
}
/**
 * What the controller has found.
 */
export interface ActionPolicyStatus {
  /**
   * Generation that this status is about. -1 until the object has been looked at.
   */
  observedGeneration?: number;
  /**
   * Digest of the object's name and spec, which tickets and decisions cite.
   */
  digest?: string;
  /**
   * Number of rules that are not disabled.
   */
  ruleCount?: number;
  /**
   * State of the object: `Ready`, and `Reconciling` or `Stalled` only while they are true.
   */
  conditions?: Condition[];
}
