import { isKubeError, KubeError } from "../controller/runtime/errors.ts";
import { queryOf, resourcePath } from "../controller/runtime/paths.ts";
import { createBackoff, sleep } from "../controller/runtime/wait.ts";
import { watchEvents } from "../controller/runtime/watch.ts";
import type { Cluster } from "./cluster.ts";
import { SdkError } from "./errors.ts";
import { type AgentObject, type ObjectRef, RESOURCE_OF, refOf } from "./objects.ts";

/** How long to wait and for what. */
export interface WaitOptions<T = AgentObject> {
  /** Default ten minutes; `Infinity` waits for ever. */
  timeoutMs?: number;
  /** Gives up when aborted, with its reason. */
  signal?: AbortSignal;
  /** Called with each state that is seen, the first and the last included. */
  onChange?: (object: T) => void;
  /** When to return; default once it is finished, however it ended. */
  until?: (object: T) => boolean;
}

const DEFAULT_TIMEOUT_MS = 600_000;
/** A watch that says nothing for so long is begun anew: its connection may be dead without anybody noticing. */
const WATCH_MS = 60_000;
const MAX_LINE_BYTES = 4 * 1024 * 1024;
/** An API server that was just started refuses, or knows no kinds of ours, until its caches are filled: that passes. */
const SETTLING_MS = 120_000;

/** A request or plan is finished once its condition `Finished` is True; a Delegation once the controller has said whether it holds. */
function isFinished({ kind, status }: AgentObject): boolean {
  const wanted = kind === "Delegation" ? "Ready" : "Finished";
  const found = status?.conditions?.find(({ type }) => type === wanted);
  return kind === "Delegation" ? found !== undefined && found.status !== "Unknown" : found?.status === "True";
}

/**
 * Watches an object until it is finished. Goes on over restarts of the API server, broken connections and expired watches: each time
 * the object is read again, so no state is missed for good. Throws SdkError `Timeout` or `Deleted`, the signal's reason, or a KubeError
 * that waiting can't mend.
 */
export async function waitFor<T extends AgentObject>(
  cluster: Cluster,
  ref: ObjectRef,
  { timeoutMs = DEFAULT_TIMEOUT_MS, signal, onChange, until = isFinished }: WaitOptions<T> = {},
): Promise<T> {
  const { kind, name, namespace, uid } = refOf(ref, cluster.namespace);
  const resource = RESOURCE_OF[kind];
  const what = `${kind} ${namespace}/${name}`;
  const deadline = performance.now() + timeoutMs;
  const stop = AbortSignal.any([cluster.closing, ...(signal ? [signal] : [])]);
  const backoff = createBackoff({ baseMs: 250, maxMs: 5_000, random: Math.random });
  let known = uid;
  let seen: T | undefined;
  let refusedSince: number | undefined;

  function take(object: T): boolean {
    refusedSince = undefined;
    if (known !== undefined && object.metadata.uid !== known)
      throw new SdkError("Deleted", `${what} was deleted, and another one has its name`, seen);
    known = object.metadata.uid;
    const changed = seen?.metadata.resourceVersion !== object.metadata.resourceVersion;
    seen = object;
    if (changed) onChange?.(object);
    return until(object);
  }

  async function watchOnce(): Promise<boolean> {
    const from = seen?.metadata.resourceVersion;
    const left = Math.min(WATCH_MS, deadline - performance.now());
    const query = queryOf({
      watch: 1,
      allowWatchBookmarks: true,
      fieldSelector: `metadata.name=${name}`,
      resourceVersion: from,
    });
    const silence = AbortSignal.any([stop, AbortSignal.timeout(Math.max(1, Math.ceil(left)))]);
    const path = resourcePath(resource, namespace) + query;
    const stream = await cluster.client.transport.stream({ method: "GET", path, signal: silence });
    const end = () => stream.destroy();
    silence.addEventListener("abort", end, { once: true });
    try {
      for await (const event of watchEvents<T & { metadata: object }>(stream.body, MAX_LINE_BYTES)) {
        if (event.type === "DELETED") throw new SdkError("Deleted", `${what} was deleted`, seen);
        if (event.type !== "BOOKMARK" && take(event.object)) return true;
      }
      return false;
    } finally {
      silence.removeEventListener("abort", end);
      stream.destroy();
    }
  }

  for (;;) {
    try {
      const left = Math.max(1, Math.min(30_000, deadline - performance.now()));
      const object = await cluster.client.get<T>(resource, { name, namespace }, { signal: stop, timeoutMs: left });
      if (take(object)) return object;
      if (performance.now() < deadline && (await watchOnce()) && seen) return seen;
      backoff.reset();
    } catch (error) {
      if (stop.aborted) throw stopped(cluster.closing, signal);
      if (!(error instanceof KubeError)) throw error;
      const gone = error.code === "NOT_FOUND" && error.details?.name === name;
      if (gone && known !== undefined) throw new SdkError("Deleted", `${what} was deleted`, seen);
      const mayPass = seen !== undefined && isKubeError(error, "FORBIDDEN", "UNAUTHORIZED", "NOT_FOUND");
      if (!canGoOn(error) && !mayPass) throw error;
      refusedSince = mayPass ? (refusedSince ?? performance.now()) : undefined;
      if (refusedSince !== undefined && performance.now() - refusedSince > SETTLING_MS) throw error;
    }
    if (stop.aborted) throw stopped(cluster.closing, signal);
    const left = deadline - performance.now();
    if (left <= 0)
      throw new SdkError("Timeout", `${what} is not finished after ${timeoutMs} ms: ${stateOf(seen)}`, seen);
    await sleep(Math.min(backoff.next(), left), stop);
  }
}

/** A watch that is too old, a server that is away: the next try reads the object afresh. */
function canGoOn(error: KubeError): boolean {
  return error.retryable || isKubeError(error, "GONE", "CONNECTION", "TIMEOUT", "ABORTED", "SERVER_ERROR");
}

function stopped(closing: AbortSignal, signal: AbortSignal | undefined): unknown {
  return closing.aborted ? new SdkError("Closed", "this AgentSafe was closed") : signal?.reason;
}

function stateOf(object: AgentObject | undefined): string {
  const ready = object?.status?.conditions?.find(({ type }) => type === "Ready");
  return ready === undefined ? "nothing was said about it yet" : `${ready.reason}: ${ready.message}`;
}
