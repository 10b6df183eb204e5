import type { IndexFunction } from "./cache.ts";
import type { KubeClient } from "./client.ts";
import type { InformerHandlers } from "./handlers.ts";
import type { InformerMetrics } from "./metrics.ts";
import type { KubeObject, Logger, Resource } from "./types.ts";

export interface InformerTimings {
  backoffBaseMs?: number;
  backoffMaxMs?: number;
  /** A watch without a byte for so long is given up; the API server sends a bookmark about every minute. */
  silenceMs?: number;
  /** How often the live resourceVersion is compared with ours. */
  checkMs?: number;
  /** Watches that end at once start no more often than this. */
  minWatchMs?: number;
  /** Bounds of the jittered `timeoutSeconds`. */
  watchSeconds?: readonly [number, number];
}

export interface InformerOptions<T extends KubeObject> {
  client: KubeClient;
  resource: Resource;
  namespace?: string;
  fieldSelector?: string;
  labelSelector?: string;
  /** Runs on every object before it is kept; see {@link dropManagedFields}. Must keep metadata. */
  transform?: (object: T) => T;
  pageSize?: number;
  maxLineBytes?: number;
  clock?: () => number;
  random?: () => number;
  logger?: Logger;
  metrics?: InformerMetrics;
  timings?: InformerTimings;
}

export interface Informer<T extends KubeObject> {
  readonly resource: Resource;
  /** Runs until `signal` is aborted; resolves, never rejects, when nothing will be delivered any more. Start once. */
  start(signal: AbortSignal): Promise<void>;
  /** Resolves when the first list is in the cache and delivered; rejects with ABORTED when stopped before. */
  readonly synced: Promise<void>;
  readonly hasSynced: boolean;
  get(key: string): T | undefined;
  list(): T[];
  readonly size: number;
  addIndex(name: string, fn: IndexFunction<T>): void;
  byIndex(name: string, value: string): T[];
  /** Late handlers get what is cached as initial adds. The answer takes the handlers away again. */
  on(handlers: InformerHandlers<T>): () => void;
  /** When the server was last heard (a list, an opened watch, an event or a bookmark), in the clock's milliseconds; 0 before. */
  readonly lastEventAt: number;
  /** The version up to which the cache is complete; "" before the first list. */
  readonly resourceVersion: string;
  /** How often the server's history went back. */
  readonly rewinds: number;
  /** Resolves when the cache holds everything up to `version`. Rejects with ABORTED, or GONE after a rewind. */
  waitForResourceVersion(version: string, options?: { signal?: AbortSignal }): Promise<void>;
}

/** Most of a server-side applied object's memory is bookkeeping that no reconciler reads. */
export function dropManagedFields<T extends KubeObject>(object: T): T {
  delete object.metadata.managedFields;
  return object;
}
