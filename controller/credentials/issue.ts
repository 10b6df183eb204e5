import { CREDENTIAL_SECRET_TYPE, SECRETS, SERVICE_ACCOUNTS } from "../api/constants.ts";
import type { KubeClient, KubeObject, Transport } from "../runtime/index.ts";
import { createClient, isKubeError } from "../runtime/index.ts";
import { CredentialError } from "./errors.ts";

/** The shortest life that the TokenRequest API gives. */
const TOKEN_SECONDS = 600;

export interface IssueCredentialOptions {
  /** The executor's own client: it may create Secrets here and tokens of action accounts, nothing more. */
  client: KubeClient;
  /** Its transport with another bearer token: same server, same CA. */
  withToken: (token: string) => Transport;
  /** `agent-safe-credentials`. */
  namespace: string;
  /** Of the ServiceAccount, from `accountName`. */
  account: string;
  /** Of the binding Secret, from `credentialSecretName`. */
  secretName: string;
  requestUid: string;
  /** For each API call. */
  timeoutMs: number;
}

export interface Credential {
  /** A client that is the action's account. */
  client: KubeClient;
  account: string;
  secretName: string;
  /** UID of the binding Secret; the token dies with it. */
  secretUid: string;
  /** RFC 3339. */
  expiresAt: string;
}

/**
 * Mints the credential of one attempt: a Secret that is created (never updated), and a token bound to exactly that Secret.
 * A Secret or tombstone that is already there ends it: `FENCED`. Throws CredentialError.
 */
export async function issueCredential(options: IssueCredentialOptions): Promise<Credential> {
  const { client, namespace, account, secretName, timeoutMs } = options;
  const secretUid = await createBindingSecret(options);
  try {
    const answer = await client.createSubresource<TokenRequest>(
      SERVICE_ACCOUNTS,
      { name: account, namespace },
      "token",
      {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenRequest",
        spec: {
          expirationSeconds: TOKEN_SECONDS,
          boundObjectRef: { apiVersion: "v1", kind: "Secret", name: secretName, uid: secretUid },
        },
      },
      { timeoutMs },
    );
    const transport = options.withToken(answer.status.token);
    return {
      client: createClient(transport),
      account,
      secretName,
      secretUid,
      expiresAt: answer.status.expirationTimestamp,
    };
  } catch (cause) {
    await revokeCredential({ client, namespace, secretName, secretUid, timeoutMs });
    throw mintError(cause, account);
  }
}

interface TokenRequest {
  status: { token: string; expirationTimestamp: string };
}

async function createBindingSecret(options: IssueCredentialOptions): Promise<string> {
  const { client, namespace, secretName, requestUid, timeoutMs } = options;
  const secret: KubeObject & { type: string; immutable: boolean; data: Record<string, string> } = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: secretName, namespace },
    type: CREDENTIAL_SECRET_TYPE,
    immutable: true,
    data: { request: Buffer.from(requestUid).toString("base64") },
  };
  try {
    const created = await client.create(SECRETS, secret, { timeoutMs });
    if (created.metadata.uid === undefined) throw new TypeError("the API server returned a Secret without uid");
    return created.metadata.uid;
  } catch (cause) {
    if (isKubeError(cause, "ALREADY_EXISTS")) {
      throw new CredentialError("FENCED", "this attempt's credential was already issued, or fenced off by a recovery", {
        cause,
      });
    }
    if (isKubeError(cause, "FORBIDDEN")) {
      throw new CredentialError("FORBIDDEN", "the executor may not create its credential Secret", { cause });
    }
    throw new CredentialError("UNAVAILABLE", "the credential Secret could not be created", { cause });
  }
}

function mintError(cause: unknown, account: string): CredentialError {
  if (isKubeError(cause, "NOT_FOUND")) {
    // Either the account or, after a recovery, the Secret is gone; both mean that nothing may be done.
    return new CredentialError(
      "NO_ACCOUNT",
      `no account ${account}: run \`agent-safe rbac generate\` for this action and target`,
      { cause },
    );
  }
  if (isKubeError(cause, "FORBIDDEN")) {
    return new CredentialError(
      "FORBIDDEN",
      `the executor may not mint for ${account}: run \`agent-safe rbac generate\``,
      { cause },
    );
  }
  if (isKubeError(cause, "CONFLICT")) {
    return new CredentialError("FENCED", "the credential Secret was replaced while a token was minted", { cause });
  }
  return new CredentialError("UNAVAILABLE", `no token for ${account}`, { cause });
}

export interface RevokeOptions {
  client: KubeClient;
  namespace: string;
  secretName: string;
  /** Only this very Secret is deleted, never a tombstone of the same name. */
  secretUid: string;
  timeoutMs: number;
}

/** Deletes the binding Secret; the API server refuses the token within about 10 s. A Secret that is gone is fine. Throws CredentialError `REVOKE_FAILED`. */
export async function revokeCredential({
  client,
  namespace,
  secretName,
  secretUid,
  timeoutMs,
}: RevokeOptions): Promise<void> {
  try {
    await client.delete(SECRETS, { name: secretName, namespace }, { uid: secretUid, timeoutMs });
  } catch (cause) {
    if (isKubeError(cause, "NOT_FOUND", "CONFLICT")) return;
    throw new CredentialError("REVOKE_FAILED", `credential Secret ${secretName} could not be deleted`, { cause });
  }
}
