import { ACTION_PLANS } from "../api/constants.ts";
import type { ActionPlan, LogPosition } from "../api/types.ts";
import { AuditError } from "../audit/errors.ts";
import type { EventInput } from "../audit/event.ts";
import type { Ledger } from "../limits/ledger.ts";
import type { PolicyEngine } from "../policy/engine.ts";
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
import type { Accounts } from "./accounts.ts";
import type { AuditGate } from "./audit-gate.ts";
import type { Budgets } from "./budgets.ts";
import type { Freshness } from "./freshness.ts";
import { type Asker, type Judge, undecidedMessage } from "./judge.ts";
import { type Json, mergePatch } from "./merge-patch.ts";
import { advance, type StepStatus } from "./plan-advance.ts";
import { type StepDecision, wholeOf } from "./plan-decision.ts";
import { type PlanNext, planNext } from "./plan-next.ts";
import { planDecisionRecord, planEndRecord } from "./plan-record.ts";
import { type Judged, type PlanVerdict, planStatus } from "./plan-status.ts";
import type { StepRequests } from "./plan-step-requests.ts";
import { chargeKeyOf, inOrder } from "./plan-steps.ts";
import type { RequestMetrics } from "./request-metrics.ts";

export interface PlanReconcilerOptions {
  client: KubeClient;
  plans: Pick<Informer<ActionPlan>, "get">;
  steps: StepRequests;
  engine: PolicyEngine;
  judge: Judge;
  ledger: Ledger;
  accounts: Pick<Accounts, "missing">;
  freshness: Freshness;
  audit: AuditGate;
  /** What agents have used is in the log too; while it is not known, nothing is decided. */
  budgets: Pick<Budgets, "unavailable">;
  guard: { ready(): boolean; reason(): string };
  gate: Pick<Gate, "expect">;
  clock: () => number;
  decisionTimeoutMs: number;
  events: Pick<Events, "emit">;
  metrics: Pick<RequestMetrics, "planDecided">;
}

/** While something outside the plan keeps it undecided, it is looked at again this often, in milliseconds. */
const retryMs = 2_000;
/** Steps are watched; this is for what a watch can't tell, in milliseconds. */
const lookAgainMs = 30_000;

/**
 * Judges plans as a whole and then sees to their steps, one request each. What was decided is on record before it is published,
 * and a step's request has a name that is the same at every try: a crash between any two writes leaves nothing half done that the
 * next look does not take up.
 */
