import type { ActionPlan } from "../api/types.ts";
import { auditable } from "../audit/canonical.ts";
import { type EventInput, MAX_ENTRY_BYTES } from "../audit/event.ts";
import type { ResolvedAgent } from "../policy/types.ts";
import type { StepStatus } from "./plan-advance.ts";
import type { Judged } from "./plan-status.ts";
import { actorOf } from "./request-record.ts";
import { cut } from "./request-status.ts";

/** What an entry of the log takes, less room for its envelope, in bytes. */
const MAX_BYTES = MAX_ENTRY_BYTES - 2_048;
/** How much is told of a step where there is room for it, and where there is less; its request's own record tells all. */
const DETAILS = [
  { reason: Number.POSITIVE_INFINITY, digests: true },
  { reason: 256, digests: true },
  { reason: 64, digests: false },
] as const;

/**
 * What the log says of the decision about a plan: every step's, and what each costs. Parameters are told when a step is judged by
 * itself. Long reasons are cut when it would not fit otherwise: a decision that can't be on record is none.
 */
export function planDecisionRecord(plan: ActionPlan, judged: Judged, snapshot: string): EventInput {
  const [most, ...less] = DETAILS;
  let record = recordOf(plan, judged, snapshot, most);
  for (const detail of less)
    if (Buffer.byteLength(JSON.stringify(record)) > MAX_BYTES) record = recordOf(plan, judged, snapshot, detail);
  return record;
}

function recordOf(
  plan: ActionPlan,
  { agent, whole, steps }: Judged,
  snapshot: string,
  { reason: longest, digests }: (typeof DETAILS)[number],
): EventInput {
  const { result, cause, riskClass, effectiveRisk, cumulativeRisk, escalatedFrom } = whole;
  return {
    type: "plan.decided",
    ...subject(plan),
    actor: actorOf(plan, agent),
    data: auditable({
      ...{ result, cause, reason: cut(whole.reason, 4_096) },
      ...{ riskClass, effectiveRisk, cumulativeRisk, escalatedFrom, snapshot },
      ...asked(plan),
      steps: steps.map(({ step, decision }) => {
        const { policy, policyDigest, rule, action, target } = decision;
        return {
          ...{
            step,
            result: decision.result,
            cause: decision.cause,
            reason: cut(decision.reason, longest),
            policy,
            rule,
          },
          ...(digests ? { policyDigest, action, target } : {}),
          ...{ effectiveRisk: decision.effectiveRisk, cumulativeRisk: decision.cumulativeRisk },
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
