import { decideLimited } from "../../controller/limits/decide-limited.ts";
import { Ledger } from "../../controller/limits/ledger.ts";
import { limitsOf, type RiskLimits } from "../../controller/limits/risk-limits.ts";
import { decide, verdict } from "../../controller/policy/decide.ts";
import { PolicyEngine } from "../../controller/policy/engine.ts";
import type { DecideInput, Decision, ResolvedAgent } from "../../controller/policy/types.ts";
import type { Converted } from "../../sdk/import/convert.ts";
import { formerNames } from "../../sdk/import/leftovers.ts";
import type { Asked, Caller } from "./generate-request.ts";
import type { Answer } from "./oracle.ts";

/** An imported project under `compat`, ready to be asked what the Python project was asked. */
export interface Ours {
  objects: Converted;
  engine: PolicyEngine;
  limits: RiskLimits;
  ledger: Ledger;
  /** The name that a rule had in the Python project. */
  originalName(policy: string, rule: string): string;
}

export function makeOurs(objects: Converted): Ours {
  const engine = new PolicyEngine({ profile: "compat" });
  engine.replaceAll(objects);
  const renamed = new Map(objects.policies.map((policy) => [policy.metadata.name, formerNames(policy)]));
  return {
    objects,
    engine,
    limits: limitsOf(objects.riskProfile),
    ledger: new Ledger({ keepMs: 7 * 86_400_000 }),
    originalName: (policy, rule) => renamed.get(policy)?.[rule] ?? rule,
  };
}

function agentOf(caller: Caller): ResolvedAgent | null {
  if (caller === null) return null;
  if (typeof caller === "string") return { id: caller, roles: [], groups: [], delegation: [], suspended: false };
  const { id, roles, groups, chain = [] } = caller;
  return { id, roles, groups, delegation: chain.map((link) => ({ id: link })), suspended: false };
}

/** The instant of a time, one without a zone being UTC. */
export function instantOf(time: string): number {
  return Date.parse(/(Z|[+-]\d\d:\d\d)$/.test(time) ? time : `${time}Z`);
}

export function inputOf(asked: Asked, uid: string): DecideInput {
  const { action, target, params, ticket } = asked;
  return {
    now: instantOf(asked.time),
    agent: agentOf(asked.caller),
    request: {
      uid,
      namespace: "",
      name: uid,
      action,
      target: target ?? "",
      ...(params && { params }),
      ...(ticket !== undefined && { ticketId: ticket }),
    },
  };
}

/** Our decision in the Python project's words. */
export function answerOf(ours: Ours, made: Decision): Answer {
  const rule = made.policy !== undefined && made.rule !== undefined ? ours.originalName(made.policy, made.rule) : null;
  const answer: Answer = [made.result, rule, made.riskClass, made.effectiveRisk];
  const { cumulativeRisk } = made;
  if (cumulativeRisk) answer.push(cumulativeRisk.score, cumulativeRisk.class, made.escalatedFrom ?? null);
  return answer;
}

/** Decides without limits; the engine's two ways of deciding must agree. */
export function askOurs(ours: Ours, asked: Asked, uid: string): Decision {
  const input = inputOf(asked, uid);
  const made = decide(ours.engine, input);
  const short = verdict(ours.engine, input);
  if (short.result !== made.result || short.rule !== (made.rule ?? null))
    throw new Error(`decide says ${made.result} ${made.rule}, verdict says ${short.result} ${short.rule}`);
  return made;
}

/** Decides under the project's limits. */
export function askLimited(ours: Ours, asked: Asked, uid: string): Decision {
  return decideLimited(ours.engine, inputOf(asked, uid), { ledger: ours.ledger, limits: ours.limits });
}
