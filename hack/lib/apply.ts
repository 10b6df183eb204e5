import type { KubeClient } from "../../controller/runtime/client.ts";
import { isKubeError, KubeError } from "../../controller/runtime/errors.ts";
import type { Resource } from "../../controller/runtime/types.ts";
import type { Manifest } from "./manifests.ts";

/** The field manager of everything that `npm start` installs. */
const fieldManager = "agent-safe-start";

/** Others of the same manifests live in these, so they come first. */
const firstKinds = ["Namespace", "CustomResourceDefinition", "ServiceAccount"];
const atOnce = 8;

/**
 * Server-side apply of objects of any kind; doing it again changes nothing. Rejects with the first refusal, as a
 * KubeError whose message names the object; the others have been tried by then.
 */
export async function applyManifests(client: KubeClient, manifests: readonly Manifest[]): Promise<void> {
  const resourceOf = createDiscovery(client);
  const apply = async (manifest: Manifest): Promise<void> => {
    const resource = await resourceOf(manifest);
    try {
      await client.apply(resource, manifest, { fieldManager, force: true, fieldValidation: "Strict" });
    } catch (error) {
      if (!isKubeError(error)) throw error;
      const { namespace, name } = manifest.metadata;
      const what = `${manifest.kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
      throw new KubeError({
        code: error.code,
        status: error.status,
        message: `${what}: ${error.message}`,
        cause: error,
      });
    }
  };
  for (const kind of firstKinds)
    await inParallel(
      manifests.filter((manifest) => manifest.kind === kind),
      apply,
    );
  await inParallel(
    manifests.filter(({ kind }) => !firstKinds.includes(kind)),
    apply,
  );
}

async function inParallel(manifests: readonly Manifest[], run: (manifest: Manifest) => Promise<void>): Promise<void> {
  const rest = [...manifests];
  const errors: unknown[] = [];
  const worker = async () => {
    for (let next = rest.shift(); next !== undefined; next = rest.shift())
      await run(next).catch((error) => errors.push(error));
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  if (errors.length > 0) throw errors[0];
}

interface ResourceList {
  resources: { name: string; kind: string; namespaced: boolean }[];
}

/** Finds the API resource of a kind, asking the server once per group and version. */
function createDiscovery(client: KubeClient): (manifest: Manifest) => Promise<Resource> {
  const known = new Map<string, Promise<ResourceList>>();
  return async ({ apiVersion, kind }) => {
    const path = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const answer = known.get(path) ?? client.raw<ResourceList>("GET", path);
    known.set(path, answer);
    const found = (await answer).resources.find((resource) => resource.kind === kind && !resource.name.includes("/"));
    if (found === undefined) throw new Error(`the cluster knows no kind ${kind} of ${apiVersion}`);
    const [version = "", group = ""] = apiVersion.split("/").reverse();
    return { group, version, plural: found.name, namespaced: found.namespaced };
  };
}
