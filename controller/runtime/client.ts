import { isKubeError, KubeError, messageOf } from "./errors.ts";
import { objectPath, queryOf, resourcePath } from "./paths.ts";
import type { Transport, TransportRequest, TransportResponse } from "./transport.ts";
import type { KubeObject, Ref, Resource } from "./types.ts";

export interface CallOptions {
  signal?: AbortSignal;
  /** For the whole call, retries included; default 30 s. */
  timeoutMs?: number;
  headers?: Record<string, string>;
}

export interface ListOptions extends CallOptions {
  namespace?: string;
  fieldSelector?: string;
  labelSelector?: string;
  /** Objects per page (500), not in all. */
  limit?: number;
  resourceVersion?: string;
  maxResponseBytes?: number;
}

export interface ListPage<T> {
  items: T[];
  /** Of the whole list: all pages show the state at this version. */
  resourceVersion: string;
}

export interface WriteOptions extends CallOptions {
  dryRun?: boolean;
  fieldManager?: string;
  /** "Strict" makes the server refuse unknown fields. */
  fieldValidation?: "Strict" | "Warn" | "Ignore";
}

export interface ApplyOptions extends WriteOptions {
  fieldManager: string;
  force?: boolean;
  subresource?: string;
}

export interface PatchOptions extends WriteOptions {
  type: "merge" | "strategic" | "json" | "apply";
  subresource?: string;
  force?: boolean;
}

export interface DeleteOptions extends CallOptions {
  uid?: string;
  resourceVersion?: string;
  gracePeriodSeconds?: number;
  propagationPolicy?: "Orphan" | "Background" | "Foreground";
  dryRun?: boolean;
}

export interface RawOptions extends CallOptions {
  body?: unknown;
  query?: Record<string, string | number | boolean | undefined>;
  maxResponseBytes?: number;
}

/** Plain JSON over {@link Transport}: no object is rebuilt, so no field that we do not know is lost. All throw KubeError. */
export interface KubeClient {
  readonly transport: Transport;
  get<T = KubeObject>(resource: Resource, ref: Ref, options?: CallOptions): Promise<T>;
  list<T = KubeObject>(resource: Resource, options?: ListOptions): Promise<ListPage<T>>;
  listPages<T = KubeObject>(resource: Resource, options?: ListOptions): AsyncGenerator<ListPage<T>>;
  create<T extends KubeObject>(resource: Resource, object: T, options?: WriteOptions): Promise<T>;
  apply<T extends KubeObject>(resource: Resource, object: T, options: ApplyOptions): Promise<T>;
  patch<T = KubeObject>(resource: Resource, ref: Ref, body: unknown, options: PatchOptions): Promise<T>;
  patchStatus<T = KubeObject>(resource: Resource, ref: Ref, body: StatusPatch, options?: WriteOptions): Promise<T>;
  replace<T extends KubeObject>(resource: Resource, object: T, options?: WriteOptions): Promise<T>;
  delete(resource: Resource, ref: Ref, options?: DeleteOptions): Promise<void>;
  createSubresource<T = unknown>(
    resource: Resource,
    ref: Ref,
    name: string,
    body: unknown,
    options?: WriteOptions,
  ): Promise<T>;
  raw<T = unknown>(method: TransportRequest["method"], path: string, options?: RawOptions): Promise<T>;
}

/** A merge patch of `/status`. Without the version it was computed from, a late write could undo a newer one. */
export interface StatusPatch {
  metadata: { resourceVersion: string; uid?: string };
  status: unknown;
}

const patchTypes = {
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  json: "application/json-patch+json",
  apply: "application/apply-patch+yaml",
} as const;

interface RawList<T> {
  items?: T[] | null;
  metadata?: { resourceVersion?: string; continue?: string };
}

function parse<T>(response: TransportResponse, what: string): T {
  try {
    return JSON.parse(response.body);
  } catch (error) {
    throw new KubeError({
      code: "MALFORMED_RESPONSE",
      status: response.status,
      message: `${what}: the answer is not JSON: ${messageOf(error)}`,
      retryable: true,
      cause: error,
    });
  }
}

function writeQuery(options: WriteOptions): Record<string, string | undefined> {
  return {
    dryRun: options.dryRun ? "All" : undefined,
    fieldManager: options.fieldManager,
    fieldValidation: options.fieldValidation,
  };
}

