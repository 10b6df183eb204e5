import type { KubeClient } from "../../controller/runtime/client.ts";
import { writeFileAtomic } from "./files.ts";
import type { Logger } from "./logger.ts";
import { resources } from "./resources.ts";

/** Whose token, and for whom. */
export interface TokenSubject {
  namespace: string;
  serviceAccount: string;
  /** Whom the token is for; the API server unless told. */
  audience?: string;
}

/** A ServiceAccount's token to keep in a file. */
export interface TokenFile extends TokenSubject {
  file: string;
}

/** Seconds a token lives. */
const lifetimeSeconds = 3600;
const checkMs = 30_000;

/** A new token of a ServiceAccount. Rejects with KubeError. */
export async function requestToken(client: KubeClient, subject: TokenSubject, seconds: number): Promise<string> {
  const { namespace, serviceAccount: name, audience } = subject;
  const audiences = audience === undefined ? {} : { audiences: [audience] };
  const answer = await client.createSubresource<{ status: { token: string } }>(
    resources.serviceAccounts,
    { name, namespace },
    "token",
    {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: { expirationSeconds: seconds, ...audiences },
    },
  );
  return answer.status.token;
}

/**
 * Writes the token files, and renews each when half of its life is over, until the function it resolves with is called.
 * By the clock rather than by a long timer, so that a laptop that slept renews soon after it wakes up.
 */
export async function keepTokenFiles(
  client: KubeClient,
  files: readonly TokenFile[],
  logger: Logger,
): Promise<() => void> {
  const due = new Map<TokenFile, number>();
  const renew = async (entry: TokenFile) => {
    writeFileAtomic(entry.file, await requestToken(client, entry, lifetimeSeconds));
    due.set(entry, Date.now() + (lifetimeSeconds * 1000) / 2);
  };
  await Promise.all(files.map(renew));
  const timer = setInterval(() => {
    for (const entry of files) {
      if (Date.now() < (due.get(entry) ?? 0)) continue;
      renew(entry).catch((error: Error) =>
        logger.info(`token of ${entry.serviceAccount}: ${error.message}; trying again`),
      );
    }
  }, checkMs);
  timer.unref();
  return () => clearInterval(timer);
}
