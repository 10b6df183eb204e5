import { auditable } from "../audit/canonical.ts";
import type { Rejection } from "../runtime/rejections.ts";
import type { AuditGate } from "./audit-gate.ts";

/** Writes the webhook's rejections to the controller's log; resolves when all are durable. Their counts keep a flood small. */
export function rejectionRecorder(audit: Pick<AuditGate, "append">) {
  return async (rejections: readonly Rejection[]): Promise<void> => {
    await Promise.all(rejections.map((rejection) => audit.append(rejectionEvent(rejection))));
  };
}

function rejectionEvent({
  kind,
  namespace,
  username,
  subject,
  target,
  codes,
  message,
  count,
  firstAt,
  lastAt,
}: Rejection) {
  return {
    type: "request.rejected" as const,
    actor: { kind: "user", username },
    ...(target === "" ? {} : { target: { id: target } }),
    data: auditable({ kind, namespace, subject, codes, message, count, firstAt, lastAt }) as Record<string, unknown>,
  };
}
