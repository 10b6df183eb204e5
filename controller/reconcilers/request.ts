import { ACTION_REQUESTS } from "../api/constants.ts";
import type { ActionPlan, ActionRequest, ActionRequestStatus, LogPosition, RequestTicket } from "../api/types.ts";
import { ProviderError } from "../approval/provider.ts";
import { AuditError } from "../audit/errors.ts";
import type { EventInput } from "../audit/event.ts";
import type { PolicyEngine } from "../policy/engine.ts";
import type { Decision, ResolvedAgent } from "../policy/types.ts";
import { failpoint } from "../runtime/failpoint.ts";
import {
  type Events,
  type Gate,
  type Informer,
  type KubeClient,
  keyOf,
  type ReconcileResult,
  refOf,
} from "../runtime/index.ts";
import type { TicketSubject } from "../tickets/claims.ts";
import type { Accounts } from "./accounts.ts";
import type { AuditGate } from "./audit-gate.ts";
import type { Budgets } from "./budgets.ts";
import type { Freshness } from "./freshness.ts";
import { type Asker, type Judge, type Judgement, undecidedMessage } from "./judge.ts";
import type { LiveReads } from "./live-reads.ts";
import { type Json, mergePatch } from "./merge-patch.ts";
import { stepProblem } from "./plan-step-check.ts";
import { chargeKeyOf } from "./plan-steps.ts";
import type { RequestMetrics } from "./request-metrics.ts";
import { type Next, nextStep } from "./request-next.ts";
import { decisionRecord, endRecord, revokedRecord, ticketRecord } from "./request-record.ts";
import { agentStatus, decisionStatus, requestStatus, type Verdict } from "./request-status.ts";
import { isApproved } from "./round-next.ts";
import type { Rounds } from "./rounds.ts";
import { ticketSubject } from "./ticket-subject.ts";

export interface RequestReconcilerOptions {
  client: KubeClient;
  requests: Pick<Informer<ActionRequest>, "get">;
  /** The plans that are not settled: whose steps may go on. */
  plans: Pick<Informer<ActionPlan>, "get">;
  readPlan: LiveReads["plan"];
  engine: PolicyEngine;
  judge: Judge;
  accounts: Pick<Accounts, "missing">;
  rounds: Pick<Rounds, "confirm">;
  freshness: Freshness;
  audit: AuditGate;
  /** What agents have used is in the log too; while it is not known, nothing is decided. */
  budgets: Pick<Budgets, "unavailable">;
  guard: { ready(): boolean; reason(): string };
  gate: Pick<Gate, "expect">;
  issueTicket: (subject: TicketSubject) => Promise<RequestTicket>;
  newTicketId: () => string;
  clock: () => number;
  decisionTimeoutMs: number;
  events: Pick<Events, "emit">;
  metrics: RequestMetrics;
}

/** While something outside the request keeps it undecided, it is looked at again this often, in milliseconds. */
const retryMs = 2_000;

const awaitingMessage = "Policy sends this request to people.";

/**
 * The decider. For each request: see what is to be done, bring what it stands on up to now, decide, make the record durable,
 * and only then write the decision, with its ticket, in one patch. A crash before the patch means judging again; nobody
 * has acted on a decision that was never published.
 */
