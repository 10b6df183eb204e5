import { CANCEL_ANNOTATION, CONDITIONS } from "../api/constants.ts";
import type { ActionPlan } from "../api/types.ts";
import { isTrue } from "../runtime/index.ts";
import { stepsProblem } from "./plan-steps.ts";

/** What is to be done about a plan now. */
export type PlanNext =
  /** Nothing: it is settled or being deleted. */
  | { do: "nothing" }
  /** It is finished; only the mark is missing. */
  | { do: "settle" }
  /** Its steps make no sense together. */
  | { do: "refuse"; message: string }
  /** Its requester took it back before anything began. */
  | { do: "cancel" }
  /** It was not decided, or not approved, in time. */
  | { do: "expire"; deadline: number }
  /** Decide about all steps as a whole. */
  | { do: "judge"; deadline: number }
  /** It is allowed: see to its steps. */
  | { do: "run" };

/** The next step for a plan, from its state alone. `now` is epoch ms. */
export function planNext(plan: ActionPlan, now: number, decisionTimeoutMs: number): PlanNext {
  const { status, metadata, spec } = plan;
  if (metadata.deletionTimestamp !== undefined || status?.settled === true) return { do: "nothing" };
  if (isTrue(status?.conditions, CONDITIONS.Finished)) return { do: "settle" };
  if (isAllowed(plan)) return { do: "run" };
  if (isCancelled(plan)) return { do: "cancel" };
  const problem = stepsProblem(spec.steps);
  if (problem !== undefined) return { do: "refuse", message: problem };
  const deadline = Date.parse(metadata.creationTimestamp ?? "") + decisionTimeoutMs;
  // A creation time that can't be read would mean no deadline at all.
  return now < deadline ? { do: "judge", deadline } : { do: "expire", deadline };
}

/** Whether the plan as a whole was allowed; from then on its steps are created and each is judged again by itself. */
export function isAllowed({ status }: ActionPlan): boolean {
  return status?.decision?.result === "allow" && isTrue(status.conditions, CONDITIONS.PolicyEvaluated);
}

/** Whether its requester took the plan back. */
export function isCancelled({ metadata }: ActionPlan): boolean {
  return metadata.annotations?.[CANCEL_ANNOTATION] === "true";
}

const FAILED: ReadonlySet<string> = new Set(["Failed", "Denied", "Expired", "Cancelled"]);

/** Why no further step of a plan may begin, and one that nobody has claimed must not be executed; undefined while all is well. */
export function planStops(plan: ActionPlan): string | undefined {
  const { metadata, status } = plan;
  if (metadata.deletionTimestamp !== undefined) return "its plan is being deleted";
  if (isTrue(status?.conditions, CONDITIONS.Finished)) return "its plan is finished";
  if (isCancelled(plan)) return "its plan was taken back";
  const failed = status?.steps?.find(({ state }) => FAILED.has(state));
  return failed === undefined ? undefined : `step ${failed.name} of its plan did not succeed`;
}
