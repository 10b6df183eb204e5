import type { KubeClient } from "../runtime/client.ts";
import { createInformer, dropManagedFields } from "../runtime/informer.ts";
import type { KubeObject, Logger } from "../runtime/types.ts";
import { guardedResources } from "./expected.ts";

/** The label of everything that is shipped. Taking it off an object is itself an event. */
const labelSelector = "app.kubernetes.io/part-of=agent-safe";

/**
 * Watches what is guarded and calls `changed` at each event. This only makes a check come sooner: what counts is what the check
 * itself reads. Resolves when `signal` is aborted and the watches have ended.
 */
export async function watchGuarded(
  client: KubeClient,
  changed: () => void,
  options: { signal: AbortSignal; logger: Logger },
): Promise<void> {
  await Promise.all(
    Object.values(guardedResources).map((resource) => {
      const informer = createInformer<KubeObject>({
        client,
        resource,
        labelSelector,
        transform: dropManagedFields,
        logger: options.logger,
      });
      informer.on({
        add: (_, { initial }) => {
          if (!initial) changed();
        },
        update: changed,
        delete: changed,
        rewind: changed,
      });
      return informer.start(options.signal);
    }),
  );
}
