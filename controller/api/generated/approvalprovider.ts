// Generated from crds/approvalprovider.yaml by hack/generate.ts. Do not edit.
import type { Condition, ObjectMeta } from "../object.ts";
import type { SecretReference } from "./shared.ts";

/**
 * Where people approve what policy sends to them. Who is who there stands here too, so that only who may edit this object says whose review counts. A rule names it by `approval.provider`; `default` serves rules that name none.
 */
export interface ApprovalProvider {
  apiVersion: "agentsafe.dev/v1alpha1";
  kind: "ApprovalProvider";
  metadata: ObjectMeta;
  spec: ApprovalProviderSpec;
  status?: ApprovalProviderStatus;
}
/**
 * Kind of provider and its settings.
 */
export interface ApprovalProviderSpec {
  /**
   * A plain Git repository, GitHub, or Gitea and Forgejo.
   */
  type: "git" | "github" | "gitea";
  /**
   * What the provider is for.
   */
  description?: string;
  /**
   * How often it is asked for news, as in `30s`. Webhooks only make it faster.
   */
  pollInterval?: string;
  /**
   * Whether nothing is opened while the repository is not protected as it should be (condition `Hardened`).
   */
  strict?: boolean;
  /**
   * People by their id at the provider: their login, for people to read and for policy to name, and who they are in this cluster, so that nobody approves what they asked for themselves.
   */
  users?: ApprovalUser[];
  git?: GitApprovals;
  github?: GithubApprovals;
  gitea?: GiteaApprovals;
}
/**
 * A person.
 */
export interface ApprovalUser {
  /**
   * Id at the provider, which a renamed login does not change.
   */
  userId: string;
  /**
   * Login at the provider.
   */
  login?: string;
  /**
   * Usernames of the person at the API server.
   *
   * Items: A username.
   */
  usernames?: string[];
}
/**
 * Settings of the type git.
 */
export interface GitApprovals {
  /**
   * The repository: a path that the controller can write, or an https or ssh URL.
   */
  url: string;
  /**
   * The branch that records what was approved.
   */
  branch?: string;
  /**
   * A Secret of `agent-safe-system` that is labelled for this use.
   */
  authSecretRef?: SecretReference;
  /**
   * People whose signed reviews count.
   */
  signers?: Signer[];
}
/**
 * A reviewer.
 */
export interface Signer {
  /**
   * Id of the person, also a part of the names of review branches.
   */
  userId: string;
  /**
   * Public SSH keys, each as in a `.pub` file.
   *
   * Items: A public key.
   */
  keys: string[];
  /**
   * Teams that the person is a member of.
   *
   * Items: A team.
   */
  teams?: string[];
  /**
   * What the person may do in the repository.
   */
  permission?: "read" | "triage" | "write" | "maintain" | "admin";
}
/**
 * Settings of the type github.
 */
export interface GithubApprovals {
  /**
   * URL of the REST API; for GitHub Enterprise `https://HOST/api/v3`.
   */
  baseUrl?: string;
  /**
   * Owner of the repository.
   */
  owner: string;
  /**
   * Name of the repository.
   */
  repository: string;
  /**
   * The branch that pull requests go to.
   */
  branch?: string;
  app?: GithubApp;
  /**
   * A Secret of `agent-safe-system` that is labelled for this use.
   */
  tokenSecretRef?: SecretReference;
  /**
   * A Secret of `agent-safe-system` that is labelled for this use.
   */
  webhookSecretRef?: SecretReference;
}
/**
 * Signs in as a GitHub App.
 */
export interface GithubApp {
  /**
   * Id of the App.
   */
  appId: number;
  /**
   * Id of its installation.
   */
  installationId: number;
  /**
   * A Secret of `agent-safe-system` that is labelled for this use.
   */
  privateKeySecretRef: SecretReference;
}
/**
 * Settings of the type gitea.
 */
export interface GiteaApprovals {
  /**
   * URL of the server, such as `https://git.example.com`.
   */
  baseUrl: string;
  /**
   * Owner of the repository.
   */
  owner: string;
  /**
   * Name of the repository.
   */
  repository: string;
  /**
   * The branch that pull requests go to.
   */
  branch?: string;
  /**
   * A Secret of `agent-safe-system` that is labelled for this use.
   */
  tokenSecretRef: SecretReference;
  /**
   * A Secret of `agent-safe-system` that is labelled for this use.
   */
  webhookSecretRef?: SecretReference;
  /**
   * A Secret of `agent-safe-system` that is labelled for this use.
   */
  caSecretRef?: SecretReference;
}
/**
 * What the controller has found.
 */
export interface ApprovalProviderStatus {
  /**
   * Generation that this status is about. -1 until the object has been looked at.
   */
  observedGeneration?: number;
  /**
   * Digest of the object's name and spec.
   */
  digest?: string;
  /**
   * Id of the repository at the provider, which a renamed repository keeps.
   */
  repositoryId?: string;
  /**
   * The controller's own user id at the provider.
   */
  self?: string;
  /**
   * Rounds that wait for people.
   */
  openRounds?: number;
  /**
   * When the provider last answered.
   */
  lastContactAt?: string;
  /**
   * State of the object: `Ready`, and `Reconciling` or `Stalled` only while they are true.
   */
  conditions?: Condition[];
}
