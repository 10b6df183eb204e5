import { DELEGATIONS } from "../api/constants.ts";
import type { Delegation } from "../api/types.ts";
import { type IdentityIndexes, resolveChain } from "../identity/delegation-chain.ts";
import {
  type Gate,
  type Informer,
  isKubeError,
  type KubeClient,
  type ReconcileResult,
  refOf,
} from "../runtime/index.ts";
import type { AuditGate } from "./audit-gate.ts";
import { delegationRecord, eventsFor } from "./delegation-record.ts";
import { delegationStatus, knownReason, ownEnd } from "./delegation-status.ts";
import { equal, type Json, mergePatch } from "./merge-patch.ts";

export interface DelegationReconcilerOptions extends IdentityIndexes {
  client: KubeClient;
  informer: Pick<Informer<Delegation>, "get">;
  gate: Pick<Gate, "expect">;
  audit: Pick<AuditGate, "append">;
  clock: () => number;
  /** How long a Delegation stays after its end, in ms. */
  keepMs: number;
}

/** The longest wait that a timer takes as it is. */
const LONGEST_WAIT_MS = 86_400_000;

/**
 * Says on each Delegation whether it holds, tells the log when it is made and when it ends, and deletes it long after. Nothing
 * that is decided rests on this status: deciders and executors follow the chain themselves.
 */
export function createDelegationReconciler(options: DelegationReconcilerOptions) {
  const { client, informer, gate, audit, clock } = options;
  /** Told, but not yet written: a conflict must not make the log say it twice. */
  const told = new Map<string, Set<string>>();

  return async (key: string): Promise<ReconcileResult | undefined> => {
    const delegation = informer.get(key);
    if (delegation === undefined || delegation.metadata.deletionTimestamp !== undefined) return undefined;
    const { uid = "", name, namespace = "", resourceVersion = "" } = delegation.metadata;
    const now = clock();
    const end = ownEnd(delegation);
    if (now >= end + options.keepMs) return remove(key, { uid, resourceVersion });

    const finding = resolveChain(options, { namespace, name, uid }, now);
    const status = delegationStatus(delegation, finding, `${new Date(now).toISOString().slice(0, 19)}Z`);
    const before = (delegation.status ?? {}) as Json;
    if (!equal(before, status as Json)) {
      const heard = told.get(uid) ?? new Set();
      told.set(uid, heard);
      for (const type of eventsFor(knownReason(delegation), finding)) {
        if (heard.has(type)) continue;
        await audit.append(delegationRecord(type, delegation, finding));
        heard.add(type);
      }
      const body = { metadata: { resourceVersion }, status: mergePatch(before, status as Json) };
      const written = await client.patchStatus<Delegation>(DELEGATIONS, refOf(key), body);
      gate.expect(key, written.metadata.resourceVersion ?? "");
      told.delete(uid);
    }
    const next = "reason" in finding ? end + options.keepMs : finding.expiresAt;
    return Number.isNaN(next) ? undefined : { requeueAfterMs: Math.min(Math.max(1, next - now), LONGEST_WAIT_MS) };
  };

  async function remove(key: string, preconditions: { uid: string; resourceVersion: string }): Promise<undefined> {
    told.delete(preconditions.uid);
    try {
      await client.delete(DELEGATIONS, refOf(key), preconditions);
    } catch (error) {
      if (!isKubeError(error, "NOT_FOUND")) throw error;
    }
  }
}
