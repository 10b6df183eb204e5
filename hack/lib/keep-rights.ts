import type { KubeClient } from "../../controller/runtime/client.ts";
import { createInformer } from "../../controller/runtime/informer.ts";
import type { KubeObject } from "../../controller/runtime/types.ts";
import { applyActionRights } from "./action-rights.ts";
import type { Logger } from "./logger.ts";
import { resources } from "./resources.ts";

const settleMs = 500;
const retryMs = 5000;

/**
 * Keeps the rights of the actions' accounts as Actions, Targets and namespaces are now, so that a Target that was just
 * registered can be acted on. Resolves once they are so for the first time.
 * @returns a function that ends it
 */
export async function keepActionRights(client: KubeClient, logger: Logger): Promise<() => void> {
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;

  const apply = async (): Promise<void> => {
    try {
      await applyActionRights(client);
    } catch (error) {
      if (stopping.signal.aborted) return;
      logger.info(`rights of the actions: ${error instanceof Error ? error.message : String(error)}; trying again`);
      schedule(retryMs);
    }
  };
  const schedule = (delayMs: number): void => {
    if (stopping.signal.aborted) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      // One at a time: two would delete what the other has just applied.
      if (running !== undefined) return schedule(settleMs);
      running = apply().finally(() => {
        running = undefined;
      });
    }, delayMs);
  };

  const informers = [resources.actions, resources.targets, resources.namespaces].map((resource) =>
    createInformer<KubeObject>({ client, resource }),
  );
  for (const informer of informers) void informer.start(stopping.signal);
  await Promise.all(informers.map(({ synced }) => synced));
  await apply();
  const changed = () => schedule(settleMs);
  for (const informer of informers) {
    informer.on({
      add: (_object, { initial }) => (initial ? undefined : changed()),
      // Statuses and annotations change all the time; only a spec has a say here.
      update: (object, old) => (object.metadata.generation === old.metadata.generation ? undefined : changed()),
      delete: changed,
    });
  }
  return () => {
    stopping.abort();
    clearTimeout(timer);
  };
}
