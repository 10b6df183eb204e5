// Generated from crds/ by hack/generate.ts. Do not edit.

/**
 * Who asks, stamped at admission from the authenticated user. Leave it out.
 */
export interface Requester {
  /**
   * Username.
   */
  username: string;
  /**
   * UID of the user.
   */
  uid?: string;
  /**
   * Groups of the user.
   *
   * Items: A group.
   */
  groups?: string[];
  /**
   * Further attributes of the user, such as the pod and the id of its token.
   */
  extra?: {
    /**
     * Values of the attribute.
     *
     * Items: A value.
     */
    [k: string]: string[];
  };
}
/**
 * The ActionRequest that this one undoes.
 */
export interface ParentReference {
  /**
   * Name of the object in the same namespace.
   */
  name: string;
  /**
   * Its UID.
   */
  uid: string;
}
/**
 * An agent that lent its power.
 */
export interface DelegationLink {
  /**
   * Agent id.
   */
  id: string;
  /**
   * Name of the Agent.
   */
  name?: string;
  /**
   * UID of the Agent.
   */
  uid?: string;
  /**
   * Digest of the Agent.
   */
  digest?: string;
  /**
   * Roles that it lent.
   *
   * Items: A role.
   */
  roles?: string[];
  /**
   * Groups that it lent.
   *
   * Items: A group.
   */
  groups?: string[];
  /**
   * Name of the Delegation.
   */
  delegation?: string;
  /**
   * When it was lent.
   */
  at?: string;
}
/**
 * Who the requester is.
 */
export interface RequestAgent {
  /**
   * Agent id. One that was lent power stands under who lent it, as in `deploy-bot/helper-bot`.
   */
  id: string;
  /**
   * Name of the Agent.
   */
  name?: string;
  /**
   * UID of the Agent.
   */
  uid?: string;
  /**
   * Digest of the Agent.
   */
  digest?: string;
  /**
   * Roles that it was judged with.
   *
   * Items: A role.
   */
  roles?: string[];
  /**
   * Groups that it was judged with.
   *
   * Items: A group.
   */
  groups?: string[];
  /**
   * The chain of delegation, root first. Empty for an agent that asks for itself.
   */
  delegation?: DelegationLink[];
}
/**
 * Risk that the agent has gathered within the window.
 */
export interface CumulativeRisk {
  /**
   * Sum of the scores.
   */
  score: number;
  /**
   * Class of the sum.
   */
  class: "low" | "medium" | "high" | "critical";
}
/**
 * The decision.
 */
export interface LogPosition {
  /**
   * Name of the log.
   */
  origin: string;
  /**
   * Index of the event.
   */
  index: number;
}
/**
 * A Secret of `agent-safe-system` that is labelled for this use.
 */
export interface SecretReference {
  /**
   * Name of the Secret.
   */
  name: string;
}
