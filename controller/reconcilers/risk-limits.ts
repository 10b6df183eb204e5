import type { Agent, RiskProfile } from "../api/types.ts";
import { keepFor, limitsOf, type RiskLimits, UNLIMITED } from "../limits/risk-limits.ts";
import type { ResolvedAgent } from "../policy/types.ts";
import { validateRiskProfile } from "../policy/validate-risk-profile.ts";

/** The profile of agents that name none. */
const DEFAULT_PROFILE = "default";

/** The limits that hold for an agent, or why they can't be known: then nothing is decided for it. */
export type LimitsLookup = { limits: RiskLimits } | { problem: string };

/** The RiskProfiles in force, compiled. */
export interface RiskLimitsIndex {
  upsert(profile: RiskProfile): void;
  remove(name: string): void;
  get(name: string): RiskProfile | undefined;
  names(): string[];
  /** The limits of whoever pays for `agent`: the root of its chain. */
  limitsFor(agent: ResolvedAgent | undefined): LimitsLookup;
  /** The limits of an Agent by itself. */
  limitsOf(agent: Agent): LimitsLookup;
  /** The profile that whoever pays for `agent` names. */
  profileOf(agent: ResolvedAgent | undefined): string;
  /** How long charges must be kept for the limits in force, in ms; `judgedForMs` as in `keepFor`. */
  keepMs(judgedForMs: number): number;
}

/** @param agents finds the Agent that a chain's root is */
export function createRiskLimitsIndex(agents: { get(name: string): Agent | undefined }): RiskLimitsIndex {
  const profiles = new Map<string, { profile: RiskProfile; found: LimitsLookup }>();

  const profileOf = (agent: ResolvedAgent | undefined) => {
    const payer = agent?.delegation[0]?.name ?? agent?.name;
    return (payer === undefined ? undefined : agents.get(payer)?.spec.riskProfile) ?? DEFAULT_PROFILE;
  };

  const named = (name: string): LimitsLookup => {
    const found = profiles.get(name)?.found;
    if (found !== undefined) return found;
    return name === DEFAULT_PROFILE ? { limits: UNLIMITED } : { problem: `there is no RiskProfile ${name}` };
  };

  return {
    upsert(profile) {
      const known = profiles.get(profile.metadata.name)?.profile;
      if (known !== undefined && isOlder(profile, known)) return;
      profiles.set(profile.metadata.name, { profile, found: compile(profile) });
    },
    remove: (name) => void profiles.delete(name),
    get: (name) => profiles.get(name)?.profile,
    names: () => [...profiles.keys()],
    profileOf,
    limitsFor: (agent) => named(profileOf(agent)),
    limitsOf: ({ spec }) => named(spec.riskProfile ?? DEFAULT_PROFILE),
    keepMs: (judgedForMs) =>
      keepFor(
        [...profiles.values()].flatMap(({ found }) => ("limits" in found ? [found.limits] : [])),
        judgedForMs,
      ),
  };
}

function compile(profile: RiskProfile): LimitsLookup {
  const errors = validateRiskProfile(profile);
  if (errors.length === 0) return { limits: limitsOf(profile) };
  return {
    problem: `RiskProfile ${profile.metadata.name} is invalid: ${errors.map(({ message }) => message).join("; ")}`,
  };
}

function isOlder(next: RiskProfile, known: RiskProfile): boolean {
  if (next.metadata.uid !== known.metadata.uid) return false;
  const [a, b] = [Number(next.metadata.resourceVersion), Number(known.metadata.resourceVersion)];
  return Number.isFinite(a) && Number.isFinite(b) && a < b;
}
