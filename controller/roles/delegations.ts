import type { Agent, Delegation } from "../api/types.ts";
import type { IdentityIndexes } from "../identity/delegation-chain.ts";
import type { AuditGate } from "../reconcilers/audit-gate.ts";
import { createDelegationReconciler } from "../reconcilers/delegation.ts";
import {
  type Controller,
  createController,
  createGate,
  createQueue,
  type Informer,
  keyOf,
  priority,
} from "../runtime/index.ts";
import type { RoleContext } from "./context.ts";

export interface DelegationParts extends IdentityIndexes {
  delegationObjects: Informer<Delegation>;
  agentObjects: Informer<Agent>;
  audit: AuditGate;
  lease: { isLeader(): boolean };
}

/** Keeps the status of Delegations: one hangs on all those above it, and on the Agents in its chain. */
export function superviseDelegations(context: RoleContext, parts: DelegationParts): Controller {
  const { client, clock, logger, metrics, settings } = context;
  const { agents, delegations, delegationObjects, agentObjects, audit, lease } = parts;
  const queue = createQueue({ name: "delegation", clock, metrics: metrics.queue });
  const gate = createGate(delegationObjects, logger);

  const withDescendants = (delegation: Delegation) => {
    const key = keyOf(delegation);
    queue.add(key);
    for (const child of delegations.descendants(key)) queue.add(child);
  };
  delegationObjects.on({
    add(delegation, { initial }) {
      if (initial) queue.add(keyOf(delegation), { priority: priority.initial });
      else withDescendants(delegation);
    },
    update(delegation, old) {
      if (delegation.metadata.generation === old.metadata.generation) queue.add(keyOf(delegation));
      else withDescendants(delegation);
    },
    delete: withDescendants,
  });
  const all = () => {
    for (const delegation of delegationObjects.list()) queue.add(keyOf(delegation), { priority: priority.initial });
  };
  agentObjects.on({
    add: (_, { initial }) => void (initial || all()),
    update: (agent, old) => void (agent.metadata.generation === old.metadata.generation || all()),
    delete: all,
  });

  const reconcile = createDelegationReconciler({
    ...{ client, agents, delegations, gate, audit, clock },
    informer: delegationObjects,
    keepMs: settings.finishedTtlMs,
  });
  return createController({
    ...{ name: "delegation", queue, gate, workers: 2, metrics: metrics.controller, logger },
    reconcile: async (key) => (lease.isLeader() ? reconcile(key) : { requeueAfterMs: 1_000 }),
  });
}
