import { CONDITIONS, type TerminalReason } from "../api/constants.ts";
import type { ActionPlan, ActionRequest } from "../api/types.ts";
import { getCondition, isTrue } from "../runtime/index.ts";
import { isCancelled, planStops } from "./plan-next.ts";
import { dependenciesOf, type PlanStep } from "./plan-steps.ts";

/** What has become of a step. */
export type StepStatus = NonNullable<NonNullable<ActionPlan["status"]>["steps"]>[number];
type StepState = StepStatus["state"];

/** What is known of the request of a step that was begun. */
export type StepView = { request: ActionRequest } | { gone: true };

/** Where a plan that runs stands after a look at its steps. */
export interface Advance {
  steps: StepStatus[];
  /** Steps whose turn it is. */
  create: PlanStep[];
  /** Set when nothing is under way any more and nothing will begin. */
  end?: { reason: PlanEnd; message: string };
  /** When a step whose turn it is must have begun, epoch ms; absent when none waits. */
  deadline?: number;
}

/** How a plan that was allowed can end. */
export type PlanEnd = Extract<TerminalReason, "Succeeded" | "Failed" | "Expired" | "Cancelled">;

const OPEN: ReadonlySet<StepState> = new Set<StepState>(["Running", "OutcomeUnknown"]);

/**
 * What the requests of its steps mean for a plan that runs. Pure. `views` holds what is there of each step that was begun;
 * `now` is epoch ms. Once a step did not succeed, or the plan was taken back, no further one begins; what is under way is waited for.
 */
export function advance(
  plan: ActionPlan,
  views: ReadonlyMap<string, StepView>,
  now: number,
  decisionTimeoutMs: number,
): Advance {
  const { spec, status } = plan;
  const before = new Map(status?.steps?.map((step) => [step.name, step]));
  const steps = spec.steps.map((step): StepStatus => {
    const known = before.get(step.name) ?? { name: step.name, state: "Pending" };
    const view = views.get(step.name);
    return view === undefined || !OPEN.has(known.state) ? known : { ...known, ...outcomeOf(view) };
  });
  // Also when it was taken back meanwhile: what is done is done.
  if (steps.every(({ state }) => state === "Succeeded"))
    return { steps, create: [], end: { reason: "Succeeded", message: `All ${steps.length} steps succeeded.` } };
  const seen: ActionPlan = {
    ...plan,
    status: { ...status, observedGeneration: status?.observedGeneration ?? -1, steps },
  };
  const byName = new Map(steps.map((step) => [step.name, step]));
  const why = planStops(seen);
  const free = spec.steps.filter(
    (step, index) =>
      byName.get(step.name)?.state === "Pending" &&
      dependenciesOf(spec.steps, index).every((name) => byName.get(name)?.state === "Succeeded"),
  );
  const deadline = turnOf(plan, steps) + decisionTimeoutMs;
  const late = why === undefined && free.length > 0 && !(now < deadline);
  if (why === undefined && !late) {
    if (free.length > 0) return { steps, create: free, deadline };
    return { steps, create: [] };
  }
  const reason = late ? "its turn came, but it could not begin in time" : "an earlier step did not succeed";
  const skipped = steps.map(
    (step): StepStatus =>
      step.state === "Pending"
        ? {
            ...step,
            state: "Skipped",
            message: isCancelled(plan) ? "The plan was taken back." : `Not begun: ${reason}.`,
          }
        : step,
  );
  if (skipped.some(({ state }) => OPEN.has(state))) return { steps: skipped, create: [] };
  return { steps: skipped, create: [], end: endOf(plan, skipped, late) };
}

/** When the turn of whatever waits came: when the last step ended, else when the plan was allowed. */
function turnOf({ status }: ActionPlan, steps: readonly StepStatus[]): number {
  const times = [status?.decision?.judgedAt, ...steps.map(({ finishedAt }) => finishedAt)];
  return Math.max(...times.flatMap((time) => (time === undefined ? [] : [Date.parse(time)])));
}

function outcomeOf(view: StepView): Partial<StepStatus> {
  if ("gone" in view)
    return {
      state: "Failed",
      message: "Its request was deleted before its end was seen; the audit log has what it did.",
    };
  const { status } = view.request;
  const ready = getCondition(status?.conditions, CONDITIONS.Ready);
  const finished = getCondition(status?.conditions, CONDITIONS.Finished);
  const told = { ...judgedAs(view.request), message: ready?.message.slice(0, 1024) };
  if (!isTrue(status?.conditions, CONDITIONS.Finished)) {
    if (isTrue(status?.conditions, CONDITIONS.Stalled) && ready?.reason === "OutcomeUnknown")
      return { ...told, state: "OutcomeUnknown" };
    // What goes its way is not told at every turn: that would be a write each.
    return status?.decision?.result === "allow" ? { state: "Running" } : { ...told, state: "Running" };
  }
  return { ...told, state: stateOf(ready?.reason), finishedAt: finished?.lastTransitionTime };
}

/** What policy said when the request of the step was judged by itself; it may be stricter than what it said of the plan. */
function judgedAs({ status }: ActionRequest): Partial<StepStatus> {
  const decision = status?.decision;
  if (decision === undefined) return {};
  const { result, cause, policy, rule, riskClass, effectiveRisk } = decision;
  return { result, cause, policy, rule, riskClass, effectiveRisk, reason: decision.reason?.slice(0, 1024) };
}

function stateOf(reason: string | undefined): StepState {
  switch (reason) {
    case "Succeeded":
    case "DryRun":
      return "Succeeded";
    case "Denied":
    case "Expired":
    case "Cancelled":
      return reason;
    default:
      return "Failed";
  }
}

function endOf(plan: ActionPlan, steps: readonly StepStatus[], late: boolean): NonNullable<Advance["end"]> {
  const done = `${steps.filter(({ state }) => state === "Succeeded").length} of ${steps.length} steps succeeded`;
  // A step that was withdrawn because its plan stops says nothing about why.
  const failed =
    steps.find(({ state }) => state === "Failed" || state === "Denied" || state === "Expired") ??
    steps.find(({ state }) => state === "Cancelled");
  if (failed !== undefined && !(failed.state === "Cancelled" && isCancelled(plan))) {
    const reason = failed.state === "Expired" || failed.state === "Cancelled" ? failed.state : "Failed";
    const detail = failed.message === undefined ? "" : ` (${failed.message})`;
    return { reason, message: `Step ${failed.name} ended as ${failed.state}${detail}; ${done}.` };
  }
  if (isCancelled(plan)) return { reason: "Cancelled", message: `Its requester took it back; ${done}.` };
  return late
    ? { reason: "Expired", message: `A step could not begin in time; ${done}.` }
    : { reason: "Failed", message: `It stopped; ${done}.` };
}
