// Generated from crds/auditlog.yaml by hack/generate.ts. Do not edit.
import type { Condition, ObjectMeta } from "../object.ts";

/**
 * The state of one audit log, named by the role that writes it.
 */
export interface AuditLog {
  apiVersion: "agentsafe.dev/v1alpha1";
  kind: "AuditLog";
  metadata: ObjectMeta;
  status?: AuditLogStatus;
}
/**
 * What the controller has found.
 */
export interface AuditLogStatus {
  /**
   * Generation that this status is about. -1 until the object has been looked at.
   */
  observedGeneration?: number;
  /**
   * Digest of the object's name and spec, which tickets and decisions cite.
   */
  digest?: string;
  /**
   * Name of the log, as in `agent-safe/<cluster uid>/controller`.
   */
  origin?: string;
  /**
   * Number of times that the writer has opened the log.
   */
  epoch?: number;
  /**
   * Number of events.
   */
  size?: number;
  /**
   * Root of the Merkle tree over these events, in base64.
   */
  root?: string;
  /**
   * When the last event was written.
   */
  lastEventAt?: string;
  lastCheckpoint?: AuditCheckpoint;
  lastAnchor?: AuditAnchor;
  verified?: AuditVerification;
  /**
   * How far copies elsewhere have come.
   */
  shippers?: AuditShipper[];
  /**
   * State of the object: `Ready`, and `Reconciling` or `Stalled` only while they are true.
   */
  conditions?: Condition[];
}
/**
 * The last signed checkpoint.
 */
export interface AuditCheckpoint {
  /**
   * Number of events that it covers.
   */
  size: number;
  /**
   * Root of the tree over them, in base64.
   */
  root: string;
  /**
   * Id of the key that signed it.
   */
  keyId?: string;
  /**
   * When it was signed.
   */
  at: string;
}
/**
 * The last checkpoint that was anchored outside.
 */
export interface AuditAnchor {
  /**
   * Number of events that it covers.
   */
  size: number;
  /**
   * Where it is anchored.
   */
  location?: string;
  /**
   * When it was anchored.
   */
  at: string;
}
/**
 * The last verification.
 */
export interface AuditVerification {
  /**
   * Whether everything fitted.
   */
  ok: boolean;
  /**
   * Number of events that were verified.
   */
  size: number;
  /**
   * What did not fit.
   */
  message?: string;
  /**
   * When it was verified.
   */
  at: string;
}
/**
 * One copy elsewhere.
 */
export interface AuditShipper {
  /**
   * Name of the shipper.
   */
  name: string;
  /**
   * Index of the last event that arrived.
   */
  index?: number;
  /**
   * Number of events that have not arrived.
   */
  lag?: number;
  /**
   * Why the last attempt failed.
   */
  lastError?: string;
}
