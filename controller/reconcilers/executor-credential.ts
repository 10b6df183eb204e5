import { credentialSecretName } from "../api/constants.ts";
import type { ActionRequest, Target } from "../api/types.ts";
import { type Credential, issueCredential, revokeCredential } from "../credentials/issue.ts";
import { accountName } from "../credentials/names.ts";
import { requestEvent } from "./executor-events.ts";
import type { ExecutorScope } from "./executor-options.ts";

/** Whose credential is needed. */
export interface CredentialFor {
  request: ActionRequest;
  target: Target;
}

/** Mints the credential of a claimed attempt, or the one that looks (`secretName`) after a crash. Throws CredentialError and AuditError. */
export async function obtainCredential(
  scope: ExecutorScope,
  { request, target }: CredentialFor,
  secretName?: string,
): Promise<Credential> {
  const { client, transport, credentialsNamespace: namespace, times } = scope;
  const { uid = "" } = request.metadata;
  const account = accountName(request.spec.action, target.spec.resource?.kubernetes?.namespace);
  const credential = await issueCredential({
    client,
    withToken: (token) => transport.withToken(token),
    namespace,
    account,
    secretName: secretName ?? credentialSecretName(uid, request.status?.claim?.attempt ?? 1),
    requestUid: uid,
    timeoutMs: times.callMs,
  });
  try {
    const { secretName: secret, expiresAt } = credential;
    await scope.audit.append(requestEvent(scope, request, "credential.issued", { account, secret, expiresAt }));
  } catch (error) {
    await revokeCredential({
      client,
      namespace,
      secretName: credential.secretName,
      secretUid: credential.secretUid,
      timeoutMs: times.callMs,
    });
    throw error;
  }
  return credential;
}

/** Revokes a credential. False when that failed: then the request is not settled, and it is tried again. */
export async function withdrawCredential(
  scope: ExecutorScope,
  request: ActionRequest,
  credential: Credential | null,
): Promise<boolean> {
  if (credential === null) return true;
  const { client, credentialsNamespace: namespace, times, logger } = scope;
  const { secretName, secretUid, account } = credential;
  try {
    await revokeCredential({ client, namespace, secretName, secretUid, timeoutMs: times.callMs });
    await scope.audit.append(requestEvent(scope, request, "credential.revoked", { account, secret: secretName }));
    return true;
  } catch (error) {
    logger.error({ err: error, secret: secretName }, "the credential was not revoked");
    return false;
  }
}
