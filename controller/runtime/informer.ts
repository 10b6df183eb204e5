import { type Cache, createCache } from "./cache.ts";
import { isKubeError, KubeError, messageOf } from "./errors.ts";
import { createHandlers } from "./handlers.ts";
import type { Informer, InformerOptions, InformerTimings } from "./informer-types.ts";
import { queryOf, resourcePath } from "./paths.ts";
import { type KubeObject, silentLogger } from "./types.ts";
import { createVersionWaiters } from "./versions.ts";
import { createBackoff, sleep } from "./wait.ts";
import { watchEvents } from "./watch.ts";

export type { AddInfo, InformerHandlers } from "./handlers.ts";
export * from "./informer-types.ts";

/** A watch that held for so long wipes out the failures before it. */
const healthyMs = 10_000;

/** Why the watch loop goes on, and from where. */
type Next = "resume" | "relist";

const defaults: Required<InformerTimings> = {
  backoffBaseMs: 500,
  backoffMaxMs: 30_000,
  silenceMs: 180_000,
  checkMs: 60_000,
  minWatchMs: 500,
  watchSeconds: [300, 600],
};

/**
 * A local copy of a resource's objects (or those a selector selects) that is kept up by a list and a watch and never
 * gives up: every failure is logged, counted and tried again.
 */
