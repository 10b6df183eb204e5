// Generated from crds/credentialprovider.yaml by hack/generate.ts. Do not edit.
import type { Condition, ObjectMeta } from "../object.ts";
import type { SecretReference } from "./shared.ts";

/**
 * Where the credential of one execution comes from. There is never a fall-back to the executor's own rights.
 */
export interface CredentialProvider {
  apiVersion: "agentsafe.dev/v1alpha1";
  kind: "CredentialProvider";
  metadata: ObjectMeta;
  spec: CredentialProviderSpec;
  status?: CredentialProviderStatus;
}
/**
 * Kind of provider and its settings.
 */
export interface CredentialProviderSpec {
  /**
   * Where credentials come from: TokenRequest, STS, the environment, a Secret or Vault.
   */
  type: "kubernetes" | "aws" | "env" | "secret" | "vault";
  /**
   * What the provider is for.
   */
  description?: string;
  kubernetes?: KubernetesCredentials;
  aws?: AwsCredentials;
  env?: EnvCredentials;
  secret?: SecretCredentials;
  vault?: VaultCredentials;
}
/**
 * Settings of the type kubernetes.
 */
export interface KubernetesCredentials {
  /**
   * Audiences of the token. The default is that of the API server.
   *
   * Items: An audience.
   */
  audiences?: string[];
  /**
   * Life of the token in seconds; 600 is the shortest that Kubernetes gives.
   */
  expirationSeconds?: number;
}
/**
 * Settings of the type aws.
 */
export interface AwsCredentials {
  /**
   * Role that is assumed. A session policy narrows it to the one resource.
   */
  roleArn: string;
  /**
   * Region of STS.
   */
  region?: string;
  /**
   * External id that the role's trust asks for.
   */
  externalId?: string;
  /**
   * Life of the session in seconds; 900 is the shortest that AWS gives.
   */
  durationSeconds?: number;
  /**
   * Endpoint in place of the usual one.
   */
  endpoint?: string;
}
/**
 * Settings of the type env. For development.
 */
export interface EnvCredentials {
  /**
   * What the variables' names begin with.
   */
  prefix: string;
}
/**
 * Settings of the type secret.
 */
export interface SecretCredentials {
  /**
   * A Secret of `agent-safe-system` that is labelled for this use.
   */
  secretRef: SecretReference;
}
/**
 * Settings of the type vault.
 */
export interface VaultCredentials {
  /**
   * URL of the server.
   */
  address: string;
  /**
   * Path of the secrets engine that issues.
   */
  path: string;
  /**
   * Role to log in with.
   */
  role: string;
  /**
   * Namespace of the server.
   */
  namespace?: string;
  /**
   * A Secret of `agent-safe-system` that is labelled for this use.
   */
  caSecretRef?: SecretReference;
}
/**
 * What the controller has found.
 */
export interface CredentialProviderStatus {
  /**
   * Generation that this status is about. -1 until the object has been looked at.
   */
  observedGeneration?: number;
  /**
   * Digest of the object's name and spec, which tickets and decisions cite.
   */
  digest?: string;
  /**
   * When a credential was last issued.
   */
  lastIssuedAt?: string;
  /**
   * State of the object: `Ready`, and `Reconciling` or `Stalled` only while they are true.
   */
  conditions?: Condition[];
}
