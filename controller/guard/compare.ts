import type { KubeClient } from "../runtime/client.ts";
import { isKubeError, messageOf } from "../runtime/errors.ts";
import type { ExpectedObject } from "./expected.ts";
import { type Finding, isAnswer } from "./finding.ts";
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
): Promise<Finding[]> {
  const findings = await Promise.all(expected.map((object) => compareOne(client, object, options)));
  return findings.filter((finding) => finding !== undefined);
}

async function compareOne(
  client: KubeClient,
  object: ExpectedObject,
  options: CheckOptions,
): Promise<Finding | undefined> {
  const what = `${object.kind} ${object.name}`;
  let live: JsonObject & { metadata?: { deletionTimestamp?: string } };
  try {
    live = await client.get(object.resource, { name: object.name }, options);
  } catch (error) {
    if (isKubeError(error, "NOT_FOUND")) return { text: `${what} is missing`, seen: true };
    return { text: `${what} could not be read: ${messageOf(error)}`, seen: isAnswer(error) };
  }
  if (live.metadata?.deletionTimestamp !== undefined) return { text: `${what} is being deleted`, seen: true };
  const difference = firstDifference(object.part, guardedPart(object.kind, live));
  if (difference === undefined) return undefined;
  return { text: `${what} is not as shipped: ${difference} differs`, seen: true };
}
