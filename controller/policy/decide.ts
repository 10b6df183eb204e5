import { type PolicyEngine, policyDigest, targetDigest } from "./engine.ts";
import { type Prepared, prepare } from "./judge.ts";
import { paramsLimits } from "./params-limits.ts";
import { type Ruling, rule, select } from "./select.ts";
import { trace } from "./trace.ts";
import type { DecideInput, Decision, DecisionCause, DecisionResult, TraceEntry, Verdict } from "./types.ts";

function decision(
  engine: PolicyEngine,
  prepared: Prepared,
  result: DecisionResult,
  cause: DecisionCause,
  reason: string,
  entries: TraceEntry[],
): Decision {
  const { action, target } = prepared;
  const made: Decision = {
    result,
    cause,
    reason,
    params: prepared.params,
    riskClass: prepared.riskClass,
    effectiveRisk: prepared.effectiveRisk,
    trace: entries,
  };
  if (action) {
    const { name, uid, generation } = action.metadata;
    made.action = { name, digest: engine.actionDigest(action), ...(uid && { uid }), ...(generation && { generation }) };
  }
  if (target) {
    const { name, uid, generation } = target.object.metadata;
    made.target = {
      id: target.id,
      name,
      digest: targetDigest(target),
      ...(uid && { uid }),
      ...(generation && { generation }),
    };
  }
  return made;
}

function reasonOf(ruling: Ruling): string {
  if (ruling.error !== undefined) {
    return `rule ${ruling.rule?.policy.name}/${ruling.rule?.spec.name} is in error: ${ruling.error}`;
  }
  return ruling.rule ? ruling.rule.spec.reason : "no rule matches: denied by default";
}

/** Judges a request and tells why. Pure: the same engine state and input give the same decision. */
export function decide(engine: PolicyEngine, input: DecideInput): Decision {
  const prepared = prepare(engine, input);
  const { denied, facts } = prepared;
  if (denied || !facts) {
    // What is too large, or would not survive JSON, is not carried on into records either.
    if (paramsLimits(prepared.params).length > 0) prepared.params = {};
    return decision(
      engine,
      prepared,
      "deny",
      denied?.cause ?? "NoMatchingRule",
      denied?.reason() ?? "denied by default",
      [],
    );
  }
  const ruling = rule(select(engine, facts));
  const made = decision(engine, prepared, ruling.result, ruling.cause, reasonOf(ruling), trace(engine, facts, ruling));
  if (ruling.rule) {
    const { policy, spec } = ruling.rule;
    const { uid, generation } = policy.object.metadata;
    made.policy = policy.name;
    made.rule = spec.name;
    made.policyDigest = policyDigest(policy);
    if (uid) made.policyUID = uid;
    if (generation) made.policyGeneration = generation;
  }
  return made;
}

/** The same result, policy and rule without digests and trace; for replays over many requests. */
export function verdict(engine: PolicyEngine, input: DecideInput): Verdict {
  const { denied, facts } = prepare(engine, input);
  if (denied || !facts) return { result: "deny", policy: null, rule: null };
  const ruling = rule(select(engine, facts));
  return { result: ruling.result, policy: ruling.rule?.policy.name ?? null, rule: ruling.rule?.spec.name ?? null };
}
