import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { APPROVAL_PROVIDERS } from "../api/constants.ts";
import type { ActionRequest, ApprovalProvider } from "../api/types.ts";
import { createForges } from "../reconcilers/forges.ts";
import type { RoundsOptions } from "../reconcilers/round-scope.ts";
import { createRounds, type Rounds } from "../reconcilers/rounds.ts";
import {
  type Controller,
  createController,
  createGate,
  createQueue,
  type Informer,
  keyOf,
  priority,
} from "../runtime/index.ts";
import { inform } from "./common.ts";
import type { RoleContext } from "./context.ts";

export interface ApprovalParts
  extends Omit<
    RoundsOptions,
    "forgeFor" | "isProvider" | "gate" | "cluster" | "newNonce" | "logger" | "client" | "clock"
  > {
  requests: Informer<ActionRequest>;
  lease: { isLeader(): boolean };
}

/** Rounds run beside decisions, with workers of their own: a slow provider must not keep anybody else waiting. */
const WORKERS = 8;

/** What asks people: providers that are kept open, and the rounds at them. */
export function superviseApprovals(
  context: RoleContext,
  parts: ApprovalParts,
): { rounds: Pick<Rounds, "confirm">; controllers: Controller[]; informer: Informer<ApprovalProvider> } {
  const { client, clock, logger, metrics, settings } = context;
  const { requests, lease } = parts;
  const providers = inform<ApprovalProvider>(context, APPROVAL_PROVIDERS);
  const providerQueue = createQueue({ name: "approvalprovider", clock, metrics: metrics.queue });
  const roundQueue = createQueue({ name: "round", clock, metrics: metrics.queue });
  const gates = { providers: createGate(providers, logger), rounds: createGate(requests, logger) };
  const forges = createForges({
    ...{ client, providers, clock, gate: gates.providers },
    directory: join(settings.approvalsDir, "copies"),
  });
  const rounds = createRounds({
    ...parts,
    ...{ client, clock, logger, gate: gates.rounds, cluster: context.clusterUid, forgeFor: forges.forgeFor },
    isProvider: (name) => name !== undefined && providers.get(name) !== undefined,
    newNonce: () => randomBytes(16).toString("hex"),
  });

  const all = () => {
    for (const request of requests.list()) roundQueue.add(keyOf(request));
  };
  providers.on({
    add: (provider) => void providerQueue.add(keyOf(provider)),
    update: (provider) => void providerQueue.add(keyOf(provider)),
    delete: (provider) => void providerQueue.add(keyOf(provider)),
  });
  requests.on({
    add: (request, { initial }) =>
      void roundQueue.add(keyOf(request), { priority: initial ? priority.initial : priority.normal }),
    update: (request) => void roundQueue.add(keyOf(request)),
  });
  const leading = <T>(work: (key: string) => Promise<T>) => {
    return async (key: string) => (lease.isLeader() ? work(key) : { requeueAfterMs: 1_000 });
  };
  const shared = { metrics: metrics.controller, logger };
  return {
    ...{ rounds, informer: providers },
    controllers: [
      createController({
        ...{ ...shared, name: "approvalprovider", queue: providerQueue, gate: gates.providers, workers: 2 },
        reconcile: leading(async (key) => {
          const before = forges.isOpen(key);
          const result = await forges.reconcile(key);
          // What waited for it goes on.
          if (forges.isOpen(key) !== before) all();
          return result;
        }),
      }),
      createController({
        ...{ ...shared, name: "round", queue: roundQueue, gate: gates.rounds, workers: WORKERS },
        reconcile: leading(rounds.reconcile),
      }),
    ],
  };
}