export function createRequestReconciler(options: RequestReconcilerOptions) {
  const { audit, clock, engine, guard } = options;

  return async function reconcile(key: string): Promise<ReconcileResult | undefined> {
    const request = options.requests.get(key);
    if (request === undefined) return undefined;
    const { namespace } = request.metadata;
    const plan = request.spec.planRef && options.plans.get(`${namespace}/${request.spec.planRef.name}`);
    const next = nextStep(request, clock(), options.decisionTimeoutMs, plan);
    if (next.do === "nothing") return undefined;
    if (!guard.ready())
      return undecided(request, "Undecided", `Nothing is decided while a safeguard is off: ${guard.reason()}`);
    const closed = audit.unavailable();
    if (closed !== "") return undecided(request, "AuditUnavailable", `The audit log can't be written: ${closed}`);
    const unknown = options.budgets.unavailable();
    if (unknown !== "") return undecided(request, "AuditUnavailable", `Nothing is decided while ${unknown}.`);
    try {
      return await carryOut(request, next);
    } catch (error) {
      // Whoever can't be asked again has approved nothing; it is tried until the approval's time is over.
      if (error instanceof ProviderError) return { requeueAfterMs: Math.max(retryMs, error.retryAfterMs ?? 0) };
      if (!(error instanceof AuditError && error.code === "AUDIT_UNAVAILABLE")) throw error;
      return undecided(request, "AuditUnavailable", `The audit log can't be written: ${error.message}`);
    }
  };

  async function carryOut(
    request: ActionRequest,
    next: Exclude<Next, { do: "nothing" }>,
  ): Promise<ReconcileResult | undefined> {
    switch (next.do) {
      case "settle":
        await write(request, { kind: "settled" });
        return undefined;
      case "cancel":
        return end(request, "Cancelled", "request.cancelled", next.message);
      case "refuse":
        return end(request, "Invalid", "request.rejected", next.message);
      case "expire": {
        const by = Number.isNaN(next.deadline) ? "" : ` by ${isoTime(next.deadline)}`;
        return end(
          request,
          "Expired",
          "request.expired",
          `It was not carried out${by}; create a new request if it is still wanted.`,
        );
      }
      case "recheck": {
        const { agent, decision, expiresAt = next.until } = judge(request);
        const stands =
          decision.result === "allow" || (decision.result === "require_approval" && isApproved(request, clock()));
        if (stands && sameGround(request.status, agent, decision))
          return { requeueAfterMs: Math.max(1, Math.min(next.until, expiresAt) - clock()) };
        return settleBy(request, next.ticket.attempt + 1, undefined);
      }
      case "judge": {
        // Only what waits for people is looked at first; anything else is judged once, when all that it stands on is fresh.
        if (request.status?.decision?.result === "require_approval" && !isApproved(request, clock())) {
          const { agent, decision, expiresAt = next.deadline } = judge(request);
          if (decision.result === "require_approval" && sameGround(request.status, agent, decision))
            return { requeueAfterMs: Math.max(1, Math.min(next.deadline, expiresAt) - clock()) };
        }
        return settleBy(request, next.attempt, next.deadline);
      }
    }
  }

  async function end(
    request: ActionRequest,
    reason: "Cancelled" | "Expired" | "Invalid",
    type: "request.cancelled" | "request.expired" | "request.rejected",
    message: string,
  ): Promise<undefined> {
    const record = await append(endRecord(request, type, message));
    await write(request, { kind: "ended", reason, message, record });
    tell(request, "Warning", reason, message);
    options.metrics.decided(reason.toLowerCase());
  }

  /** Decides by fresh state and publishes what came out. */
  async function settleBy(
    request: ActionRequest,
    attempt: number,
    deadline: number | undefined,
  ): Promise<ReconcileResult | undefined> {
    const { action, target, planRef } = request.spec;
    const [plan] = await Promise.all([
      planRef === undefined
        ? undefined
        : options.readPlan({ namespace: request.metadata.namespace, name: planRef.name }),
      options.freshness({ asker: askerOf(request), uses: [{ action, target }] }),
    ]);
    const forged = stepProblem(request, plan);
    if (forged !== undefined) return end(request, "Invalid", "request.rejected", forged);
    const now = nextStep(request, clock(), options.decisionTimeoutMs, plan);
    if (now.do === "cancel") return end(request, "Cancelled", "request.cancelled", now.message);
    const { agent, decision } = judge(request);
    failpoint("decided");
    const standing = request.status?.ticket;
    const approved = await approvedDigest(request, agent, decision);
    const mayGoOn = decision.result === "allow" || approved !== undefined;
    if (!mayGoOn && standing !== undefined && standing.revokedAt === undefined) {
      await append(revokedRecord(request, agent, standing));
    }
    if (decision.result === "undecided") {
      return undecided(request, "Undecided", undecidedMessage(decision), { agent, decision });
    }
    // People said yes and then something changed: that is written down already, and judged by what was written.
    if (decision.result === "require_approval" && !mayGoOn && isApproved(request, clock()))
      return { requeueAfterMs: retryMs };
    const lacking = mayGoOn ? cannotCarryOut(request) : undefined;
    if (lacking !== undefined)
      return undecided(request, "Undecided", `It would be allowed, but ${lacking}.`, { agent, decision });
    const made = decisionRecord(request, agent, decision, engine.getAction(request.spec.action), engine.digest());
    if (agent === undefined || decision.result === "deny") {
      const record = await append(made);
      await write(request, { kind: "denied", agent, decision, record });
      tell(request, "Warning", "Denied", decision.reason);
    } else if (!mayGoOn) {
      const record = await append(made);
      await write(request, { kind: "waiting", agent, decision, message: awaitingMessage, record });
      tell(request, "Normal", "AwaitingApproval", decision.reason);
      options.metrics.decided(decision.result);
      return deadline === undefined ? { requeueAfterMs: retryMs } : { requeueAfterMs: Math.max(1, deadline - clock()) };
    } else {
      const ticket = await options.issueTicket(
        ticketSubject(
          request,
          { agent, decision },
          { id: options.newTicketId(), attempt, action: engine.getAction(request.spec.action), approved },
        ),
      );
      const [record] = await Promise.all([append(made), append(ticketRecord(request, agent, ticket))]);
      const approvedBy = approved && (request.status?.approval?.approvers ?? []).join(", ");
      await write(request, { kind: "ticketed", agent, decision, ticket, record, ...(approvedBy && { approvedBy }) });
      tell(request, "Normal", "Allowed", decision.reason);
      options.metrics.decided(decision.result);
      return { requeueAfterMs: Math.max(1, Date.parse(ticket.expiresAt ?? "") - clock()) };
    }
    options.metrics.decided(decision.result);
    return undefined;
  }

  /** Digest of what people approved, looked up anew, when policy asks for them and they did. */
  async function approvedDigest(
    request: ActionRequest,
    agent: ResolvedAgent | undefined,
    decision: Decision,
  ): Promise<string | undefined> {
    if (decision.result !== "require_approval" || agent === undefined || !isApproved(request, clock()))
      return undefined;
    const judged = { agent: agentStatus(agent), decision: decisionStatus(decision, isoTime(clock())) };
    return options.rounds.confirm({ ...request, status: { ...request.status, ...judged } });
  }

  /** What a ticket would be worth nothing without; a person can mend it, so the request waits undecided. */
  function cannotCarryOut({ spec }: ActionRequest): string | undefined {
    // Reading what a decision stands on took time; the ground may have been taken away meanwhile.
    if (!guard.ready()) return `a safeguard is off: ${guard.reason()}`;
    const action = engine.getAction(spec.action);
    const found = engine.findTarget(spec.target);
    return action === undefined || "error" in found ? undefined : options.accounts.missing(action, found.target);
  }

  function judge(request: ActionRequest): Judgement {
    const { uid = "", name, namespace = "" } = request.metadata;
    const { action, target, params, reason, ticketId, correlationId, planRef } = request.spec;
    const asked = { uid, namespace, name, action, target, params: params ?? {}, reason, ticketId, correlationId };
    // A step was paid for when its plan was judged.
    const chargeKey = planRef?.step === undefined ? undefined : chargeKeyOf(planRef.uid, planRef.step);
    return options.judge.judge(askerOf(request), asked, { chargeKey });
  }

  async function undecided(
    request: ActionRequest,
    reason: "Undecided" | "AuditUnavailable",
    message: string,
    found: { agent?: ResolvedAgent; decision?: Decision } = {},
  ): Promise<ReconcileResult> {
    const ready = request.status?.conditions?.find((condition) => condition.type === "Ready");
    // Written once, not at every look: a system that is not well must not also flood its API server.
    if (ready?.reason !== reason || ready.message !== message.slice(0, ready.message.length)) {
      await write(request, { kind: "undecided", reason, message, ...found });
      options.metrics.decided("undecided");
    }
    return { requeueAfterMs: retryMs };
  }

  async function append(event: EventInput): Promise<LogPosition> {
    const { origin, index } = await audit.append(event);
    failpoint("logged");
    return { origin, index };
  }

  async function write(request: ActionRequest, verdict: Verdict): Promise<void> {
    const status = requestStatus(request, verdict, isoTime(clock()));
    const patch = mergePatch((request.status ?? {}) as Json, status as Json);
    if (patch === undefined) return;
    const key = keyOf(request);
    const body = { metadata: { resourceVersion: request.metadata.resourceVersion ?? "" }, status: patch };
    const written = await options.client.patchStatus<ActionRequest>(ACTION_REQUESTS, refOf(key), body);
    options.gate.expect(key, written.metadata.resourceVersion ?? "");
    failpoint("status-written");
  }

  function tell(request: ActionRequest, type: "Normal" | "Warning", reason: string, note: string): void {
    const { name, namespace, uid } = request.metadata;
    const regarding = { apiVersion: request.apiVersion, kind: request.kind, name, namespace, uid };
    options.events.emit({ regarding, type, reason, action: "Decide", note });
  }
}

function askerOf({ metadata: { namespace = "" }, spec: { requester, delegationRef } }: ActionRequest): Asker {
  return { namespace, requester, delegationRef };
}

/** Whether a decision stands on the same agent, policy, action and target as the one on record: then there is nothing to say anew. */
function sameGround(
  status: ActionRequestStatus | undefined,
  agent: ResolvedAgent | undefined,
  decision: Decision,
): boolean {
  const before = status?.decision;
  return (
    before !== undefined &&
    before.result === decision.result &&
    before.policyDigest === decision.policyDigest &&
    before.rule === decision.rule &&
    before.effectiveRisk === decision.effectiveRisk &&
    before.action?.digest === decision.action?.digest &&
    before.target?.digest === decision.target?.digest &&
    status?.agent?.digest === agent?.digest
  );
}

/** RFC 3339, whole seconds, as Kubernetes writes times. */
function isoTime(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}
