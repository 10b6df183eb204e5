import { DurationError } from "../api/duration.ts";
import type { RiskProfile } from "../api/types.ts";
import { limitsOf } from "../limits/risk-limits.ts";
import type { Finding } from "./definition.ts";

/**
 * Whether a RiskProfile's limits are in force; while it is invalid, nothing is decided for the agents that name it. What the
 * API server holds by its own rules is not looked at again.
 */
export function examineRiskProfile(profile: RiskProfile): Finding {
  try {
    limitsOf(profile);
    return { ok: true, reason: "Accepted", message: "Its limits hold for the agents that name it." };
  } catch (error) {
    if (!(error instanceof DurationError)) throw error;
    return { ok: false, reason: "Invalid", message: error.message };
  }
}
