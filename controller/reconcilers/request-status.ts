import { CONDITIONS, type ReadyReason } from "../api/constants.ts";
import type { ActionRequest, ActionRequestStatus, Condition, LogPosition, RequestTicket } from "../api/types.ts";
import type { Decision, ResolvedAgent } from "../policy/types.ts";
import { isTrue, setCondition, summarise } from "../runtime/index.ts";
import { hasOpenRound } from "./round-next.ts";

/** What the decider has found out about a request. Every status it writes is computed from one of these. */
export type Verdict =
  | {
      kind: "ticketed";
      agent: ResolvedAgent;
      decision: Decision;
      ticket: RequestTicket;
      record: LogPosition;
      /** Set when people had to say yes: who did. */
      approvedBy?: string;
    }
  | { kind: "waiting"; agent: ResolvedAgent; decision: Decision; message: string; record: LogPosition }
  | { kind: "denied"; agent?: ResolvedAgent; decision: Decision; record: LogPosition }
  | {
      kind: "undecided";
      agent?: ResolvedAgent;
      decision?: Decision;
      reason: "Undecided" | "AuditUnavailable";
      message: string;
    }
  | { kind: "ended"; reason: "Cancelled" | "Expired" | "Invalid"; message: string; record: LogPosition }
  | { kind: "settled" };

/** Bounds of the CRD; a longer text would be refused and leave the request stuck. */
const maxMessage = 1024;
const maxReason = 4096;
const maxTrace = 32;
const maxCondition = 512;

/**
 * The whole status of `request` after `verdict`, at `now` (RFC 3339). Pure. What the executor owns is carried over
 * untouched. Terminal verdicts of requests that were never claimed are settled at once: they have no credential.
 */
export function requestStatus(request: ActionRequest, verdict: Verdict, now: string): ActionRequestStatus {
  const before = request.status ?? {};
  const generation = request.metadata.generation ?? 1;
  if (verdict.kind === "settled") return { ...before, settled: true };

  const evaluated = conditionsOf(before.conditions, verdict, generation, now);
  const summary = summarise(
    { conditions: evaluated, observedGeneration: before.observedGeneration },
    { ...summaryOf(verdict), generation },
    now,
  );
  const status: ActionRequestStatus = { ...before, ...summary };
  if ("agent" in verdict && verdict.agent !== undefined) status.agent = agentStatus(verdict.agent);
  if ("decision" in verdict && verdict.decision !== undefined) status.decision = decisionStatus(verdict.decision, now);
  if ("record" in verdict) status.audit = { ...before.audit, decision: verdict.record, last: verdict.record.index };
  if (verdict.kind === "ticketed") status.ticket = verdict.ticket;
  else if (before.ticket !== undefined && takesBackTicket(verdict)) {
    status.ticket = { ...before.ticket, revokedAt: before.ticket.revokedAt ?? now };
  }
  if (verdict.kind === "denied" || verdict.kind === "ended") {
    // A ticket that is still out is void from here on: no claim passes a finished request. Its token need not stand about.
    delete status.ticket;
    if (!hasOpenRound(request)) status.settled = true;
    status.conditions = setCondition(
      status.conditions,
      condition(CONDITIONS.Finished, "True", readyReason(verdict), messageOf(verdict), generation),
      now,
    );
  }
  return status;
}

function conditionsOf(list: Condition[] | undefined, verdict: Verdict, generation: number, now: string): Condition[] {
  const message = messageOf(verdict);
  switch (verdict.kind) {
    case "ticketed": {
      const until = `Ticket ${verdict.ticket.id} (attempt ${verdict.ticket.attempt}) is good until ${verdict.ticket.expiresAt}.`;
      const judged = setCondition(
        list,
        condition(CONDITIONS.PolicyEvaluated, "True", "Allowed", message, generation),
        now,
      );
      const issued = setCondition(judged, condition(CONDITIONS.TicketIssued, "True", "Issued", until, generation), now);
      if (verdict.approvedBy === undefined) return issued;
      const by = `Approved by ${verdict.approvedBy}.`;
      return setCondition(issued, condition(CONDITIONS.Approved, "True", "Approved", by, generation), now);
    }
    case "waiting":
      return setCondition(
        withoutTicket(list, generation, now),
        condition(CONDITIONS.PolicyEvaluated, "True", "ApprovalRequired", verdict.decision.reason, generation),
        now,
      );
    case "denied": {
      const judged = setCondition(
        withoutTicket(list, generation, now),
        condition(CONDITIONS.PolicyEvaluated, "True", "Denied", message, generation),
        now,
      );
      return setCondition(
        judged,
        condition(CONDITIONS.Denied, "True", verdict.decision.cause, message, generation),
        now,
      );
    }
    case "undecided":
      return setCondition(
        takesBackTicket(verdict) ? withoutTicket(list, generation, now) : list,
        condition(CONDITIONS.PolicyEvaluated, "Unknown", verdict.reason, message, generation),
        now,
      );
    case "ended":
      return withoutTicket(list, generation, now);
    case "settled":
      return list ?? [];
  }
}

