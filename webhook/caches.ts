import { ACTIONS, TARGETS } from "../controller/api/resources.ts";
import type { Action, Target } from "../controller/api/types.ts";
import { resourceKey } from "../controller/policy/resource.ts";
import type { KubeClient } from "../controller/runtime/client.ts";
import { isKubeError } from "../controller/runtime/errors.ts";
import { createInformer, dropManagedFields } from "../controller/runtime/informer.ts";
import type { Logger } from "../controller/runtime/types.ts";
import type { ActionSource } from "./admission/requests.ts";
import { type TargetsByKey, targetId } from "./admission/targets.ts";

/** A look at the API server must leave room in the 5 s that it gives the webhook. */
const FETCH_TIMEOUT_MS = 2_000;

/** What the webhook keeps of the cluster. */
export interface Caches {
  readonly actions: ActionSource;
  readonly findTargets: TargetsByKey;
  /** Runs until the signal. */
  start(signal: AbortSignal): Promise<void>;
  synced(): boolean;
}

/** Caches of all Actions and Targets. */
export function createCaches(options: { client: KubeClient; clock: () => number; logger: Logger }): Caches {
  const actions = createInformer<Action>({ ...options, resource: ACTIONS, transform: dropManagedFields });
  const targets = createInformer<Target>({ ...options, resource: TARGETS, transform: dropManagedFields });
  targets.addIndex("id", (target) => [targetId(target)]);
  targets.addIndex("resource", (target) => {
    const key = resourceKey(target.spec);
    return key === undefined ? [] : [key];
  });

  return {
    actions: {
      get: (name) => actions.get(name),
      names: () => actions.list().map(({ metadata }) => metadata.name),
      async fetch(name) {
        try {
          return await options.client.get<Action>(ACTIONS, { name }, { timeoutMs: FETCH_TIMEOUT_MS });
        } catch (error) {
          if (isKubeError(error, "NOT_FOUND")) return undefined;
          throw error;
        }
      },
    },
    findTargets: (index, key) => targets.byIndex(index, key),
    async start(signal) {
      await Promise.all([actions.start(signal), targets.start(signal)]);
    },
    synced: () => actions.hasSynced && targets.hasSynced,
  };
}
