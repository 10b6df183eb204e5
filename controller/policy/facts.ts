import { ENVIRONMENTS, RISK_CLASSES, type RiskClass, SENSITIVITIES, type Sensitivity } from "../api/vocabulary.ts";
import { celValue } from "./cel.ts";
import { ENVIRONMENT_BITS, SENSITIVITY_BITS } from "./posting.ts";
import { actionNumber } from "./rule.ts";
import type { IndexedTarget } from "./target-index.ts";
import type { RequestInput, ResolvedAgent } from "./types.ts";

/** What a rule is compared with: one request, made ready once. */
export interface Facts {
  action: string;
  actionNumber: number;
  /** What a rule's screen is held against: bits of the closed sets, all of them where the request has none. */
  screen: number;
  target: IndexedTarget | undefined;
  environment: number;
  sensitivity: number;
  risk: number;
  agent: ResolvedAgent | null;
  depth: number;
  now: number;
  hasTicket: boolean;
  effectiveSensitivity: Sensitivity;
  effectiveRisk: RiskClass;
  request: RequestInput;
  params: Record<string, unknown>;
  /** Variables of `when`, made when the first rule asks. */
  variables: Record<string, unknown> | undefined;
}

/** Collects the facts. `sensitivity` is the one that counts, with containers. */
export function makeFacts(
  request: RequestInput,
  agent: ResolvedAgent | null,
  now: number,
  target: IndexedTarget | undefined,
  sensitivity: Sensitivity,
  risk: RiskClass,
  params: Record<string, unknown>,
): Facts {
  const environmentBit = target ? 1 << ENVIRONMENTS.indexOf(target.object.spec.environment) : 0;
  const sensitivityBit = 1 << SENSITIVITIES.indexOf(sensitivity);
  const riskBit = 1 << RISK_CLASSES.indexOf(risk);
  return {
    action: request.action,
    actionNumber: actionNumber(request.action),
    screen: (target ? environmentBit | (sensitivityBit << 3) : ENVIRONMENT_BITS | SENSITIVITY_BITS) | (riskBit << 7),
    target,
    environment: environmentBit,
    sensitivity: sensitivityBit,
    risk: riskBit,
    agent,
    depth: agent ? agent.delegation.length : 0,
    now,
    hasTicket: request.ticketId !== undefined && request.ticketId !== "",
    effectiveSensitivity: sensitivity,
    effectiveRisk: risk,
    request,
    params,
    variables: undefined,
  };
}

/** The variables of a `when` expression. */
export function whenVariables(facts: Facts): Record<string, unknown> {
  if (facts.variables) return facts.variables;
  const { request, agent, target } = facts;
  const spec = target?.object.spec;
  facts.variables = {
    request: celValue({
      uid: request.uid,
      namespace: request.namespace,
      name: request.name,
      action: request.action,
      target: request.target,
      reason: request.reason ?? "",
      ticketId: request.ticketId ?? "",
      correlationId: request.correlationId ?? "",
      dryRun: request.dryRun ?? false,
      effectiveRisk: facts.effectiveRisk,
    }),
    params: celValue(facts.params),
    target: celValue(
      spec
        ? {
            ...spec,
            id: target?.id,
            labels: spec.labels ?? {},
            owner: spec.owner ?? "",
            sensitivity: facts.effectiveSensitivity,
            namespace: spec.resource?.kubernetes?.namespace,
            name: spec.resource?.kubernetes?.name,
          }
        : { id: request.target, labels: {} },
    ),
    agent: celValue(
      agent
        ? {
            id: agent.id,
            roles: agent.roles,
            groups: agent.groups,
            delegation: agent.delegation.map((link) => link.id),
          }
        : { roles: [], groups: [], delegation: [] },
    ),
    now: new Date(facts.now),
  };
  return facts.variables;
}
