import { isDeepStrictEqual } from "node:util";
import { isKubeError, KubeError } from "../controller/runtime/errors.ts";
import { sleep } from "../controller/runtime/wait.ts";
import type { Cluster } from "./cluster.ts";
import { SdkError } from "./errors.ts";
import { type AgentObject, RESOURCE_OF } from "./objects.ts";

/** How often a creation is tried whose outcome is unknown. */
const ATTEMPTS = 8;

/**
 * Creates an object exactly once. After a lost answer nobody knows whether it was created: the same name is tried again, and what is
 * found there is taken if it asks for the same. Throws KubeError, or SdkError `AlreadyExists`.
 */
export async function createOnce<T extends AgentObject>({ client, closing }: Cluster, object: T): Promise<T> {
  const resource = RESOURCE_OF[object.kind];
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await client.create(resource, object, { fieldValidation: "Strict", signal: closing });
    } catch (error) {
      if (isKubeError(error, "ALREADY_EXISTS")) {
        const there = await client.get<T>(resource, object.metadata, { signal: closing });
        if (attempt > 1 && sameSpec(object.spec, there.spec)) return there;
        throw taken(there);
      }
      const again = error instanceof KubeError && error.retryable && attempt < ATTEMPTS && !closing.aborted;
      if (!again) throw error;
      await sleep(error.retryAfterMs ?? Math.min(5_000, 100 * 2 ** attempt), closing);
    }
  }
}

/** Whether all that was asked for is what is there; admission adds the requester and defaults. */
function sameSpec(asked: object, there: object): boolean {
  const found = there as Record<string, unknown>;
  return Object.entries(asked).every(([key, value]) => isDeepStrictEqual(found[key], value));
}

function taken<T extends AgentObject>(there: T): SdkError<T> {
  const { name, namespace } = there.metadata;
  return new SdkError(
    "AlreadyExists",
    `${there.kind} ${namespace}/${name} is there already; choose another name`,
    there,
  );
}
