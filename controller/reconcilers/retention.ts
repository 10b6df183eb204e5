import { ACTION_REQUESTS } from "../api/constants.ts";
import type { ActionRequest } from "../api/types.ts";
import { isKubeError, type KubeClient, keyOf, type Logger, refOf } from "../runtime/index.ts";

export interface RetentionOptions {
  client: KubeClient;
  clock: () => number;
  /** How long a settled request stays, in milliseconds. */
  ttlMs: number;
  logger: Logger;
}

const pageSize = 200;

/**
 * Deletes requests that were settled longer ago than their time to live: they are history, and history is in the log.
 * They are not watched, so this lists them page by page and holds one page at a time. Answers how many went.
 */
export function createRetention({ client, clock, ttlMs, logger }: RetentionOptions) {
  return async (signal: AbortSignal): Promise<number> => {
    let deleted = 0;
    const pages = client.listPages<ActionRequest>(ACTION_REQUESTS, {
      fieldSelector: "status.settled=true",
      limit: pageSize,
      signal,
    });
    for await (const { items } of pages) {
      for (const request of items) {
        if (clock() - finishedAt(request) < ttlMs) continue;
        try {
          // Both preconditions: a new object of the same name is another request.
          const { uid, resourceVersion } = request.metadata;
          await client.delete(ACTION_REQUESTS, refOf(keyOf(request)), { uid, resourceVersion, signal });
          deleted += 1;
        } catch (error) {
          if (!isKubeError(error, "NOT_FOUND", "CONFLICT")) throw error;
        }
      }
    }
    if (deleted > 0) logger.info({ deleted }, "settled requests past their time to live were deleted");
    return deleted;
  };
}

/** When it finished, epoch ms; its creation for want of better. One that says neither is kept. */
function finishedAt({ metadata, status }: ActionRequest): number {
  const finished = status?.conditions?.find((condition) => condition.type === "Finished");
  const time = Date.parse(finished?.lastTransitionTime ?? metadata.creationTimestamp ?? "");
  return Number.isNaN(time) ? Number.POSITIVE_INFINITY : time;
}