export function createPlanReconciler(options: PlanReconcilerOptions) {
  const { audit, clock, engine, guard } = options;

  return async function reconcile(key: string): Promise<ReconcileResult | undefined> {
    const plan = options.plans.get(key);
    if (plan === undefined) return undefined;
    const next = planNext(plan, clock(), options.decisionTimeoutMs);
    if (next.do === "nothing") return undefined;
    if (!guard.ready())
      return undecided(plan, "Undecided", `Nothing is decided while a safeguard is off: ${guard.reason()}`);
    const closed = audit.unavailable();
    if (closed !== "") return undecided(plan, "AuditUnavailable", `The audit log can't be written: ${closed}`);
    const unknown = options.budgets.unavailable();
    if (unknown !== "") return undecided(plan, "AuditUnavailable", `Nothing is decided while ${unknown}.`);
    try {
      return await carryOut(plan, next);
    } catch (error) {
      if (!(error instanceof AuditError && error.code === "AUDIT_UNAVAILABLE")) throw error;
      return undecided(plan, "AuditUnavailable", `The audit log can't be written: ${error.message}`);
    }
  };

  async function carryOut(
    plan: ActionPlan,
    next: Exclude<PlanNext, { do: "nothing" }>,
  ): Promise<ReconcileResult | undefined> {
    switch (next.do) {
      case "settle":
        await write(plan, { kind: "settled" });
        return undefined;
      case "cancel":
        return end(plan, "Cancelled", "Its requester took it back before it was begun.");
      case "refuse":
        return end(plan, "Invalid", next.message);
      case "expire":
        return end(plan, "Expired", "It was not begun in time; create a new plan if it is still wanted.");
      case "judge":
        return decide(plan, next.deadline);
      case "run":
        return run(plan);
    }
  }

  async function end(
    plan: ActionPlan,
    reason: "Cancelled" | "Expired" | "Invalid",
    message: string,
  ): Promise<undefined> {
    const steps = plan.spec.steps.map(({ name }): StepStatus => ({ name, state: "Skipped" }));
    const record = await append(planEndRecord(plan, undefined, { reason, message, steps }));
    await write(plan, { kind: "ended", reason, message, record });
    tell(plan, "Warning", reason, message);
    options.metrics.planDecided(reason.toLowerCase());
  }

  async function decide(plan: ActionPlan, deadline: number): Promise<ReconcileResult | undefined> {
    await options.freshness({ asker: askerOf(plan), uses: plan.spec.steps });
    // Tried on a copy first: as long as nothing can be decided, nothing is charged.
    const tried = judgeAll(plan, options.ledger.fork());
    if (tried.whole.result === "undecided") {
      const unclear = tried.steps.find(({ decision }) => decision.result === "undecided");
      const message = unclear === undefined ? tried.whole.reason : undecidedMessage(unclear.decision);
      return undecided(plan, "Undecided", `Step ${unclear?.step}: ${message}`, tried);
    }
    const lacking = tried.whole.result === "allow" ? cannotCarryOut(plan) : undefined;
    if (lacking !== undefined) return undecided(plan, "Undecided", `It would be allowed, but ${lacking}.`, tried);
    const waited = plan.status?.decision?.result === "require_approval";
    // Until its time is over, or that of what was lent to its agent.
    const wait = { requeueAfterMs: Math.max(1, Math.min(deadline, tried.expiresAt ?? deadline) - clock()) };
    if (waited && tried.whole.result === "require_approval" && tried.whole.reason === plan.status?.decision?.reason)
      return wait;
    const judged = judgeAll(plan, options.ledger);
    failpoint("plan-decided");
    const record = await append(planDecisionRecord(plan, judged, engine.digest()));
    options.metrics.planDecided(judged.whole.result);
    if (judged.agent === undefined || judged.whole.result === "deny") {
      await write(plan, { kind: "denied", ...judged, record });
      tell(plan, "Warning", "Denied", judged.whole.reason);
      return undefined;
    }
    if (judged.whole.result === "require_approval") {
      await write(plan, { kind: "waiting", ...judged, record });
      tell(plan, "Normal", "AwaitingApproval", judged.whole.reason);
      return wait;
    }
    await write(plan, { kind: "allowed", ...judged, record });
    tell(plan, "Normal", "Allowed", judged.whole.reason);
    // The watch brings what was just written, and then the first steps begin.
    return undefined;
  }

  /** Every step as if those before it had been judged already, so that what they add up to counts. */
  function judgeAll(plan: ActionPlan, ledger: Ledger): Judged & { expiresAt?: number } {
    const { uid = "", name, namespace = "" } = plan.metadata;
    const { reason: why, ticketId, correlationId } = plan.spec;
    let agent: Judged["agent"];
    let expiresAt: number | undefined;
    const steps = inOrder(plan.spec.steps).map((step): StepDecision => {
      const { action, target, params = {}, reason = why } = step;
      const asked = { uid, namespace, name, action, target, params, reason, ticketId, correlationId };
      const judged = options.judge.judge(askerOf(plan), asked, { ledger, chargeKey: chargeKeyOf(uid, step.name) });
      ({ agent, expiresAt } = judged);
      return { step: step.name, decision: judged.decision };
    });
    return { agent, whole: wholeOf(steps), steps, ...(expiresAt === undefined ? {} : { expiresAt }) };
  }

  function cannotCarryOut(plan: ActionPlan): string | undefined {
    if (!guard.ready()) return `a safeguard is off: ${guard.reason()}`;
    for (const { name, action, target } of plan.spec.steps) {
      const known = engine.getAction(action);
      const found = engine.findTarget(target);
      const missing =
        known === undefined || "error" in found ? undefined : options.accounts.missing(known, found.target);
      if (missing !== undefined) return `for step ${name} ${missing}`;
    }
    return undefined;
  }

  async function run(plan: ActionPlan): Promise<ReconcileResult | undefined> {
    const views = await options.steps.views(plan);
    const { steps, create, end: over, deadline } = advance(plan, views, clock(), options.decisionTimeoutMs);
    if (over !== undefined) {
      const record = await append(planEndRecord(plan, undefined, { ...over, steps }));
      await write(plan, { kind: "done", steps, ...over, record });
      tell(plan, over.reason === "Succeeded" ? "Normal" : "Warning", over.reason, over.message);
      options.metrics.planDecided(over.reason.toLowerCase());
      return undefined;
    }
    const begun = new Map<string, StepStatus>();
    for (const step of create) begun.set(step.name, await options.steps.begin(plan, step.name));
    failpoint("step-created");
    await write(plan, { kind: "running", steps: steps.map((step) => ({ ...step, ...begun.get(step.name) })) });
    const waits = deadline === undefined ? lookAgainMs : Math.min(lookAgainMs, Math.max(1, deadline - clock()));
    return { requeueAfterMs: waits };
  }

  async function undecided(
    plan: ActionPlan,
    reason: "Undecided" | "AuditUnavailable",
    message: string,
    judged?: Judged,
  ): Promise<ReconcileResult> {
    const ready = plan.status?.conditions?.find((condition) => condition.type === "Ready");
    // A plan that runs keeps what is said of its steps: each of them tells the same of itself.
    const runs = plan.status?.decision?.result === "allow" && judged === undefined;
    // Written once, not at every look: a system that is not well must not also flood its API server.
    if (!runs && (ready?.reason !== reason || ready.message !== message.slice(0, ready.message.length))) {
      await write(plan, { kind: "undecided", reason, message, ...(judged === undefined ? {} : { judged }) });
      options.metrics.planDecided("undecided");
    }
    return { requeueAfterMs: retryMs };
  }

  async function append(event: EventInput): Promise<LogPosition> {
    const { origin, index } = await audit.append(event);
    failpoint("plan-logged");
    return { origin, index };
  }

  async function write(plan: ActionPlan, verdict: PlanVerdict): Promise<void> {
    const status = planStatus(plan, verdict, `${new Date(clock()).toISOString().slice(0, 19)}Z`);
    const patch = mergePatch((plan.status ?? {}) as unknown as Json, status as unknown as Json);
    if (patch === undefined) return;
    const key = keyOf(plan);
    const body = { metadata: { resourceVersion: plan.metadata.resourceVersion ?? "" }, status: patch };
    const written = await options.client.patchStatus<ActionPlan>(ACTION_PLANS, refOf(key), body);
    options.gate.expect(key, written.metadata.resourceVersion ?? "");
    failpoint("plan-written");
  }

  function tell(plan: ActionPlan, type: "Normal" | "Warning", reason: string, note: string): void {
    const { name, namespace, uid } = plan.metadata;
    const regarding = { apiVersion: plan.apiVersion, kind: plan.kind, name, namespace, uid };
    options.events.emit({ regarding, type, reason, action: "Plan", note });
  }
}

function askerOf({ metadata: { namespace = "" }, spec: { requester, delegationRef } }: ActionPlan): Asker {
  return { namespace, requester, delegationRef };
}
