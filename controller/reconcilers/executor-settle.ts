import { credentialSecretName, SECRETS } from "../api/constants.ts";
import type { ActionRequest } from "../api/types.ts";
import { type CredentialSecret, isTombstone } from "../credentials/fence.ts";
import { revokeCredential } from "../credentials/issue.ts";
import { isKubeError } from "../runtime/index.ts";
import type { ExecutorScope } from "./executor-options.ts";
import { readAgain, writeStage } from "./executor-write.ts";

/** Ends a finished request whose credential could not be revoked at once, or whose executor died before it was marked as settled. */
export async function settle(scope: ExecutorScope, seen: ActionRequest): Promise<undefined> {
  const write = { client: scope.client, clock: scope.clock, timeoutMs: scope.times.callMs };
  const request = await readAgain(seen, write);
  if (request?.status?.claim === undefined || request.status.settled === true) return;
  await revokeLeftover(scope, credentialSecretName(request.metadata.uid ?? "", request.status.claim.attempt));
  await writeStage(request, { kind: "settled" }, write);
}

async function revokeLeftover(
  { client, credentialsNamespace: namespace, times }: ExecutorScope,
  secretName: string,
): Promise<void> {
  const timeoutMs = times.callMs;
  let secret: CredentialSecret;
  try {
    secret = await client.get<CredentialSecret>(SECRETS, { name: secretName, namespace }, { timeoutMs });
  } catch (error) {
    if (isKubeError(error, "NOT_FOUND")) return;
    throw error;
  }
  // A tombstone stays: an executor that was paused may still wake up.
  if (isTombstone(secret)) return;
  await revokeCredential({ client, namespace, secretName, secretUid: secret.metadata.uid ?? "", timeoutMs });
}
