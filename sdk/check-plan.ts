import { API_VERSION } from "../controller/api/constants.ts";
import type { ActionPlan } from "../controller/api/types.ts";
import { validateSchema } from "../controller/api/validate.ts";
import type { RiskClass } from "../controller/api/vocabulary.ts";
import type { Decision } from "../controller/policy/types.ts";
import { stepsProblem } from "../controller/reconcilers/plan-steps.ts";
import { checkFields } from "./arguments.ts";
import { ASKING_FIELDS, type Asking, type CheckContext, prepare } from "./check.ts";
import { SdkError } from "./errors.ts";
import { judgePlan } from "./project/judge-plan.ts";

/** Several requests that would be asked together. */
export interface CheckPlanInput extends Asking {
  /** As in an ActionPlan: a step without `dependsOn` comes after the one before it. */
  steps: ActionPlan["spec"]["steps"];
}

/** What would be decided about a plan: as strict as its strictest step, as risky as its riskiest. */
export interface CheckedPlan {
  result: Decision["result"];
  /** Name of the step that made it so; absent when all are allowed. */
  because?: string;
  riskClass: RiskClass;
  effectiveRisk: RiskClass;
  /** In the order in which they would run. */
  steps: readonly { name: string; decision: Decision }[];
}

/** Judges the steps one after the other, each charged for those before it, as the cluster does. Throws SdkError `BadArgument`. */
export async function checkPlan(context: CheckContext, input: CheckPlanInput): Promise<CheckedPlan> {
  checkFields(input, { steps: "any", ...ASKING_FIELDS });
  const { steps, ...asked } = input;
  const plan: ActionPlan = { apiVersion: API_VERSION, kind: "ActionPlan", metadata: { name: "plan" }, spec: { steps } };
  const [wrong] = validateSchema("ActionPlan", plan);
  const problem = wrong ? `${wrong.path}: ${wrong.message}` : stepsProblem(steps);
  if (problem !== undefined) throw new SdkError("BadArgument", problem);
  const { judge, asking } = await prepare(context, asked);
  const judged = judgePlan(judge, { ...plan, spec: { steps, reason: asking.reason } }, asking);
  return {
    result: judged.result,
    ...(judged.because && { because: judged.because.name }),
    riskClass: judged.riskClass,
    effectiveRisk: judged.effectiveRisk,
    steps: judged.steps.map(({ name, decision }) => ({ name, decision })),
  };
}
