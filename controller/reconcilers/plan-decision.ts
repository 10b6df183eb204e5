import { RISK_CLASSES, type RiskClass } from "../api/constants.ts";
import type { Decision, DecisionResult } from "../policy/types.ts";

/** What was decided about one step. */
export interface StepDecision {
  step: string;
  decision: Decision;
}

/** What was decided about a plan as a whole. */
export interface PlanDecision {
  result: DecisionResult;
  cause: Decision["cause"];
  reason: string;
  riskClass: RiskClass;
  effectiveRisk: RiskClass;
  cumulativeRisk?: Decision["cumulativeRisk"];
  escalatedFrom?: Decision["escalatedFrom"];
}

/** From what ends everything to what lets everything go on. */
const STRICTEST_FIRST: readonly DecisionResult[] = ["deny", "undecided", "require_approval", "allow"];

/**
 * The decision about a plan: the strictest of its steps', with that step's cause; the greatest risks of all. Pure. There is
 * at least one step.
 */
export function wholeOf(steps: readonly StepDecision[]): PlanDecision {
  const result =
    STRICTEST_FIRST.find((wanted) => steps.some(({ decision }) => decision.result === wanted)) ?? "undecided";
  const same = steps.filter(({ decision }) => decision.result === result);
  const [first] = same;
  if (first === undefined) throw new Error("a plan without steps can't be decided about");
  const { cause, reason, escalatedFrom } = first.decision;
  const more = same.length > 1 ? ` (and ${same.length - 1} more of ${steps.length})` : "";
  const told = result === "allow" ? `all ${steps.length} steps are allowed` : `step ${first.step}${more}: ${reason}`;
  const decided: PlanDecision = {
    ...{ result, cause, reason: told },
    riskClass: greatest(steps.map(({ decision }) => decision.riskClass)),
    effectiveRisk: greatest(steps.map(({ decision }) => decision.effectiveRisk)),
  };
  const cumulative = steps
    .flatMap(({ decision }) => decision.cumulativeRisk ?? [])
    .sort((a, b) => b.score - a.score)[0];
  if (cumulative !== undefined) decided.cumulativeRisk = cumulative;
  if (escalatedFrom !== undefined) decided.escalatedFrom = escalatedFrom;
  return decided;
}

function greatest(classes: readonly RiskClass[]): RiskClass {
  return RISK_CLASSES[Math.max(...classes.map((risk) => RISK_CLASSES.indexOf(risk)))] ?? "critical";
}
