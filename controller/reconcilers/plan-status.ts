import { CONDITIONS, type ReadyReason } from "../api/constants.ts";
import type { ActionPlan, ActionPlanStatus, Condition, LogPosition } from "../api/types.ts";
import type { ResolvedAgent } from "../policy/types.ts";
import { type Summary, setCondition, summarise } from "../runtime/index.ts";
import type { PlanEnd, StepStatus } from "./plan-advance.ts";
import type { PlanDecision, StepDecision } from "./plan-decision.ts";
import { agentStatus, cut } from "./request-status.ts";

/** What was found out about a plan. Every status of a plan is computed from one of these. */
export type PlanVerdict =
  | ({ kind: "allowed" | "waiting" | "denied"; record: LogPosition } & Judged)
  | { kind: "undecided"; reason: "Undecided" | "AuditUnavailable"; message: string; judged?: Judged }
  | { kind: "running"; steps: StepStatus[] }
  | { kind: "done"; steps: StepStatus[]; reason: PlanEnd; message: string; record: LogPosition }
  | { kind: "ended"; reason: "Cancelled" | "Expired" | "Invalid"; message: string; record: LogPosition }
  | { kind: "settled" };

/** A plan with what was decided about it. */
export interface Judged {
  agent?: ResolvedAgent;
  whole: PlanDecision;
  steps: readonly StepDecision[];
}

const maxMessage = 1024;
const maxReason = 4096;

const awaitingMessage =
  "Policy sends this plan to people, and no approval provider is configured; it waits until its deadline.";

/** The whole status of `plan` after `verdict`, at `now` (RFC 3339). Pure. */
export function planStatus(plan: ActionPlan, verdict: PlanVerdict, now: string): ActionPlanStatus {
  const before = plan.status ?? { observedGeneration: -1 };
  if (verdict.kind === "settled") return { ...before, settled: true };
  const generation = plan.metadata.generation ?? 1;
  const judged = judgedOf(verdict);
  const steps = stepsOf(plan, verdict, judged);
  const evaluated = evaluatedOf(before.conditions, verdict, generation, now);
  const summary = summarise({ ...before, conditions: evaluated }, { ...summaryOf(verdict, steps), generation }, now);
  const status: ActionPlanStatus = {
    ...before,
    ...summary,
    steps,
    stepsDone: `${steps.filter(({ state }) => state === "Succeeded").length}/${steps.length}`,
  };
  if (judged?.agent !== undefined) status.agent = agentStatus(judged.agent);
  if (judged !== undefined) {
    const { cumulativeRisk, escalatedFrom, ...whole } = judged.whole;
    status.decision = { ...whole, reason: cut(whole.reason, maxReason), cumulativeRisk, escalatedFrom, judgedAt: now };
  }
  if ("record" in verdict) {
    const { record } = verdict;
    const about = verdict.kind === "done" || verdict.kind === "ended" ? { outcome: record } : { decision: record };
    status.audit = { ...before.audit, ...about, last: record.index };
  }
  if (verdict.kind === "denied" || verdict.kind === "done" || verdict.kind === "ended") {
    const { reason, message } = summaryOf(verdict, steps);
    status.conditions = setCondition(status.conditions, told(CONDITIONS.Finished, reason, message, generation), now);
    status.settled = true;
  }
  return status;
}

function judgedOf(verdict: PlanVerdict): Judged | undefined {
  if (verdict.kind === "undecided") return verdict.judged;
  return "whole" in verdict ? verdict : undefined;
}

function stepsOf(plan: ActionPlan, verdict: PlanVerdict, judged: Judged | undefined): StepStatus[] {
  if ("steps" in verdict && (verdict.kind === "running" || verdict.kind === "done")) return verdict.steps;
  const known = new Map(plan.status?.steps?.map((step) => [step.name, step]));
  const decided = new Map(judged?.steps.map(({ step, decision }) => [step, decision]));
  return plan.spec.steps.map(({ name }): StepStatus => {
    const step: StepStatus = known.get(name) ?? { name, state: "Pending" };
    if (verdict.kind === "ended") return { ...step, state: "Skipped" };
    const decision = decided.get(name);
    if (decision === undefined) return step;
    const { result, cause, policy, rule, riskClass, effectiveRisk } = decision;
    const state = verdict.kind !== "denied" ? step.state : result === "deny" ? "Denied" : "Skipped";
    return {
      name,
      state,
      result,
      cause,
      policy,
      rule,
      riskClass,
      effectiveRisk,
      reason: cut(decision.reason, maxMessage),
    };
  });
}

function evaluatedOf(
  list: Condition[] | undefined,
  verdict: Exclude<PlanVerdict, { kind: "settled" }>,
  generation: number,
  now: string,
): Condition[] {
  const evaluated = (status: Condition["status"], reason: string, message: string) =>
    setCondition(list, { ...told(CONDITIONS.PolicyEvaluated, reason, message, generation), status }, now);
  switch (verdict.kind) {
    case "allowed":
      return evaluated("True", "Allowed", verdict.whole.reason);
    case "waiting":
      return evaluated("True", "ApprovalRequired", verdict.whole.reason);
    case "denied": {
      const { cause, reason } = verdict.whole;
      const denied = told(CONDITIONS.Denied, cause, reason, generation);
      return setCondition(evaluated("True", "Denied", reason), denied, now);
    }
    case "undecided":
      return evaluated("Unknown", verdict.reason, verdict.message);
    default:
      return list ?? [];
  }
}

function summaryOf(
  verdict: Exclude<PlanVerdict, { kind: "settled" }>,
  steps: readonly StepStatus[],
): Pick<Summary, "state" | "ready"> & { reason: ReadyReason; message: string } {
  switch (verdict.kind) {
    case "allowed":
    case "running": {
      const unknown = steps.find(({ state }) => state === "OutcomeUnknown");
      if (unknown !== undefined) {
        const message = `Nobody knows yet how step ${unknown.name} ended; a person resolves its request ${unknown.request}.`;
        return { state: "reconciling", reason: "OutcomeUnknown", message };
      }
      const running = steps.filter(({ state }) => state === "Running").map(({ name }) => name);
      const message = running.length === 0 ? "Its steps begin." : `Under way: ${running.join(", ")}.`;
      return { state: "reconciling", reason: "Executing", message: cut(message, maxMessage) };
    }
    case "waiting":
      return { state: "reconciling", reason: "AwaitingApproval", message: awaitingMessage };
    case "undecided":
      return {
        state: "reconciling",
        ready: "Unknown",
        reason: verdict.reason,
        message: cut(verdict.message, maxMessage),
      };
    case "denied":
      return { state: "stalled", reason: "Denied", message: cut(verdict.whole.reason, maxMessage) };
    case "done": {
      const state = verdict.reason === "Succeeded" ? "ready" : "stalled";
      return { state, reason: verdict.reason, message: cut(verdict.message, maxMessage) };
    }
    case "ended":
      return { state: "stalled", reason: verdict.reason, message: cut(verdict.message, maxMessage) };
  }
}

function told(type: string, reason: string, message: string, observedGeneration: number) {
  return { type, status: "True" as const, reason, message: cut(message, maxMessage), observedGeneration };
}
