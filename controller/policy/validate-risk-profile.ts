import type { RiskProfile } from "../api/types.ts";
import { type FieldError, fieldError } from "./field-error.ts";
import { durationErrors } from "./validate-duration.ts";

/** Longest window of the rate and of the breaker, longest cooldown, and longest window of the cumulative risk. */
const MAX_WINDOW = "24h";
const MAX_RISK_WINDOW = "168h";

/**
 * Checks what a RiskProfile means: that it limits something, that its durations can be kept, and that its thresholds are in order and within reach.
 * All errors at once. Defaults of the CRD are those that hold for what is absent.
 */
export function validateRiskProfile(profile: RiskProfile): FieldError[] {
  const { rateLimit, circuitBreaker, cumulativeRisk } = profile.spec;
  const errors = [
    ...durationErrors("spec.rateLimit.window", rateLimit?.window, MAX_WINDOW),
    ...durationErrors("spec.circuitBreaker.window", circuitBreaker?.window, MAX_WINDOW),
    ...durationErrors("spec.circuitBreaker.cooldown", circuitBreaker?.cooldown, MAX_WINDOW),
    ...durationErrors("spec.cumulativeRisk.window", cumulativeRisk?.window, MAX_RISK_WINDOW),
  ];
  if (!rateLimit && !circuitBreaker && !cumulativeRisk) {
    const message = "limits nothing: give at least one of rateLimit, circuitBreaker and cumulativeRisk";
    errors.push(fieldError("spec", "Required", message));
  }
  if (cumulativeRisk) {
    const { escalateAt = 30, denyAt = 75 } = cumulativeRisk;
    if (denyAt <= escalateAt) {
      const message = `${denyAt} is not more than escalateAt, which is ${escalateAt}`;
      errors.push(fieldError("spec.cumulativeRisk.denyAt", "OutOfRange", message));
    }
    const { low = 1, medium = 5, high = 15, critical = 50 } = cumulativeRisk.scores ?? {};
    if (Math.max(low, medium, high, critical) === 0) {
      errors.push(
        fieldError("spec.cumulativeRisk.scores", "NoScores", "are all 0, so that no threshold is ever reached"),
      );
    }
  }
  return errors;
}
