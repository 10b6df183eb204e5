import type { ActionPlan } from "../api/types.ts";
import { auditable } from "../audit/canonical.ts";
import type { EventInput } from "../audit/event.ts";
import type { ResolvedAgent } from "../policy/types.ts";
import type { StepStatus } from "./plan-advance.ts";
import type { Judged } from "./plan-status.ts";
import { actorOf } from "./request-record.ts";

/** What the log says of the decision about a plan: every step's, and what each costs. Parameters are told when a step is judged by itself. */
export function planDecisionRecord(plan: ActionPlan, { agent, whole, steps }: Judged, snapshot: string): EventInput {
  const { result, cause, reason, riskClass, effectiveRisk, cumulativeRisk, escalatedFrom } = whole;
  return {
    type: "plan.decided",
    ...subject(plan),
    actor: actorOf(plan, agent),
    data: auditable({
      ...{ result, cause, reason, riskClass, effectiveRisk, cumulativeRisk, escalatedFrom, snapshot },
      ...asked(plan),
      steps: steps.map(({ step, decision }) => {
        const { policy, policyDigest, rule, action, target } = decision;
        return {
          ...{
            step,
            result: decision.result,
            cause: decision.cause,
            reason: decision.reason,
            policy,
            policyDigest,
            rule,
          },
          ...{ effectiveRisk: decision.effectiveRisk, action, target, cumulativeRisk: decision.cumulativeRisk },
          requested: plan.spec.steps.find(({ name }) => name === step)?.target,
        };
      }),
      charges: steps.flatMap(({ decision }) => decision.charge ?? []),
    }) as Record<string, unknown>,
  };
}

/** How a plan ended, with what became of each step and under which request. */
export function planEndRecord(
  plan: ActionPlan,
  agent: ResolvedAgent | undefined,
  end: { reason: string; message: string; steps: readonly StepStatus[] },
): EventInput {
  return {
    type: "plan.finished",
    ...subject(plan),
    actor: actorOf(plan, agent),
    data: auditable({
      ...{ result: end.reason, reason: end.message },
      ...asked(plan),
      steps: end.steps.map(({ name, state, request, uid }) => ({ step: name, state, request, uid })),
    }) as Record<string, unknown>,
  };
}

function asked({ spec: { reason, ticketId, correlationId } }: ActionPlan) {
  return { requestReason: reason, ticketId, correlationId };
}

function subject({ metadata: { uid = "", namespace, name } }: ActionPlan): Required<Pick<EventInput, "action">> {
  return { action: { uid, ns: namespace, name } };
}
