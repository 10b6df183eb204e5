import { parseDuration } from "../api/duration.ts";
import type { RiskProfile } from "../api/types.ts";
import type { RiskClass } from "../api/vocabulary.ts";

/** What of a RiskProfile limits. */
export type LimitingProfile = Pick<RiskProfile, "metadata" | "spec">;

export interface RateLimit {
  /** Admissions that any window may hold. */
  max: number;
  windowMs: number;
}

export interface BreakerLimit {
  /** Denials within the window that open it. */
  threshold: number;
  windowMs: number;
  /** How long it stays open. */
  cooldownMs: number;
}

export interface CumulativeLimit {
  windowMs: number;
  scores: Readonly<Record<RiskClass, number>>;
  escalateAt: number;
  denyAt: number;
}

/** A RiskProfile, compiled. What is absent does not limit. */
export interface RiskLimits {
  /** Name of the RiskProfile; absent when there is none. */
  profile?: string;
  rate?: RateLimit;
  breaker?: BreakerLimit;
  cumulative?: CumulativeLimit;
}

/** No limits at all. */
export const UNLIMITED: RiskLimits = {};

const DEFAULT_SCORES: Record<RiskClass, number> = { low: 1, medium: 5, high: 15, critical: 50 };

/** Compiles a profile, with the API's defaults where a field is absent. No profile: no limits. Throws DurationError. */
export function limitsOf(profile: LimitingProfile | undefined): RiskLimits {
  if (profile === undefined) return UNLIMITED;
  const { rateLimit, circuitBreaker, cumulativeRisk } = profile.spec;
  const limits: RiskLimits = { profile: profile.metadata.name };
  if (rateLimit) {
    limits.rate = { max: rateLimit.maxRequests ?? 100, windowMs: parseDuration(rateLimit.window ?? "1m") };
  }
  if (circuitBreaker?.threshold !== undefined) {
    limits.breaker = {
      threshold: circuitBreaker.threshold,
      windowMs: parseDuration(circuitBreaker.window ?? "1m"),
      cooldownMs: parseDuration(circuitBreaker.cooldown ?? "5m"),
    };
  }
  if (cumulativeRisk) {
    limits.cumulative = {
      windowMs: parseDuration(cumulativeRisk.window ?? "1h"),
      scores: { ...DEFAULT_SCORES, ...cumulativeRisk.scores },
      escalateAt: cumulativeRisk.escalateAt ?? 30,
      denyAt: cumulativeRisk.denyAt ?? 75,
    };
  }
  return limits;
}

/**
 * How long charges must be kept, in ms: what an agent may be asked about today, and for a request that is judged again, what
 * came before it. `judgedForMs` is how long after its charge a request may be judged again.
 */
export function keepFor(limits: Iterable<RiskLimits>, judgedForMs: number): number {
  let reach = 0;
  for (const { rate, breaker, cumulative } of limits) {
    const opened = breaker ? breaker.windowMs + breaker.cooldownMs : 0;
    reach = Math.max(reach, rate?.windowMs ?? 0, opened, cumulative?.windowMs ?? 0);
  }
  return reach + judgedForMs;
}

/** Class of a total of risk. */
export function classOf(total: number, { escalateAt, denyAt }: CumulativeLimit): RiskClass {
  if (total >= denyAt) return "critical";
  if (total >= escalateAt) return "high";
  return total >= Math.floor(escalateAt / 2) ? "medium" : "low";
}
