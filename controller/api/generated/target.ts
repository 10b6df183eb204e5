// Generated from crds/target.yaml by hack/generate.ts. Do not edit.
import type { Condition, ObjectMeta } from "../object.ts";

/**
 * An entry of the inventory. What is judged is what is touched; the target's resource gives the parameters of a request.
 */
export interface Target {
  apiVersion: "agentsafe.dev/v1alpha1";
  kind: "Target";
  metadata: ObjectMeta;
  spec: TargetSpec;
  status?: TargetStatus;
}
/**
 * What the target is and how much harm can be done to it.
 */
export interface TargetSpec {
  /**
   * What requests and policies name, unique among all targets. The default is the object's name.
   */
  id?: string;
  /**
   * Type, such as `k8s-deployment`. An action fits only its own types.
   */
  type: string;
  /**
   * Environment.
   */
  environment: "dev" | "staging" | "prod";
  /**
   * How much harm can be done to it.
   */
  sensitivity: "public" | "internal" | "restricted" | "critical";
  /**
   * For a container such as a namespace, node, cluster or bucket. `registered` asserts that everything that matters in it is registered as a Target, so that it is as sensitive as the most sensitive of these; otherwise it counts as critical.
   */
  contents?: "registered" | "unknown";
  /**
   * Team or person who answers for it.
   */
  owner?: string;
  /**
   * What it is.
   */
  description?: string;
  /**
   * Labels that policies select by. They are not the object's own labels.
   */
  labels?: {
    /**
     * The value of the label.
     */
    [k: string]: string;
  };
  resource?: TargetResource;
}
/**
 * The thing itself. Exactly one of `kubernetes` and `aws` must be given.
 */
export interface TargetResource {
  kubernetes?: KubernetesResource;
  aws?: AwsResource;
}
/**
 * An object in this cluster.
 */
export interface KubernetesResource {
  /**
   * API version, such as `apps/v1`.
   */
  apiVersion: string;
  /**
   * Kind, such as `Deployment`.
   */
  kind: string;
  /**
   * Namespace. Absent for an object that has none.
   */
  namespace?: string;
  /**
   * Name.
   */
  name: string;
}
/**
 * An AWS resource, by `arn`, or by `service`, `region`, `account` and `id`.
 */
export interface AwsResource {
  /**
   * ARN, without wildcards.
   */
  arn?: string;
  /**
   * Service, such as `ec2`.
   */
  service?: string;
  /**
   * Region, such as `eu-central-1`.
   */
  region?: string;
  /**
   * Account number.
   */
  account?: string;
  /**
   * Id within the service, such as `instance/i-0abc`.
   */
  id?: string;
}
/**
 * What the controller has found.
 */
export interface TargetStatus {
  /**
   * Generation that this status is about. -1 until the object has been looked at.
   */
  observedGeneration?: number;
  /**
   * Digest of the object's name and spec, which tickets and decisions cite.
   */
  digest?: string;
  /**
   * Sensitivity that counts: that of the target itself or of the most sensitive target in it.
   */
  effectiveSensitivity?: "public" | "internal" | "restricted" | "critical";
  /**
   * State of the object: `Ready`, and `Reconciling` or `Stalled` only while they are true.
   */
  conditions?: Condition[];
}
