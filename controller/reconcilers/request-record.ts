import { paramsDigest } from "../api/digest.ts";
import type { Action, ActionRequest, RequestTicket } from "../api/types.ts";
import { auditable } from "../audit/canonical.ts";
import type { EventInput } from "../audit/event.ts";
import type { Decision, ResolvedAgent } from "../policy/types.ts";

/** What stands in the log in the place of a value that its Action redacts. */
const REDACTED = "[redacted]";

/** What the log says of a decision: all that makes it reproducible, nothing that is secret. Pure. */
export function decisionRecord(
  request: ActionRequest,
  agent: ResolvedAgent | undefined,
  decision: Decision,
  action: Action | undefined,
  snapshot: string,
): EventInput {
  const { result, cause, reason, policy, policyUID, policyGeneration, policyDigest, rule, riskClass, effectiveRisk } =
    decision;
  const { cumulativeRisk, escalatedFrom, charge } = decision;
  return {
    type: decision.result === "undecided" ? "decision.undecided" : "decision.made",
    ...subject(request),
    actor: actorOf(request, agent),
    data: auditable({
      ...{ result, cause, reason, policy, policyUID, policyGeneration, policyDigest, rule, riskClass, effectiveRisk },
      ...{ cumulativeRisk, escalatedFrom, charge },
      ...{ action: decision.action, target: decision.target, snapshot },
      params: redacted(decision.params ?? request.spec.params ?? {}, action),
      paramsDigest: decision.params === undefined ? undefined : paramsDigest(decision.params),
      requestedTarget: request.spec.target,
      requestReason: request.spec.reason,
      ticketId: request.spec.ticketId,
      correlationId: request.spec.correlationId,
      plan: request.spec.planRef,
      trace: decision.trace.map(({ policy: from, rule: name, outcome, condition }) => ({
        policy: from,
        rule: name,
        outcome,
        condition,
      })),
    }) as Record<string, unknown>,
  };
}

/** A ticket, without its token: the log must not hold a capability, spent or not. */
export function ticketRecord(request: ActionRequest, agent: ResolvedAgent, ticket: RequestTicket): EventInput {
  const { id, attempt, audience, issuedAt, expiresAt } = ticket;
  const about = subject(request);
  return {
    type: "ticket.issued",
    ...about,
    action: { ...about.action, attempt },
    actor: actorOf(request, agent),
    data: { ticket: id, attempt, audience, issuedAt, expiresAt, ...changeTicket(request) },
  };
}

/** A ticket that was taken back before anybody claimed it, because the verdict became stricter. */
export function revokedRecord(
  request: ActionRequest,
  agent: ResolvedAgent | undefined,
  ticket: RequestTicket,
): EventInput {
  const about = subject(request);
  return {
    type: "ticket.revoked",
    ...about,
    action: { ...about.action, attempt: ticket.attempt },
    actor: actorOf(request, agent),
    data: { ticket: ticket.id, attempt: ticket.attempt, ...changeTicket(request) },
  };
}

/** A request that ended without a decision: taken back by its requester, out of time, or not served. */
export function endRecord(
  request: ActionRequest,
  type: "request.cancelled" | "request.expired" | "request.rejected",
  message: string,
): EventInput {
  const data = { reason: message, ...changeTicket(request) };
  return { type, ...subject(request), actor: actorOf(request, undefined), data };
}

/** The external change ticket, for those who look up in the log what was done under it. */
function changeTicket({ spec }: ActionRequest): { ticketId?: string } {
  return spec.ticketId === undefined ? {} : { ticketId: spec.ticketId };
}

function subject(request: ActionRequest): Required<Pick<EventInput, "action" | "target">> {
  const { uid = "", namespace, name } = request.metadata;
  return { action: { uid, ns: namespace, name, ref: request.spec.action }, target: { id: request.spec.target } };
}

/** Who asks: the requester as the API server knows it, and the agent that it is. */
export function actorOf(
  { spec: { requester } }: { spec: Pick<ActionRequest["spec"], "requester"> },
  agent: ResolvedAgent | undefined,
): EventInput["actor"] {
  return {
    kind: agent === undefined ? "user" : "agent",
    username: requester?.username,
    uid: requester?.uid,
    agent: agent?.id,
    roles: agent === undefined ? undefined : [...agent.roles],
    groups: agent === undefined ? undefined : [...agent.groups],
    delegation: agent === undefined || agent.delegation.length === 0 ? undefined : agent.delegation.map(lent),
  };
}

/** A link of the chain as far as it tells who lent, and by which Delegation. */
function lent({ id, name, uid, digest, delegation }: ResolvedAgent["delegation"][number]) {
  return { id, name, uid, digest, delegation };
}

function redacted(params: Record<string, unknown>, action: Action | undefined): Record<string, unknown> {
  const hidden = new Set(action?.spec.redaction?.params ?? []);
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, hidden.has(name) ? REDACTED : value]));
}
