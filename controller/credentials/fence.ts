import { CREDENTIAL_SECRET_TYPE, SECRETS, TOMBSTONE_KEY } from "../api/constants.ts";
import type { KubeClient, KubeObject } from "../runtime/index.ts";
import { isKubeError, sleep } from "../runtime/index.ts";

/** A Secret as far as this room reads it. */
export interface CredentialSecret extends KubeObject {
  type?: string;
  data?: Record<string, string>;
}

/** How long a token can still act after its Secret is gone, in ms. */
export interface FenceTimes {
  /** The API server remembers a good token for this long (10 s). */
  tokenCacheMs: number;
  /** A call that was sent before ends at the latest after this. */
  callDeadlineMs: number;
}

export interface FenceOptions {
  client: KubeClient;
  namespace: string;
  secretName: string;
  times: FenceTimes;
  timeoutMs: number;
  signal?: AbortSignal;
}

/** Rounds against an executor that creates its Secret in between. It does so once, so two rounds are enough. */
const ROUNDS = 5;

/**
 * Takes an attempt's power away for good: its Secret is deleted, a tombstone takes the name, so that an executor that
 * wakes up can mint nothing, and what it may have sent before has ended when this resolves. Throws KubeError.
 */
export async function fenceCredential(options: FenceOptions): Promise<void> {
  await placeTombstone(options);
  await sleep(options.times.tokenCacheMs + options.times.callDeadlineMs, options.signal);
  options.signal?.throwIfAborted();
}

/** The first half of a fence: enough where no token can have been minted yet. */
export async function placeTombstone({
  client,
  namespace,
  secretName,
  timeoutMs,
  signal,
}: FenceOptions): Promise<void> {
  const ref = { name: secretName, namespace };
  const tombstone: CredentialSecret & { immutable: boolean } = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: ref,
    type: CREDENTIAL_SECRET_TYPE,
    immutable: true,
    data: { [TOMBSTONE_KEY]: "" },
  };
  for (let round = 1; ; round += 1) {
    try {
      await client.create(SECRETS, tombstone, { timeoutMs, signal });
      return;
    } catch (error) {
      if (!isKubeError(error, "ALREADY_EXISTS") || round === ROUNDS) throw error;
    }
    try {
      const found = await client.get<CredentialSecret>(SECRETS, ref, { timeoutMs, signal });
      if (isTombstone(found)) return;
      await client.delete(SECRETS, ref, { uid: found.metadata.uid, timeoutMs, signal });
    } catch (error) {
      if (!isKubeError(error, "NOT_FOUND", "CONFLICT")) throw error;
    }
  }
}

/** Whether a Secret only holds a name that must not be used again. */
export function isTombstone(secret: CredentialSecret): boolean {
  return secret.data?.[TOMBSTONE_KEY] !== undefined;
}
