import { join } from "node:path";
import {
  AUDIT_LOGS,
  auditKeySecretName,
  auditKeysConfigMapName,
  auditOrigin,
  CONFIG_MAPS,
  type Resource,
  SECRETS,
} from "../api/constants.ts";
import type { AuditLog as AuditLogObject } from "../api/types.ts";
import type { Checkpoint } from "../audit/checkpoint.ts";
import { type AuditLog, openAuditLog } from "../audit/log.ts";
import { createAuditMetrics } from "../audit/metrics.ts";
import { createLogKeys } from "../audit/signer.ts";
import { type AuditGate, createAuditGate } from "../reconcilers/audit-gate.ts";
import { isKubeError, type KubeClient, sleep } from "../runtime/index.ts";
import type { RoleContext } from "./context.ts";

interface Holder {
  metadata: { resourceVersion?: string };
  data?: Record<string, string>;
}

/**
 * The log of a writing role: its keys in the cluster, its files in `<auditDir>/<role>`.
 * @param onOpen runs before the log counts as open; when it rejects, opening is tried again
 */
export function createRoleLog(
  context: RoleContext,
  onChange: () => void,
  onOpen: (log: AuditLog) => Promise<void> = async () => undefined,
): AuditGate {
  const { client, clock, logger, role, settings } = context;
  const origin = auditOrigin(context.clusterUid, role);
  const metrics = createAuditMetrics(context.metrics.registry);
  return createAuditGate({
    open: async () => {
      const keys = await createLogKeys({
        origin,
        ...secretStore(client, settings.systemNamespace, auditKeySecretName(role)),
      });
      const log = await openAuditLog({
        dir: join(settings.auditDir, role),
        origin,
        signer: keys.signer,
        clock,
        randomBytes: context.randomBytes,
        logger,
        metrics,
        epochReason: "process started",
        known: await rememberedCheckpoint(client, role, origin),
      });
      try {
        // Only now: a new key in the place of a lost one is refused by the log, and must not replace the published one.
        const publicRef = { namespace: settings.systemNamespace, name: auditKeysConfigMapName(role) };
        await client.patch(CONFIG_MAPS, publicRef, { data: keys.publicData }, { type: "merge" });
        await onOpen(log);
      } catch (error) {
        await log.close();
        throw error;
      }
      return log;
    },
    sleep,
    onFatal: (error) => context.die(`the audit log failed: ${error instanceof Error ? error.message : String(error)}`),
    onChange,
    logger,
  });
}

/** A log that lacks the checkpoint that the cluster remembers was cut or exchanged; opening it is refused. */
async function rememberedCheckpoint(client: KubeClient, role: string, origin: string): Promise<Checkpoint | undefined> {
  try {
    const { status } = await client.get<AuditLogObject>(AUDIT_LOGS, { name: role });
    const checkpoint = status?.lastCheckpoint;
    if (checkpoint === undefined || status?.origin !== origin) return undefined;
    return { origin, size: checkpoint.size, root: checkpoint.root };
  } catch (error) {
    if (isKubeError(error, "NOT_FOUND")) return undefined;
    throw error;
  }
}

/** A shipped, empty Secret as a key store: written once, never over somebody else's key. */
function secretStore(client: KubeClient, namespace: string, name: string) {
  const resource: Resource = SECRETS;
  let version: string | undefined;
  return {
    read: async () => {
      const secret = await client.get<Holder>(resource, { namespace, name });
      version = secret.metadata.resourceVersion;
      return secret.data ?? {};
    },
    write: async (data: Record<string, string>) => {
      await client.patch(
        resource,
        { namespace, name },
        { metadata: { resourceVersion: version }, data },
        { type: "merge" },
      );
    },
  };
}
