import type { KubeClient, Resource } from "../../runtime/index.ts";
import { ExecutionError } from "../errors.ts";

/** A served resource with its kind. */
export interface KindResource extends Resource {
  readonly kind: string;
}

/** Finds how a kind or a plural name is served. */
export interface Discovery {
  byKind(apiVersion: string, kind: string): Promise<KindResource>;
  byPlural(apiVersion: string, plural: string): Promise<KindResource>;
}

interface ApiResourceList {
  resources?: { name: string; kind: string; namespaced: boolean }[];
}

/** How long an answer is kept before a kind that is not in it makes a new call. */
const REREAD_MS = 10_000;

/** Discovery through the executor's own client (any authenticated account may read it), cached per group version. */
export function createDiscovery(client: KubeClient, clock: () => number): Discovery {
  const cache = new Map<string, { at: number; list: Promise<KindResource[]> }>();

  async function find(
    apiVersion: string,
    fits: (resource: KindResource) => boolean,
    what: string,
  ): Promise<KindResource> {
    const known = cache.get(apiVersion);
    const found = (await known?.list)?.find(fits);
    if (found !== undefined) return found;
    if (known === undefined || clock() - known.at >= REREAD_MS) {
      const list = read(client, apiVersion);
      cache.set(apiVersion, { at: clock(), list });
      list.catch(() => cache.delete(apiVersion));
      const fresh = (await list).find(fits);
      if (fresh !== undefined) return fresh;
    }
    throw new ExecutionError("BAD_DEFINITION", `the API server does not serve ${what} in ${apiVersion}`);
  }

  return {
    byKind: (apiVersion, kind) => find(apiVersion, (resource) => resource.kind === kind, kind),
    byPlural: (apiVersion, plural) => find(apiVersion, (resource) => resource.plural === plural, plural),
  };
}

async function read(client: KubeClient, apiVersion: string): Promise<KindResource[]> {
  const { group, version } = parseApiVersion(apiVersion);
  const path = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  const list = await client.raw<ApiResourceList>("GET", path, { timeoutMs: 10_000 });
  return (list.resources ?? [])
    .filter(({ name }) => !name.includes("/"))
    .map(({ name, kind, namespaced }) => ({ group, version, plural: name, namespaced, kind }));
}

/** `apps/v1` or `v1`. Anything that could leave its path segment is refused. */
export function parseApiVersion(apiVersion: string): { group: string; version: string } {
  const match = /^(?:([a-z0-9.-]+)\/)?(v[a-z0-9]+)$/.exec(apiVersion);
  if (match === null) throw new ExecutionError("BAD_DEFINITION", `not an API version: ${JSON.stringify(apiVersion)}`);
  return { group: match[1] ?? "", version: match[2] ?? "" };
}
