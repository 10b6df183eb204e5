// Generated from crds/riskprofile.yaml by hack/generate.ts. Do not edit.
import type { Condition, ObjectMeta } from "../object.ts";

/**
 * Limits that hold for every agent whose `spec.riskProfile` names it; `default` holds for all that name none. A block that is left out is off.
 */
export interface RiskProfile {
  apiVersion: "agentsafe.dev/v1alpha1";
  kind: "RiskProfile";
  metadata: ObjectMeta;
  spec: RiskProfileSpec;
  status?: RiskProfileStatus;
}
/**
 * The limits.
 */
export interface RiskProfileSpec {
  /**
   * What the profile is for.
   */
  description?: string;
  rateLimit?: RateLimit;
  circuitBreaker?: CircuitBreaker;
  cumulativeRisk?: CumulativeRiskLimit;
}
/**
 * How many requests an agent may make within a sliding window.
 */
export interface RateLimit {
  /**
   * Requests that the window allows.
   */
  maxRequests?: number;
  /**
   * Length of the window, as in `1m`.
   */
  window?: string;
}
/**
 * Refuses everything for a while after too many denials.
 */
export interface CircuitBreaker {
  /**
   * Denials within the window that open the breaker.
   */
  threshold: number;
  /**
   * Length of the window in which denials are counted, as in `1m`.
   */
  window?: string;
  /**
   * How long an open breaker refuses, as in `5m`. Then it closes and forgets the denials.
   */
  cooldown?: string;
}
/**
 * How much risk an agent may gather within a sliding window. Each request that policy does not deny adds the score of its effective risk.
 */
export interface CumulativeRiskLimit {
  /**
   * Length of the window, as in `1h`.
   */
  window?: string;
  scores?: RiskScores;
  /**
   * Sum, the request's own score included, from which an allow needs approval.
   */
  escalateAt?: number;
  /**
   * Sum, the request's own score included, from which a request is denied.
   */
  denyAt?: number;
}
/**
 * Score of each effective risk.
 */
export interface RiskScores {
  /**
   * Score of a low risk.
   */
  low?: number;
  /**
   * Score of a medium risk.
   */
  medium?: number;
  /**
   * Score of a high risk.
   */
  high?: number;
  /**
   * Score of a critical risk.
   */
  critical?: number;
}
/**
 * What the controller has found.
 */
export interface RiskProfileStatus {
  /**
   * Generation that this status is about. -1 until the object has been looked at.
   */
  observedGeneration?: number;
  /**
   * Digest of the object's name and spec.
   */
  digest?: string;
  /**
   * State of the object: `Ready`, and `Reconciling` or `Stalled` only while they are true.
   */
  conditions?: Condition[];
}
