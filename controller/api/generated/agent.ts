// Generated from crds/agent.yaml by hack/generate.ts. Do not edit.
import type { Condition, ObjectMeta } from "../object.ts";

/**
 * An agent, that is, which authenticated subjects it is, and what roles and groups it has. A subject that no Agent or more than one maps is denied.
 */
export interface Agent {
  apiVersion: "agentsafe.dev/v1alpha1";
  kind: "Agent";
  metadata: ObjectMeta;
  spec: AgentSpec;
  status?: AgentStatus;
}
/**
 * Who the agent is.
 */
export interface AgentSpec {
  /**
   * Id that policies and the audit log name. The default is the object's name. It holds no `/`, which is in the ids of those that act under a Delegation.
   */
  agentId?: string;
  /**
   * What the agent is for.
   */
  description?: string;
  /**
   * Who authenticates as this agent.
   */
  subjects: AgentSubject[];
  /**
   * Roles that policies select by.
   *
   * Items: A role.
   */
  roles?: string[];
  /**
   * Groups that policies select by.
   *
   * Items: A group.
   */
  groups?: string[];
  /**
   * People who run the agent. They may never approve what it asks for.
   */
  owners?: AgentOwner[];
  /**
   * Name of the RiskProfile that limits the agent.
   */
  riskProfile?: string;
  /**
   * The kill switch: everything that the agent asks for is denied, also what has a ticket already.
   */
  suspended?: boolean;
}
/**
 * One authenticated subject.
 */
export interface AgentSubject {
  /**
   * Kind of the subject.
   */
  kind: "ServiceAccount" | "User" | "Group" | "JWT";
  /**
   * Namespace of a ServiceAccount.
   */
  namespace?: string;
  /**
   * Name of the ServiceAccount, user or group.
   */
  name?: string;
  /**
   * Issuer of a JWT.
   */
  issuer?: string;
  /**
   * Subject of a JWT.
   */
  subject?: string;
}
/**
 * A person.
 */
export interface AgentOwner {
  /**
   * Name of the ApprovalProvider that knows the person.
   */
  provider: string;
  /**
   * Id of the person at the provider, which a renamed login does not change.
   */
  userId: string;
  /**
   * Login, for people to read only.
   */
  login?: string;
}
/**
 * What the controller has found.
 */
export interface AgentStatus {
  /**
   * Generation that this status is about. -1 until the object has been looked at.
   */
  observedGeneration?: number;
  /**
   * Digest of the object's name and spec, which tickets and decisions cite.
   */
  digest?: string;
  budget?: AgentBudget;
  breaker?: AgentBreaker;
  cumulativeRisk?: AgentCumulativeRisk;
  /**
   * When the agent last asked for something.
   */
  lastRequestAt?: string;
  /**
   * State of the object: `Ready`, and `Reconciling` or `Stalled` only while they are true.
   */
  conditions?: Condition[];
}
/**
 * How much of its rate the agent has used.
 */
export interface AgentBudget {
  /**
   * Requests within the window.
   */
  used?: number;
  /**
   * Requests that the window allows.
   */
  limit?: number;
  /**
   * Length of the window in seconds.
   */
  windowSeconds?: number;
}
/**
 * The circuit breaker.
 */
export interface AgentBreaker {
  /**
   * Whether it lets requests through (Closed).
   */
  state?: "Closed" | "Open";
  /**
   * When an open breaker closes.
   */
  until?: string;
}
/**
 * Risk that the agent has gathered within the window.
 */
export interface AgentCumulativeRisk {
  /**
   * Sum of the scores.
   */
  score?: number;
  /**
   * Class of the sum.
   */
  class?: "low" | "medium" | "high" | "critical";
}
