import type { Resource } from "../api/constants.ts";
import type { ActionPlan, ActionRequest } from "../api/types.ts";
import { isKubeError, type KubeClient, keyOf, type Logger, refOf } from "../runtime/index.ts";

export interface RetentionOptions {
  client: KubeClient;
  /** Requests or plans. */
  resource: Resource;
  clock: () => number;
  /** How long a settled one stays, in milliseconds. */
  ttlMs: number;
  logger: Logger;
}

const pageSize = 200;

/**
 * Deletes requests, or plans, that were settled longer ago than their time to live: they are history, and history is in the log.
 * They are not watched, so this lists them page by page and holds one page at a time. Answers how many went.
 */
export function createRetention({ client, resource, clock, ttlMs, logger }: RetentionOptions) {
  return async (signal: AbortSignal): Promise<number> => {
    let deleted = 0;
    const pages = client.listPages<ActionRequest | ActionPlan>(resource, {
      fieldSelector: "status.settled=true",
      limit: pageSize,
      signal,
    });
    for await (const { items } of pages) {
      for (const object of items) {
        if (clock() - finishedAt(object) < ttlMs) continue;
        try {
          // Both preconditions: a new object of the same name is another request.
          const { uid, resourceVersion } = object.metadata;
          await client.delete(resource, refOf(keyOf(object)), { uid, resourceVersion, signal });
          deleted += 1;
        } catch (error) {
          if (!isKubeError(error, "NOT_FOUND", "CONFLICT")) throw error;
        }
      }
    }
    if (deleted > 0)
      logger.info({ deleted, resource: resource.plural }, "settled objects past their time to live were deleted");
    return deleted;
  };
}

/** When it finished, epoch ms; its creation for want of better. One that says neither is kept. */
function finishedAt({ metadata, status }: ActionRequest | ActionPlan): number {
  const finished = status?.conditions?.find((condition) => condition.type === "Finished");
  const time = Date.parse(finished?.lastTransitionTime ?? metadata.creationTimestamp ?? "");
  return Number.isNaN(time) ? Number.POSITIVE_INFINITY : time;
}
