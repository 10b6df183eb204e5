import { type RiskClass, SENSITIVITIES, type Sensitivity } from "../api/vocabulary.ts";

const MATRIX: Record<RiskClass, Record<Sensitivity, RiskClass>> = {
  low: { public: "low", internal: "low", restricted: "medium", critical: "high" },
  medium: { public: "low", internal: "medium", restricted: "high", critical: "critical" },
  high: { public: "medium", internal: "high", restricted: "critical", critical: "critical" },
  critical: { public: "high", internal: "critical", restricted: "critical", critical: "critical" },
};

/** Risk of an action of this class on a target of this sensitivity. What is unknown counts as critical. */
export function effectiveRisk(risk: RiskClass, sensitivity: Sensitivity): RiskClass {
  return MATRIX[risk]?.[sensitivity] ?? "critical";
}

/** The more sensitive of two. */
export function maxSensitivity(a: Sensitivity, b: Sensitivity): Sensitivity {
  return SENSITIVITIES.indexOf(a) >= SENSITIVITIES.indexOf(b) ? a : b;
}
