import { digest } from "../api/digest.ts";
import type { ActionRequest, RequestApproval } from "../api/types.ts";
import { outcomeFolder } from "../approval/names.ts";
import type { ApprovalForge, RoundPlace } from "../approval/provider.ts";

/**
 * Ends a round whose request is over: what was carried out is merged and gets its receipt beside it, anything else is closed with the
 * reason. Can be done again after a crash at any point. Answers the approval as it is to be written. @throws ProviderError
 */
export async function finishRound(
  request: ActionRequest,
  place: RoundPlace,
  forge: ApprovalForge,
  now: number,
): Promise<RequestApproval> {
  const { status, metadata } = request;
  const approval = status?.approval ?? {};
  const closed = { ...approval, closedAt: new Date(now).toISOString() };
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  if (approval.headSHA === undefined || status?.claim === undefined || approval.verdict !== "Approved") {
    if (approval.verdict !== "Void") await forge.close(place, `${ready?.reason ?? "Ended"}: ${ready?.message ?? ""}`);
    return closed;
  }
  await forge.merge(place, `${metadata.namespace}/${metadata.name}: approved and carried out`);
  const folder = outcomeFolder(approval.folder ?? "");
  const file = { path: `${folder}/receipt.json`, content: `${JSON.stringify(receiptOf(request), null, 2)}\n` };
  const receipt = await forge.commitFiles(
    [file],
    `${metadata.namespace}/${metadata.name}: ${ready?.reason ?? "ended"}`,
  );
  return { ...closed, receipt };
}

/** What became of what was approved. States are digests here: what they hold is for the log. */
function receiptOf({ metadata, spec, status }: ActionRequest): object {
  const { execution, approval, claim, audit, ticket } = status ?? {};
  return {
    request: { namespace: metadata.namespace, name: metadata.name, uid: metadata.uid },
    ...{ action: spec.action, target: spec.target },
    approval: { digest: approval?.digest, round: approval?.round, approvers: approval?.approvers },
    ticket: { id: ticket?.id, attempt: claim?.attempt },
    execution: {
      ...{ result: execution?.result, startedAt: execution?.startedAt, finishedAt: execution?.finishedAt },
      ...(execution?.before && { before: digest(execution.before) }),
      ...(execution?.after && { after: digest(execution.after) }),
    },
    log: audit,
  };
}