export function createInformer<T extends KubeObject>(options: InformerOptions<T>): Informer<T> {
  const { client, resource, metrics } = options;
  const clock = options.clock ?? Date.now;
  const random = options.random ?? Math.random;
  const logger = options.logger ?? silentLogger;
  const timings = { ...defaults, ...options.timings };
  const transform = options.transform ?? ((object: T) => object);
  const selectors = { fieldSelector: options.fieldSelector, labelSelector: options.labelSelector };
  const collection = resourcePath(resource, options.namespace);
  const name = resource.group ? `${resource.plural}.${resource.group}` : resource.plural;
  const cache: Cache<T> = createCache<T>();
  const versions = createVersionWaiters();
  const backoff = createBackoff({ baseMs: timings.backoffBaseMs, maxMs: timings.backoffMaxMs, random });
  const handlers = createHandlers<T>((error) => {
    metrics?.handlerErrors.inc({ resource: name });
    logger.error({ err: error, resource: name }, "an informer's handler failed");
  });
  const ready = Promise.withResolvers<void>();
  // Nobody has to wait for it, and then its rejection at a stop must not end the process.
  ready.promise.catch(() => undefined);
  let hasSynced = false;
  let started = false;
  let lastEventAt = 0;
  let rewinds = 0;
  let pageSize = options.pageSize ?? 500;

  metrics?.initialise(name);

  function heard(): void {
    lastEventAt = clock();
    metrics?.lastEvent.set({ resource: name }, lastEventAt / 1000);
  }

  async function readAll(signal: AbortSignal): Promise<{ items: T[]; resourceVersion: string }> {
    try {
      const listed = await client.list<T>(resource, {
        namespace: options.namespace,
        ...selectors,
        limit: pageSize,
        timeoutMs: 60_000,
        signal,
      });
      return { items: listed.items.map(transform), resourceVersion: listed.resourceVersion };
    } catch (error) {
      if (isKubeError(error, "RESPONSE_TOO_LARGE") && pageSize > 1) pageSize = Math.ceil(pageSize / 4);
      throw error;
    }
  }

  async function relist(signal: AbortSignal): Promise<void> {
    metrics?.lists.inc({ resource: name });
    const listed = await readAll(signal);
    if (signal.aborted) return;
    const back = versions.isBehind(listed.resourceVersion);
    const changes = cache.replace(listed.items);
    heard();
    if (back) {
      rewinds += 1;
      metrics?.rewinds.inc({ resource: name });
      logger.error(
        { resource: name, had: versions.current, live: listed.resourceVersion },
        "the server's history went back: the cache was replaced",
      );
      versions.rewind(listed.resourceVersion);
      await handlers.rewind(signal);
    }
    metrics?.objects.set({ resource: name }, cache.size);
    await handlers.deliver(changes, { initial: !hasSynced }, signal);
    // Only now: who waits for a version may rely on what handlers made of it.
    versions.advance(listed.resourceVersion);
    if (signal.aborted || hasSynced) return;
    hasSynced = true;
    ready.resolve();
  }

  /** A watch says nothing when the server's history went back behind it; the smallest possible list does. */
  async function historyWentBack(signal: AbortSignal): Promise<boolean> {
    // Without the selectors: with them, and nothing selected, the server would look at every object there is.
    const page = await client.raw<{ metadata?: { resourceVersion?: string } }>("GET", `${collection}?limit=1`, {
      headers: { accept: "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json" },
      signal,
      timeoutMs: 10_000,
    });
    return versions.isBehind(page.metadata?.resourceVersion ?? "");
  }

  /** Reads one watch to its end. The result says how to go on after a proper end; anything else is thrown. */
  async function watchOnce(signal: AbortSignal, afterBreak: boolean): Promise<Next> {
    const [least, most] = timings.watchSeconds;
    const seconds = Math.round(least + (most - least) * random());
    const query = queryOf({
      watch: 1,
      allowWatchBookmarks: true,
      resourceVersion: versions.current,
      timeoutSeconds: seconds,
      ...selectors,
    });
    metrics?.watches.inc({ resource: name });
    const stream = await client.transport.stream({ method: "GET", path: collection + query, signal });
    heard();
    let ended: Next | undefined;
    const stop = (next: Next) => {
      ended ??= next;
      stream.destroy();
    };
    let heardAt = performance.now();
    // The server ends the watch by itself; this is for one that has forgotten us.
    const silence = setInterval(
      () => {
        const silentMs = performance.now() - heardAt;
        if (silentMs < timings.silenceMs) return;
        logger.warn({ resource: name, silentMs }, "a watch fell silent: it is opened again");
        metrics?.silences.inc({ resource: name });
        stop("resume");
      },
      Math.max(10, timings.silenceMs / 10),
    );
    const checkNow = () => {
      historyWentBack(signal).then(
        (back) => {
          if (back) stop("relist");
        },
        (error: unknown) => logger.debug({ resource: name, err: error }, "the check of the live version failed"),
      );
    };
    const check = setInterval(checkNow, timings.checkMs);
    // A connection that broke may have been the server's restart, and its store another one since.
    if (afterBreak) checkNow();
    try {
      for await (const event of watchEvents<T>(stream.body, options.maxLineBytes ?? 16 * 1024 * 1024)) {
        heardAt = performance.now();
        if (signal.aborted || ended) break;
        const version = event.object.metadata.resourceVersion ?? "";
        if (versions.isBehind(version)) return "relist";
        heard();
        backoff.reset();
        if (event.type === "BOOKMARK") {
          versions.advance(version);
          continue;
        }
        const object = transform(event.object);
        const changes = event.type === "DELETED" ? cache.remove(object) : cache.put(object);
        metrics?.events.inc({ resource: name, type: event.type });
        metrics?.objects.set({ resource: name }, cache.size);
        await handlers.deliver(changes, { initial: false }, signal);
        versions.advance(version);
      }
      return ended ?? "resume";
    } catch (error) {
      if (ended) return ended;
      throw error;
    } finally {
      clearInterval(silence);
      clearInterval(check);
      stream.destroy();
    }
  }

  /** Where to go on after a failure. A version the server no longer has, or data we could not read, needs a new list. */
  function afterFailure(error: unknown): Next {
    if (!(error instanceof KubeError)) return "relist";
    if (error.code === "GONE" || error.code === "RESPONSE_TOO_LARGE" || error.code === "BAD_REQUEST") return "relist";
    // "Too large resource version": this server knows less than we do.
    if (error.status === 504) return "relist";
    // A server that was away may have come back with an older store that has grown past our version since.
    if (error.code === "CONNECTION" && backoff.failures >= 1) return "relist";
    return backoff.failures >= 3 ? "relist" : "resume";
  }

  async function run(signal: AbortSignal): Promise<void> {
    let next: Next = "relist";
    let goneInARow = 0;
    let broken = false;
    while (!signal.aborted) {
      const startedAt = performance.now();
      try {
        if (next === "relist") {
          await relist(signal);
          next = "resume";
          broken = false;
        }
        if (signal.aborted) return;
        next = await watchOnce(signal, broken);
        broken = false;
        goneInARow = 0;
        backoff.reset();
        await sleep(timings.minWatchMs - (performance.now() - startedAt), signal);
      } catch (error) {
        if (signal.aborted) return;
        if (performance.now() - startedAt > healthyMs) backoff.reset();
        broken = isKubeError(error, "CONNECTION", "TIMEOUT");
        next = next === "relist" ? "relist" : afterFailure(error);
        goneInARow = isKubeError(error, "GONE") ? goneInARow + 1 : 0;
        // The first 410 is everyday business; a server that answers nothing else must not be asked in a tight loop.
        const wait =
          goneInARow === 1 ? 0 : Math.max(backoff.next(), isKubeError(error) ? (error.retryAfterMs ?? 0) : 0);
        metrics?.failures.inc({ resource: name });
        logger.warn({ resource: name, err: messageOf(error), next, waitMs: Math.round(wait) }, "list or watch failed");
        await sleep(wait, signal);
      }
    }
  }

  return {
    resource,
    synced: ready.promise,
    async start(signal) {
      if (started) throw new Error(`the informer of ${name} was started twice`);
      started = true;
      try {
        await run(signal);
      } finally {
        const stopped = new KubeError({ code: "ABORTED", message: `the informer of ${name} was stopped` });
        ready.reject(stopped);
        versions.stop(stopped);
      }
    },
    get hasSynced() {
      return hasSynced;
    },
    get size() {
      return cache.size;
    },
    get lastEventAt() {
      return lastEventAt;
    },
    get resourceVersion() {
      return versions.current;
    },
    get rewinds() {
      return rewinds;
    },
    get: cache.get,
    list: cache.list,
    addIndex: cache.addIndex,
    byIndex: cache.byIndex,
    waitForResourceVersion: (version, wait = {}) => versions.wait(version, wait.signal),
    on(added) {
      const off = handlers.add(added);
      if (hasSynced) handlers.catchUp(added, cache.list());
      return off;
    },
  };
}
