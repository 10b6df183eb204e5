import type { RiskProfile } from "../api/types.ts";
import { validateRiskProfile } from "../policy/validate-risk-profile.ts";
import type { Finding } from "./definition.ts";

/** Whether a RiskProfile's limits are in force; while it is invalid, nothing is decided for the agents that name it. */
export function examineRiskProfile(profile: RiskProfile): Finding {
  const errors = validateRiskProfile(profile);
  if (errors.length === 0) {
    return { ok: true, reason: "Accepted", message: "Its limits hold for the agents that name it." };
  }
  return { ok: false, reason: "Invalid", message: errors.map(({ message }) => message).join("; ") };
}