function refOfObject(object: KubeObject): Ref {
  const { name, namespace } = object.metadata;
  if (!name) throw new KubeError({ code: "CONFIG", message: "the object has no metadata.name" });
  return namespace ? { name, namespace } : { name };
}

/** Makes the client of one identity. */
export function createClient(transport: Transport): KubeClient {
  async function call<T>(
    method: TransportRequest["method"],
    path: string,
    options: CallOptions & { maxResponseBytes?: number; noRetry?: boolean },
    body?: unknown,
    contentType = "application/json",
  ): Promise<T> {
    const headers = body === undefined ? options.headers : { "content-type": contentType, ...options.headers };
    const response = await transport.request({
      method,
      path,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: options.signal,
      timeoutMs: options.timeoutMs,
      maxResponseBytes: options.maxResponseBytes,
      noRetry: options.noRetry,
    });
    return parse<T>(response, `${method} ${path}`);
  }

  async function* listPages<T>(resource: Resource, options: ListOptions = {}): AsyncGenerator<ListPage<T>> {
    const base = resourcePath(resource, options.namespace);
    let token: string | undefined;
    do {
      const query = queryOf({
        limit: options.limit ?? 500,
        fieldSelector: options.fieldSelector,
        labelSelector: options.labelSelector,
        continue: token,
        // A continue token carries its version; naming one as well is refused.
        resourceVersion: token ? undefined : options.resourceVersion,
      });
      const page = await call<RawList<T>>("GET", base + query, options);
      token = page.metadata?.continue || undefined;
      yield { items: page.items ?? [], resourceVersion: page.metadata?.resourceVersion ?? "" };
    } while (token);
  }

  async function list<T>(resource: Resource, options: ListOptions = {}): Promise<ListPage<T>> {
    for (let attempt = 0; ; attempt += 1) {
      const items: T[] = [];
      let resourceVersion = "";
      let pages = 0;
      try {
        // The last try asks for all at once: a list that is slower than the compaction would expire for ever.
        const limit = attempt < 2 ? options.limit : 0;
        for await (const page of listPages<T>(resource, { ...options, limit })) {
          pages += 1;
          for (const item of page.items) items.push(item);
          resourceVersion = page.resourceVersion;
        }
        return { items, resourceVersion };
      } catch (error) {
        if (pages === 0 || attempt >= 2 || !isKubeError(error, "GONE")) throw error;
      }
    }
  }

  async function patch<T>(resource: Resource, ref: Ref, body: unknown, options: PatchOptions): Promise<T> {
    const force = options.force === undefined ? undefined : options.force;
    const path = objectPath(resource, ref, options.subresource) + queryOf({ ...writeQuery(options), force });
    return call<T>("PATCH", path, options, body, patchTypes[options.type]);
  }

  return {
    transport,
    list,
    listPages,
    patch,
    get: async (resource, ref, options = {}) => call("GET", objectPath(resource, ref), options),
    create: async (resource, object, options = {}) =>
      call("POST", resourcePath(resource, object.metadata.namespace) + queryOf(writeQuery(options)), options, object),
    apply: async (resource, object, options) =>
      patch(resource, refOfObject(object), object, { ...options, type: "apply" }),
    replace: async (resource, object, options = {}) =>
      call("PUT", objectPath(resource, refOfObject(object)) + queryOf(writeQuery(options)), options, object),
    async patchStatus(resource, ref, body, options = {}) {
      if (!body.metadata?.resourceVersion) {
        throw new KubeError({ code: "CONFIG", message: "a status patch needs metadata.resourceVersion" });
      }
      return patch(resource, ref, body, { ...options, type: "merge", subresource: "status" });
    },
    async delete(resource, ref, options = {}) {
      const { uid, resourceVersion } = options;
      await call("DELETE", objectPath(resource, ref), options, {
        apiVersion: "v1",
        kind: "DeleteOptions",
        gracePeriodSeconds: options.gracePeriodSeconds,
        propagationPolicy: options.propagationPolicy,
        dryRun: options.dryRun ? ["All"] : undefined,
        preconditions: uid || resourceVersion ? { uid, resourceVersion } : undefined,
      });
    },
    createSubresource: async (resource, ref, name, body, options = {}) =>
      call(
        "POST",
        objectPath(resource, ref, name) + queryOf(writeQuery(options)),
        { ...options, noRetry: name === "eviction" },
        body,
      ),
    raw: async (method, path, options = {}) =>
      call(method, path + queryOf(options.query ?? {}, path.includes("?")), options, options.body),
  };
}
