import type { KubeClient } from "../runtime/client.ts";
import { isKubeError, messageOf } from "../runtime/errors.ts";
import type { ExpectedObject } from "./expected.ts";
import { guardedPart } from "./guarded-part.ts";
import { firstDifference, type JsonObject } from "./json.ts";

/** How the guard calls the API server. */
export interface CheckOptions {
  readonly signal?: AbortSignal;
  /** Of each call, in milliseconds. */
  readonly timeoutMs: number;
}

/** Reads every shipped object live and says, a sentence each, which are missing, changed or could not be read. */
export async function compareLive(
  client: KubeClient,
  expected: readonly ExpectedObject[],
  options: CheckOptions,
): Promise<string[]> {
  const problems = await Promise.all(expected.map((object) => compareOne(client, object, options)));
  return problems.filter((problem) => problem !== undefined);
}

async function compareOne(
  client: KubeClient,
  object: ExpectedObject,
  options: CheckOptions,
): Promise<string | undefined> {
  const what = `${object.kind} ${object.name}`;
  let live: JsonObject & { metadata?: { deletionTimestamp?: string } };
  try {
    live = await client.get(object.resource, { name: object.name }, options);
  } catch (error) {
    if (isKubeError(error, "NOT_FOUND")) return `${what} is missing`;
    return `${what} could not be read: ${messageOf(error)}`;
  }
  if (live.metadata?.deletionTimestamp !== undefined) return `${what} is being deleted`;
  const difference = firstDifference(object.part, guardedPart(object.kind, live));
  return difference === undefined ? undefined : `${what} is not as shipped: ${difference} differs`;
}
