import type { RiskProfile } from "../../controller/api/types.ts";
import { RISK_CLASSES } from "../../controller/api/vocabulary.ts";
import { inside, type Place, warn } from "./problem.ts";
import type { PythonConfig } from "./shapes.ts";

const DAY = 86_400;

/** Whole seconds, rounded up: a longer window never forgives sooner. */
function seconds(value: number, most: number, place: Place): string {
  const whole = Math.ceil(value);
  if (whole !== value) warn(place, `${value} becomes ${whole} seconds`);
  if (whole > most) warn(place, `${whole} seconds are more than is possible; ${most} are kept`);
  return `${Math.min(whole, most)}s`;
}

function count(value: number, most: number, place: Place): number {
  if (value > most) warn(place, `${value} is more than is possible; ${most} is kept`);
  return Math.min(value, most);
}

type Cumulative = NonNullable<PythonConfig["cumulative_risk"]>;

function toCumulative(given: Cumulative, place: Place): RiskProfile["spec"]["cumulativeRisk"] {
  const scores: Record<string, number> = {};
  for (const risk of RISK_CLASSES) {
    const score = given.risk_scores.get(risk) ?? 0;
    const here = inside(place, "risk_scores", risk);
    if (score < 0) warn(here, "is negative, which would make room for more risk; 0 is kept");
    scores[risk] = count(Math.max(score, 0), 100_000, here);
  }
  for (const key of given.risk_scores.keys()) {
    if (!RISK_CLASSES.some((risk) => risk === key)) warn(inside(place, "risk_scores", key), "is no risk class");
  }
  const denyAt = Math.max(2, count(given.deny_threshold, 100_000_000, inside(place, "deny_threshold")));
  const escalateAt = Math.min(given.escalation_threshold, denyAt - 1);
  if (escalateAt !== given.escalation_threshold || denyAt !== given.deny_threshold)
    warn(place, `the thresholds become ${escalateAt} and ${denyAt}: denying must begin above escalating`);
  return {
    window: seconds(given.window_seconds, 7 * DAY, inside(place, "window_seconds")),
    scores,
    escalateAt,
    denyAt,
  };
}

/** The profile that holds every agent, or undefined when the project limits nothing. */
export function toRiskProfile(config: PythonConfig, place: Place): RiskProfile | undefined {
  const { rate_limit: rate, cumulative_risk: risk } = config;
  if (!rate && !risk) return undefined;
  const spec: RiskProfile["spec"] = {};
  if (rate) {
    const here = inside(place, "rate_limit");
    spec.rateLimit = {
      maxRequests: count(rate.max_requests, 100_000, inside(here, "max_requests")),
      window: seconds(rate.window_seconds, DAY, inside(here, "window_seconds")),
    };
    if (rate.circuit_breaker_threshold > 0) {
      spec.circuitBreaker = {
        threshold: count(rate.circuit_breaker_threshold, 100_000, inside(here, "circuit_breaker_threshold")),
        window: seconds(rate.circuit_breaker_window_seconds, DAY, inside(here, "circuit_breaker_window_seconds")),
        cooldown: seconds(rate.circuit_breaker_cooldown_seconds, DAY, inside(here, "circuit_breaker_cooldown_seconds")),
      };
    }
  }
  if (risk) spec.cumulativeRisk = toCumulative(risk, inside(place, "cumulative_risk")) ?? {};
  return { apiVersion: "agentsafe.dev/v1alpha1", kind: "RiskProfile", metadata: { name: "default" }, spec };
}
