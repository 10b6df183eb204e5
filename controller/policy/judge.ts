import type { Action } from "../api/types.ts";
import type { DenialCause, RiskClass } from "../api/vocabulary.ts";
import { bindParams } from "./bindings.ts";
import { nearNames } from "./distance.ts";
import type { PolicyEngine } from "./engine.ts";
import { type Facts, makeFacts } from "./facts.ts";
import { didYouMean, type FieldError, show } from "./field-error.ts";
import { isBound, paramErrors, withDefaults } from "./params.ts";
import { effectiveRisk } from "./risk.ts";
import { scopeProblem } from "./scope.ts";
import type { IndexedTarget } from "./target-index.ts";
import type { AgentError, DecideInput } from "./types.ts";

/** A request that can be held against the rules, or why it can't. */
export interface Prepared {
  action: Action | undefined;
  target: IndexedTarget | undefined;
  riskClass: RiskClass;
  effectiveRisk: RiskClass;
  params: Record<string, unknown>;
  /** The reason is made only when somebody wants to read it. */
  denied: { cause: DenialCause; reason: () => string } | undefined;
  facts: Facts | undefined;
}

function agentProblem(input: DecideInput): { cause: DenialCause; reason: string } | undefined {
  const { agent, agentError } = input;
  if (!agent) {
    const error: AgentError =
      typeof agentError === "object" ? agentError : { error: agentError ?? "UnknownAgent", names: [] };
    if (error.error === "AmbiguousAgent") {
      return { cause: "AmbiguousAgent", reason: `several Agents map this requester: ${error.names.join(", ")}` };
    }
    if (error.error === "DelegationInvalid") {
      return { cause: "DelegationInvalid", reason: error.message ?? "the delegation does not hold" };
    }
    return { cause: "UnknownAgent", reason: "no Agent maps this requester" };
  }
  if (agent.suspended) {
    const who = agent.delegation.length > 0 ? " or an agent of its chain of delegation" : "";
    return { cause: "AgentSuspended", reason: `agent ${show(agent.id)}${who} is suspended` };
  }
  return undefined;
}

function join(errors: readonly FieldError[]): string {
  const text = errors.map((error) => error.message).join("; ");
  return text.length > 2000 ? `${text.slice(0, 2000)}…` : text;
}

/**
 * Everything before the rules: agent, action, target, what was lent, its type, parameters, binding; the first of these that fails denies.
 * Under `compat` an agent or a target may be unknown (then only rules that ask for neither can match), types and bindings
 * are not enforced.
 */
export function prepare(engine: PolicyEngine, input: DecideInput): Prepared {
  const { request, agent } = input;
  const strict = engine.profile === "strict";
  const action = engine.getAction(request.action);
  const found = engine.targets.find(request.target);
  const target = "error" in found ? undefined : found.target;
  const riskClass = action?.spec.riskClass ?? "critical";
  const sensitivity = target ? engine.sensitivityOf(target) : "critical";
  const prepared: Prepared = {
    action,
    target,
    riskClass,
    effectiveRisk: effectiveRisk(riskClass, sensitivity),
    params: request.params ?? {},
    denied: undefined,
    facts: undefined,
  };
  const deny = (cause: DenialCause, reason: () => string): Prepared => {
    prepared.denied = { cause, reason };
    return prepared;
  };
  const problem = strict || agent ? agentProblem(input) : undefined;
  if (problem) return deny(problem.cause, () => problem.reason);
  if (!action) {
    return deny("UnknownAction", () => {
      const hint = didYouMean(nearNames(request.action, engine.actionNames()));
      return `unknown action ${show(request.action)}${hint ? `; ${hint}` : ""}`;
    });
  }
  if ("error" in found && (strict || found.error === "DuplicateTarget")) {
    if (found.error === "UnknownTarget") return deny("UnknownTarget", () => `unknown target ${show(request.target)}`);
    return deny(
      "DuplicateTarget",
      () => `several Targets are ${show(request.target)} or the same resource: ${found.names.join(", ")}`,
    );
  }
  const outOfScope =
    agent && agent.delegation.length > 0 ? scopeProblem(agent, request.action, target, sensitivity) : undefined;
  if (outOfScope) return deny("OutOfScope", () => outOfScope);
  if (strict && target && !action.spec.targetTypes.includes(target.object.spec.type)) {
    return deny(
      "TargetTypeMismatch",
      () =>
        `action ${request.action} is for ${action.spec.targetTypes.join(", ")}; target ${show(target.id)} is a ${show(target.object.spec.type)}`,
    );
  }
  const errors = paramErrors(action, request.params, (parameter) => strict && isBound(action, parameter.name));
  if (errors.length > 0) return deny("InvalidParameters", () => `invalid parameters: ${join(errors)}`);
  prepared.params = withDefaults(action, request.params);
  if (strict && target) {
    const mismatches = bindParams(action, target.object, prepared.params);
    if (mismatches.length > 0) return deny("TargetMismatch", () => join(mismatches));
    if (action.spec.bindings) {
      // what the target gave must satisfy the action's own constraints too
      const bound = paramErrors(action, prepared.params, () => false);
      if (bound.length > 0) return deny("InvalidParameters", () => `invalid parameters: ${join(bound)}`);
    }
  }
  prepared.facts = makeFacts(
    request,
    agent,
    input.now,
    target,
    sensitivity,
    prepared.effectiveRisk,
    prepared.params,
    strict,
  );
  return prepared;
}
