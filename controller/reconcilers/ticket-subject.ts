import { DEFAULT_AUDIENCE } from "../api/constants.ts";
import { paramsDigest } from "../api/digest.ts";
import type { Action, ActionRequest } from "../api/types.ts";
import type { Decision, ResolvedAgent } from "../policy/types.ts";
import { keyOf } from "../runtime/index.ts";
import type { TicketSubject } from "../tickets/claims.ts";

/** What the ticket of an allowed request is bound to. Pure. Throws when the decision is none that a ticket can be issued for. */
export function ticketSubject(
  request: ActionRequest,
  judged: { agent: ResolvedAgent; decision: Decision },
  ticket: { id: string; attempt: number; action: Action | undefined; approved: string | undefined },
): TicketSubject {
  const { uid, name, namespace = "" } = request.metadata;
  const { ticketId: changeTicket } = request.spec;
  const { action, target, params } = judged.decision;
  const { id, digest } = judged.agent;
  if (uid === undefined || action === undefined || target === undefined || digest === undefined) {
    throw new Error(`an allowed decision of ${keyOf(request)} lacks its uid, action, target or agent`);
  }
  return {
    requestUid: uid,
    ticketId: ticket.id,
    audience: ticket.action?.spec.execution.audience ?? DEFAULT_AUDIENCE,
    attempt: ticket.attempt,
    request: { namespace, name },
    action: { name: action.name, digest: action.digest },
    target: { id: target.id, digest: target.digest },
    params: paramsDigest(params),
    ...(ticket.approved === undefined ? {} : { approval: ticket.approved }),
    ...(changeTicket === undefined ? {} : { changeTicket }),
    agent: { id, digest },
  };
}
