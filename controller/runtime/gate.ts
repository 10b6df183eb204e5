import { isKubeError } from "./errors.ts";
import { type Logger, silentLogger } from "./types.ts";
import { parseVersion } from "./versions.ts";

/** What a gate needs of an informer. */
export interface VersionSource {
  readonly resourceVersion: string;
  waitForResourceVersion(version: string, options?: { signal?: AbortSignal }): Promise<void>;
}

/**
 * Read your own writes: holds a key until the cache has seen what we last wrote for it. Without it a reconcile that
 * follows a write may judge by the state before that write, and do its work twice.
 */
export interface Gate {
  /** Call with the resourceVersion that a write answered. */
  expect(key: string, resourceVersion: string): void;
  /** Undefined when the key may be worked on, else a promise for when it may; it never rejects. */
  held(key: string): Promise<void> | undefined;
  readonly size: number;
}

interface Expectation {
  version: bigint;
  seen: Promise<void>;
}

export function createGate(source: VersionSource, logger: Logger = silentLogger): Gate {
  const expected = new Map<string, Expectation>();

  async function wait(key: string, resourceVersion: string, version: bigint): Promise<void> {
    try {
      await source.waitForResourceVersion(resourceVersion);
    } catch (error) {
      // After a rewind the write itself is gone: there is nothing to wait for. At a stop nothing will run any more.
      if (!isKubeError(error, "GONE", "ABORTED")) logger.error({ err: error, key }, "a gate's wait failed");
    } finally {
      if (expected.get(key)?.version === version) expected.delete(key);
    }
  }

  return {
    expect(key, resourceVersion) {
      const version = parseVersion(resourceVersion);
      if (version === undefined) return;
      const seen = parseVersion(source.resourceVersion);
      if (seen !== undefined && seen >= version) return;
      const before = expected.get(key);
      if (before && before.version >= version) return;
      const entry: Expectation = { version, seen: Promise.resolve() };
      expected.set(key, entry);
      entry.seen = wait(key, resourceVersion, version);
    },
    held: (key) => expected.get(key)?.seen,
    get size() {
      return expected.size;
    },
  };
}
