import { KubeError } from "./errors.ts";

/** A resourceVersion as a number; undefined for what is none. Versions of one resource are comparable so. */
export function parseVersion(version: string): bigint | undefined {
  return /^\d{1,20}$/.test(version) ? BigInt(version) : undefined;
}

interface Waiter {
  version: bigint;
  resolve: () => void;
  reject: (error: KubeError) => void;
}

/** Keeps the version that a cache has reached, and wakes those who wait for one. */
export function createVersionWaiters() {
  const waiters = new Set<Waiter>();
  let current = "";
  let number = -1n;
  let stopped: KubeError | undefined;

  function settle(): void {
    for (const waiter of waiters) {
      if (waiter.version > number) continue;
      waiters.delete(waiter);
      waiter.resolve();
    }
  }

  function failAll(error: KubeError): void {
    for (const waiter of waiters) waiter.reject(error);
    waiters.clear();
  }

  return {
    get current(): string {
      return current;
    },
    /** Whether `version` is older than what was seen. */
    isBehind(version: string): boolean {
      const parsed = parseVersion(version);
      return parsed !== undefined && parsed < number;
    },
    advance(version: string): void {
      const parsed = parseVersion(version);
      if (parsed === undefined || parsed <= number) return;
      current = version;
      number = parsed;
      if (waiters.size > 0) settle();
    },
    /** The history that the waiters wait for no longer exists. Nothing is seen until the next advance. */
    rewind(version: string): void {
      current = "";
      number = -1n;
      failAll(
        new KubeError({ code: "GONE", message: `the server's history went back to ${version}`, retryable: true }),
      );
    },
    stop(error: KubeError): void {
      stopped = error;
      failAll(error);
    },
    wait(version: string, signal?: AbortSignal): Promise<void> {
      const parsed = parseVersion(version);
      if (parsed === undefined) {
        return Promise.reject(
          new KubeError({ code: "CONFIG", message: `${JSON.stringify(version)} is no resourceVersion` }),
        );
      }
      if (parsed <= number) return Promise.resolve();
      if (stopped) return Promise.reject(stopped);
      return new Promise((resolve, reject) => {
        const abort = () => {
          waiters.delete(waiter);
          reject(new KubeError({ code: "ABORTED", message: `gave up waiting for version ${version}` }));
        };
        const end = () => signal?.removeEventListener("abort", abort);
        const waiter: Waiter = {
          version: parsed,
          resolve: () => {
            end();
            resolve();
          },
          reject: (error) => {
            end();
            reject(error);
          },
        };
        if (signal?.aborted) {
          abort();
          return;
        }
        signal?.addEventListener("abort", abort, { once: true });
        waiters.add(waiter);
      });
    },
  };
}
