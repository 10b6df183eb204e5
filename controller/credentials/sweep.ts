import { CREDENTIAL_SECRET_TYPE, SECRETS } from "../api/constants.ts";
import type { KubeClient, Logger } from "../runtime/index.ts";
import { isKubeError } from "../runtime/index.ts";
import type { CredentialSecret } from "./fence.ts";
import { isTombstone } from "./fence.ts";

export interface SweepOptions {
  client: KubeClient;
  namespace: string;
  /** Whether a request is still in the works; what it may need is left alone. */
  isOpen: (requestUid: string) => boolean;
  /** Epoch ms. */
  clock: () => number;
  /** Credentials that a crash left are deleted at this age; default 15 min, longer than any token lives. */
  credentialAgeMs?: number;
  /** Tombstones stay this long, default 24 h: no paused process still has a ticket, let alone a deadline, by then. */
  tombstoneAgeMs?: number;
  timeoutMs: number;
  logger?: Logger;
}

/** Deletes binding Secrets and tombstones that nobody needs. Returns how many. Throws KubeError. */
export async function sweepCredentials(options: SweepOptions): Promise<number> {
  const { client, namespace, isOpen, clock, timeoutMs, logger } = options;
  const credentialAge = options.credentialAgeMs ?? 15 * 60_000;
  const tombstoneAge = options.tombstoneAgeMs ?? 24 * 3_600_000;
  const { items } = await client.list<CredentialSecret>(SECRETS, {
    namespace,
    fieldSelector: `type=${CREDENTIAL_SECRET_TYPE}`,
    timeoutMs,
  });
  let deleted = 0;
  for (const secret of items) {
    const { name, uid, creationTimestamp } = secret.metadata;
    if (name === undefined || uid === undefined || creationTimestamp === undefined) continue;
    const age = clock() - Date.parse(creationTimestamp);
    if (age < (isTombstone(secret) ? tombstoneAge : credentialAge) || isOpen(requestUidOf(name))) continue;
    try {
      await client.delete(SECRETS, { name, namespace }, { uid, timeoutMs });
      deleted += 1;
    } catch (error) {
      if (!isKubeError(error, "NOT_FOUND", "CONFLICT")) throw error;
    }
  }
  if (deleted > 0) logger?.info({ deleted }, "left-over credential Secrets deleted");
  return deleted;
}

/** A UID is five groups; the attempt follows. */
function requestUidOf(secretName: string): string {
  return secretName.split("-").slice(0, 5).join("-");
}
