import type { ActionPlan } from "../../controller/api/types.ts";
import { RISK_CLASSES, type RiskClass } from "../../controller/api/vocabulary.ts";
import type { DecisionResult } from "../../controller/policy/types.ts";
import { inOrder } from "../../controller/reconcilers/plan-steps.ts";
import type { CallerInput, ResolvedCaller } from "./caller.ts";
import type { Judge, Judgement, Question } from "./judge.ts";

export interface StepJudgement extends Judgement {
  name: string;
  question: Question;
}

/** A plan as a whole: as strict as its strictest step, as risky as its riskiest. */
export interface PlanJudgement {
  result: DecisionResult;
  /** The step that made it so; absent when all are allowed. */
  because?: StepJudgement;
  riskClass: RiskClass;
  effectiveRisk: RiskClass;
  /** In the order in which they would run. */
  steps: StepJudgement[];
}

export interface PlanAsker {
  caller: CallerInput | null;
  /** Who asks, where that is proved already. */
  resolved?: ResolvedCaller | undefined;
  /** Epoch ms. */
  time: number;
  assume?: boolean | undefined;
  ticketId?: string | undefined;
}

/** From the mildest. */
const STRICTNESS: readonly DecisionResult[] = ["allow", "require_approval", "undecided", "deny"];

/** Judges all steps in the order of their run, each charged for those before it. */
export function judgePlan(judge: Judge, { spec }: ActionPlan, asker: PlanAsker): PlanJudgement {
  const ask = judge.sequence();
  const steps = inOrder(spec.steps).map((step): StepJudgement => {
    const question: Question = {
      action: step.action,
      target: step.target,
      params: step.params,
      reason: step.reason ?? spec.reason,
      ...asker,
      ticketId: asker.ticketId ?? spec.ticketId,
    };
    return { name: step.name, question, ...ask(question) };
  });
  const strictness = ({ decision }: StepJudgement): number => STRICTNESS.indexOf(decision.result);
  const [first] = steps.toSorted((a, b) => strictness(b) - strictness(a));
  const result = first?.decision.result ?? "deny";
  return {
    result,
    ...(first && result !== "allow" && { because: first }),
    riskClass: riskiest(steps.map(({ decision }) => decision.riskClass)),
    effectiveRisk: riskiest(steps.map(({ decision }) => decision.effectiveRisk)),
    steps,
  };
}

function riskiest(risks: readonly RiskClass[]): RiskClass {
  return RISK_CLASSES[Math.max(0, ...risks.map((risk) => RISK_CLASSES.indexOf(risk)))] ?? "critical";
}
