import { formatDuration } from "../api/duration.ts";
import { decide } from "../policy/decide.ts";
import type { PolicyEngine } from "../policy/engine.ts";
import { show } from "../policy/field-error.ts";
import type { Charge, DecideInput, Decision, DecisionCause, ResolvedAgent } from "../policy/types.ts";
import type { Account } from "./account.ts";
import { openedAt } from "./breaker.ts";
import type { Entry } from "./entry.ts";
import type { Ledger } from "./ledger.ts";
import { classOf, type RiskLimits } from "./risk-limits.ts";

export interface LimitedBy {
  ledger: Ledger;
  limits: RiskLimits;
  /** What is charged once; default the request's UID. */
  chargeKey?: string;
}

/** Denials of somebody who is nobody, or not free to ask: nobody pays for them. */
const UNCHARGED: ReadonlySet<DecisionCause> = new Set<DecisionCause>([
  "UnknownAgent",
  "AmbiguousAgent",
  "DelegationInvalid",
  "AgentSuspended",
]);

/** Who pays for an agent: the root of its chain of delegation. Under `compat`, callers without a name pay together. */
export function payerOf(agent: ResolvedAgent | null): string {
  return agent === null ? "anonymous" : (agent.delegation[0]?.id ?? agent.id);
}

/**
 * Judges a request under its agent's limits and charges the ledger at once, before anything is written: agent, breaker,
 * rate, rules, cumulative risk. A key is charged once; judging it again passes breaker and rate, and its total is that of
 * its own place in the order of charges. A dry run charges the rate alone.
 */
export function decideLimited(engine: PolicyEngine, input: DecideInput, by: LimitedBy): Decision {
  const made = decide(engine, input);
  if (UNCHARGED.has(made.cause)) return made;
  const payer = payerOf(input.agent);
  const key = by.chargeKey ?? input.request.uid;
  return by.ledger.change(payer, (account) => {
    const known = account.find(key);
    if (!known) {
      const refusal = refusalOf(account, by.limits, payer, input.now);
      if (refusal) return refused(made, refusal, { agent: payer, key, time: account.clock(input.now), refused: true });
    }
    return charged(made, input, by.limits, account, known ?? account.admit(key, input.now), { agent: payer, key });
  });
}

interface Refusal {
  cause: "CircuitOpen" | "RateLimited";
  reason: string;
}

function refusalOf(account: Account, { breaker, rate }: RiskLimits, payer: string, now: number): Refusal | undefined {
  const at = account.clock(now);
  const opened = breaker && openedAt(account.denials, breaker, at);
  if (breaker && opened !== undefined) {
    const left = formatDuration(Math.ceil((opened + breaker.cooldownMs - at) / 1_000) * 1_000);
    const reason = `the circuit breaker of agent ${show(payer)} is open after ${breaker.threshold} denials; it closes in ${left}`;
    return { cause: "CircuitOpen", reason };
  }
  if (rate && account.admissions(at - rate.windowMs) >= rate.max) {
    const reason = `agent ${show(payer)} has used its ${rate.max} requests in ${formatDuration(rate.windowMs)}`;
    return { cause: "RateLimited", reason };
  }
  return undefined;
}

/** The decision without what the rules said: they were not asked. */
function refused(made: Decision, { cause, reason }: Refusal, charge: Charge): Decision {
  const { params, riskClass, effectiveRisk, action, target } = made;
  const decision: Decision = { result: "deny", cause, reason, params, riskClass, effectiveRisk, trace: [], charge };
  if (action) decision.action = action;
  if (target) decision.target = target;
  return decision;
}

function charged(
  made: Decision,
  input: DecideInput,
  limits: RiskLimits,
  account: Account,
  entry: Entry,
  of: { agent: string; key: string },
): Decision {
  if (made.result === "undecided") return made;
  const dry = input.request.dryRun === true;
  const { cumulative } = limits;
  const risky = cumulative !== undefined && made.result !== "deny";
  const score = risky ? cumulative.scores[made.effectiveRisk] : 0;
  const again = !entry.open;
  // The end of the window is the charge's own time: what others did since then does not change a verdict that was given.
  account.settle(entry, dry ? 0 : score, input.now);
  let decision = made;
  if (risky) {
    const before = account.risk(entry.time - cumulative.windowMs, entry);
    const total = before + Math.max(entry.score, score);
    decision = { ...made, cumulativeRisk: { score: total, class: classOf(total, cumulative) } };
    if (total >= cumulative.denyAt) escalate(decision, "deny", total, cumulative.denyAt);
    else if (total >= cumulative.escalateAt && made.result === "allow")
      escalate(decision, "require_approval", total, cumulative.escalateAt);
  }
  if (decision.result === "deny" && !dry && !again) account.deny(entry);
  const charge: Charge = { ...of, time: entry.time };
  if (entry.nth > 0) charge.nth = entry.nth;
  if (entry.score > 0) charge.score = entry.score;
  if (entry.denied) charge.denied = true;
  return { ...decision, charge };
}

function escalate(decision: Decision, result: "deny" | "require_approval", total: number, threshold: number): void {
  const name = result === "deny" ? "deny" : "escalation";
  if (decision.result === "allow" || decision.result === "require_approval") decision.escalatedFrom = decision.result;
  decision.result = result;
  decision.cause = "CumulativeRisk";
  decision.reason = `cumulative risk ${total} is at or above the ${name} threshold ${threshold}; ${decision.reason}`;
}