/**
 * Whether a ticket that is out must not be claimed any more: the rules say something stricter now. A log or a guard that is
 * away says nothing about the ticket, and the executor asks both itself.
 */
export function takesBackTicket(verdict: Verdict): boolean {
  return verdict.kind === "waiting" || (verdict.kind === "undecided" && verdict.decision !== undefined);
}

/** A ticket that was out when the verdict changed is taken back; one that never was leaves no trace. */
function withoutTicket(list: Condition[] | undefined, generation: number, now: string): Condition[] {
  if (!isTrue(list, CONDITIONS.TicketIssued)) return list ?? [];
  const message = "The ticket was taken back before anybody claimed it.";
  return setCondition(list, condition(CONDITIONS.TicketIssued, "False", "TakenBack", message, generation), now);
}

type Open = Exclude<Verdict, { kind: "settled" }>;

function summaryOf(verdict: Open): {
  state: "reconciling" | "stalled";
  reason: ReadyReason;
  message: string;
  ready?: "Unknown";
} {
  const common = { reason: readyReason(verdict), message: messageOf(verdict) };
  if (verdict.kind === "denied" || verdict.kind === "ended") return { state: "stalled", ...common };
  return verdict.kind === "undecided"
    ? { state: "reconciling", ready: "Unknown", ...common }
    : { state: "reconciling", ...common };
}

function readyReason(verdict: Open): ReadyReason {
  switch (verdict.kind) {
    case "ticketed":
      return "TicketIssued";
    case "waiting":
      return "AwaitingApproval";
    case "denied":
      return "Denied";
    default:
      return verdict.reason;
  }
}

function messageOf(verdict: Verdict): string {
  if (verdict.kind === "settled") return "";
  const text = "message" in verdict ? verdict.message : verdict.decision.reason;
  return cut(text, maxMessage);
}

function condition(
  type: string,
  status: Condition["status"],
  reason: string,
  message: string,
  observedGeneration: number,
) {
  return { type, status, reason, message: cut(message, maxMessage), observedGeneration };
}

/** An agent as a status tells it. */
export function agentStatus(agent: ResolvedAgent): NonNullable<ActionRequestStatus["agent"]> {
  const { id, name, uid, digest, roles, groups } = agent;
  const delegation = agent.delegation.map((link) => ({
    ...{ id: link.id, name: link.name, roles: [...(link.roles ?? [])], groups: [...(link.groups ?? [])] },
    ...{ delegation: link.delegation, at: link.at, uid: link.uid, digest: link.digest },
  }));
  return { id, name, uid, digest, roles: [...roles], groups: [...groups], delegation };
}

/** A decision as a status tells it, made at `now` (RFC 3339). */
export function decisionStatus(decision: Decision, now: string): NonNullable<ActionRequestStatus["decision"]> {
  const { result, cause, reason, params, policy, policyUID, policyGeneration, policyDigest, rule } = decision;
  const { riskClass, effectiveRisk, cumulativeRisk, escalatedFrom, action, target, trace } = decision;
  return {
    ...{
      result,
      cause,
      reason: cut(reason, maxReason),
      params,
      policy,
      policyUID,
      policyGeneration,
      policyDigest,
      rule,
    },
    ...{ riskClass, effectiveRisk, cumulativeRisk, escalatedFrom, action, target, judgedAt: now },
    trace: trace.slice(0, maxTrace).map(({ condition: on, message, ...entry }) => ({
      ...entry,
      condition: on === undefined ? undefined : cut(on, maxCondition),
      message: message === undefined ? undefined : cut(message, maxReason),
    })),
  };
}

/** At most `length` UTF-16 units, with a sign that something is missing. */
export function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}
