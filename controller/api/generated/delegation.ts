// Generated from crds/delegation.yaml by hack/generate.ts. Do not edit.
import type { Condition, ObjectMeta } from "../object.ts";
import type { DelegationLink, ParentReference, Requester } from "./shared.ts";

/**
 * An agent lends another one a part of its roles and groups, for some actions and targets, for a while. It never changes, except that it can be revoked.
 */
export interface Delegation {
  apiVersion: "agentsafe.dev/v1alpha1";
  kind: "Delegation";
  metadata: ObjectMeta;
  spec: DelegationSpec;
  status?: DelegationStatus;
}
/**
 * What is lent to whom. It never changes, except that `revoked` can be set.
 */
export interface DelegationSpec {
  /**
   * Id of the Agent that may act under it, as that Agent's `spec.agentId` has it.
   */
  to: string;
  /**
   * The Delegation under which the delegator itself acts. Leave it out to lend what is one's own.
   */
  parentRef?: ParentReference;
  /**
   * Roles that are lent. The default is none; they are never inherited.
   *
   * Items: A role.
   */
  roles?: string[];
  /**
   * Groups that are lent. The default is none; they are never inherited.
   *
   * Items: A group.
   */
  groups?: string[];
  /**
   * Names of actions that may be asked for, with `*`, `?` and `[…]` as wildcards. The default is all that the delegator may ask for.
   *
   * Items: A name or pattern.
   */
  actions?: string[];
  targets?: DelegationTargets;
  /**
   * How long it holds from its creation, as in `1h`. It never outlives the Delegation that it is under.
   */
  ttl?: string;
  /**
   * How deep the power may be lent on, this Delegation being 1. The default is 1, so that the receiver can't lend it on.
   */
  maxDepth?: number;
  /**
   * Why, for people and for the audit log.
   */
  reason?: string;
  /**
   * Whether it was taken back. It never goes back to false.
   */
  revoked?: boolean;
  /**
   * Who lends, stamped at admission from the authenticated user. Leave it out.
   */
  requester?: Requester;
}
/**
 * What the targets must be; all that is given must hold. The default is all targets of the delegator.
 */
export interface DelegationTargets {
  /**
   * Ids of targets, with `*`, `?` and `[…]` as wildcards.
   *
   * Items: An id or pattern.
   */
  ids?: string[];
  /**
   * Environments of the target.
   *
   * Items: An environment.
   */
  environments?: ("dev" | "staging" | "prod")[];
  /**
   * Sensitivities of the target.
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
 * What the controller has found.
 */
export interface DelegationStatus {
  /**
   * Generation that this status is about. -1 until the object has been looked at.
   */
  observedGeneration?: number;
  /**
   * Id of the agent with which the chain begins, whose budget is charged.
   */
  root?: string;
  /**
   * Id of the agent that lends.
   */
  delegator?: string;
  /**
   * Id under which the receiver acts, as in `deploy-bot/helper-bot`.
   */
  agent?: string;
  /**
   * Its place in the chain, from 1.
   */
  depth?: number;
  /**
   * When it ends.
   */
  expiresAt?: string;
  /**
   * The chain of delegation, root first, the delegator last.
   *
   * Items: An agent that lent its power.
   */
  chain?: DelegationLink[];
  /**
   * State of the object: `Ready`, whose reason is `Accepted`, `Invalid`, `Expired` or `Revoked`, and `Reconciling` or `Stalled` only while they are true.
   */
  conditions?: Condition[];
}
