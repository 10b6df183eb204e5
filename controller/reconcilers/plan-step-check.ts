import type { ActionPlan, ActionRequest } from "../api/types.ts";
import { equal, type Json } from "./merge-patch.ts";
import { isAllowed } from "./plan-next.ts";

/**
 * Why a request is not the step of a plan that it says it is; undefined when it is. Pure. Everything that it asks for, and who
 * asks, must be what the plan says, and the plan must have been allowed as a whole: else a request could borrow the name, and
 * the budget, of a plan that people know.
 */
export function stepProblem(request: ActionRequest, plan: ActionPlan | undefined): string | undefined {
  const { planRef } = request.spec;
  if (planRef === undefined) return undefined;
  if (plan === undefined) return `spec.planRef.name: there is no ActionPlan ${JSON.stringify(planRef.name)} here.`;
  if (plan.metadata.uid !== planRef.uid)
    return `spec.planRef.uid: ActionPlan ${planRef.name} is another one, with UID ${plan.metadata.uid}.`;
  const step = plan.spec.steps.find(({ name }) => name === planRef.step);
  if (step === undefined)
    return `spec.planRef.step: ActionPlan ${planRef.name} has no step ${JSON.stringify(planRef.step ?? "")}.`;
  const wanted = stepSpec(plan, step.name);
  for (const field of FIELDS) {
    if (!equal(request.spec[field] as Json | undefined, wanted?.[field] as Json | undefined))
      return `spec.${field} is not what step ${step.name} of ActionPlan ${planRef.name} asks for.`;
  }
  const known = plan.status?.steps?.find(({ name }) => name === step.name);
  if (known?.uid !== undefined && known.uid !== request.metadata.uid)
    return `spec.planRef: step ${step.name} of ActionPlan ${planRef.name} is the request ${known.request}, not this one.`;
  return isAllowed(plan) ? undefined : `spec.planRef: ActionPlan ${planRef.name} is not allowed.`;
}

const FIELDS = [
  ...(["action", "target", "params", "requester", "delegationRef"] as const),
  ...(["reason", "ticketId", "correlationId", "dryRun", "rollbackOf"] as const),
];

/** The spec of the request of a step; undefined when the plan has no such step. */
export function stepSpec(plan: ActionPlan, name: string): ActionRequest["spec"] | undefined {
  const { requester, delegationRef, reason, ticketId, correlationId, steps } = plan.spec;
  const step = steps.find((candidate) => candidate.name === name);
  if (step === undefined) return undefined;
  return {
    ...{ action: step.action, target: step.target, params: step.params ?? {}, dryRun: false },
    ...withoutUndefined({ reason: step.reason ?? reason, ticketId, correlationId, delegationRef, requester }),
    planRef: { name: plan.metadata.name, uid: plan.metadata.uid ?? "", step: name },
  };
}

function withoutUndefined<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as Partial<T>;
}
