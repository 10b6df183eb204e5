import { type ClusterAccess, kubectl } from "./cluster-access.ts";
import { writeFileAtomic } from "./files.ts";
import type { Logger } from "./logger.ts";

/** A ServiceAccount's token to keep in a file. */
export interface TokenFile {
  namespace: string;
  serviceAccount: string;
  file: string;
  /** Whom the token is for; the API server unless told. */
  audience?: string;
}

/** Seconds a token lives. */
const lifetimeSeconds = 3600;
const checkMs = 30_000;

/** A new token of a ServiceAccount. */
export async function requestToken(
  access: ClusterAccess,
  of: { namespace: string; serviceAccount: string; audience?: string },
  seconds: number,
): Promise<string> {
  const audience = of.audience === undefined ? [] : [`--audience=${of.audience}`];
  const args = ["create", "token", of.serviceAccount, "-n", of.namespace, `--duration=${seconds}s`, ...audience];
  return (await kubectl(access, args)).trim();
}

/**
 * Writes the token files, and renews each when half of its life is over, until the function it resolves with is called.
 * By the clock rather than by a long timer, so that a laptop that slept renews soon after it wakes up.
 */
export async function keepTokenFiles(
  access: ClusterAccess,
  files: readonly TokenFile[],
  logger: Logger,
): Promise<() => void> {
  const due = new Map<TokenFile, number>();
  const renew = async (entry: TokenFile) => {
    const token = await requestToken(access, entry, lifetimeSeconds);
    writeFileAtomic(entry.file, token);
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
