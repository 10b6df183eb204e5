import { digest } from "../api/digest.ts";
import type { ActionRequest, Target } from "../api/types.ts";
import type { ApprovalEnvelope } from "./envelope.ts";

/** What of a round is its own. */
export interface RoundTerms {
  /** UID of the namespace kube-system. */
  cluster: string;
  /** RFC 3339. */
  expiresAt: string;
  nonce: string;
}

/**
 * The envelope of a request as it stands: decider and executor make it anew from what they read, and hold its digest against the approved
 * one. Undefined while the request is not judged far enough to be approved.
 */
export function envelopeOf(
  request: ActionRequest,
  resource: Target["spec"]["resource"],
  terms: RoundTerms,
): ApprovalEnvelope | undefined {
  const { metadata, spec, status } = request;
  const { requester } = spec;
  const { action, target, params } = status?.decision ?? {};
  if (!requester || !status?.agent || !action?.digest || !target || !params || !metadata.uid) return undefined;
  const { plan } = status;
  return {
    v: 1,
    cluster: terms.cluster,
    request: {
      ...{ kind: "ActionRequest", namespace: metadata.namespace ?? "", name: metadata.name, uid: metadata.uid },
      specDigest: digest(spec),
    },
    requester,
    agent: pick(status.agent),
    delegation: (status.agent.delegation ?? []).map(pick),
    steps: [
      {
        action: { name: action.name, digest: action.digest },
        target: { ...pick(target), ...(resource && { resource }) },
        params,
        plan:
          plan?.mode === "server-dry-run" && plan.digest ? { mode: plan.mode, digest: plan.digest } : { mode: "none" },
      },
    ],
    expiresAt: terms.expiresAt,
    nonce: terms.nonce,
  };
}

function pick({ id, uid }: { id: string; uid?: string }): { id: string; uid?: string } {
  return uid === undefined ? { id } : { id, uid };
}
