import { API_VERSION, AUDIT_LOGS } from "../api/constants.ts";
import type { AuditLog, AuditLogStatus } from "../api/types.ts";
import { isKubeError, type KubeClient, summarise } from "../runtime/index.ts";
import type { AuditGate } from "./audit-gate.ts";
import { equal, type Json, mergePatch } from "./merge-patch.ts";

export interface AuditStatusOptions {
  client: KubeClient;
  clock: () => number;
  /** Names the AuditLog object. */
  role: string;
  audit: Pick<AuditGate, "current" | "unavailable">;
}

/**
 * Writes the state of a role's log to its AuditLog object, made when absent, only when it changed. Call it every 10 s, no
 * oftener. The checkpoint it keeps there is what a log that was cut or exchanged is recognised by at the next start.
 */
export function createAuditStatus({ client, clock, role, audit }: AuditStatusOptions) {
  return async (): Promise<void> => {
    const object = await readOrCreate(client, role);
    const status = auditLogStatus(object, audit, new Date(clock()).toISOString().replace(/\.\d+/, ""));
    const before = (object.status ?? {}) as Json;
    if (equal(before, status as Json)) return;
    const body = {
      metadata: { resourceVersion: object.metadata.resourceVersion ?? "" },
      status: mergePatch(before, status as Json),
    };
    await client.patchStatus(AUDIT_LOGS, { name: role }, body);
  };
}

/** The status of a role's log now. Pure. A closed log keeps the checkpoint on record: it is the memory against exchange. */
export function auditLogStatus(object: AuditLog, audit: AuditStatusOptions["audit"], now: string): AuditLogStatus {
  const log = audit.current();
  const generation = object.metadata.generation ?? 1;
  if (log === undefined) {
    const closed = {
      state: "stalled",
      reason: "AuditUnavailable",
      message: audit.unavailable().slice(0, 1024),
      generation,
    } as const;
    return { ...object.status, ...summarise(object.status, closed, now) };
  }
  const { size, root, time } = log.checkpoint();
  const at = new Date(time).toISOString();
  const open = {
    state: "ready",
    reason: "Accepted",
    message: `The log is written; ${log.origin} is its name.`,
    generation,
  } as const;
  return {
    ...object.status,
    ...summarise(object.status, open, now),
    origin: log.origin,
    epoch: log.epoch,
    size: log.size(),
    root,
    lastCheckpoint: { size, root, at, keyId: log.key.keyId },
  };
}

async function readOrCreate(client: KubeClient, name: string): Promise<AuditLog> {
  try {
    return await client.get<AuditLog>(AUDIT_LOGS, { name });
  } catch (error) {
    if (!isKubeError(error, "NOT_FOUND")) throw error;
    return client.create<AuditLog>(AUDIT_LOGS, { apiVersion: API_VERSION, kind: "AuditLog", metadata: { name } });
  }
}
