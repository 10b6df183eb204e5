import { ENVIRONMENTS, RISK_CLASSES, type RiskClass, SENSITIVITIES, type Sensitivity } from "../api/vocabulary.ts";
import { type CallerView, chainView, lentView } from "./caller.ts";
import { celValue } from "./cel.ts";
import { ENVIRONMENT_BITS, SENSITIVITY_BITS } from "./posting.ts";
import { actionNumber } from "./rule.ts";
import type { IndexedTarget } from "./target-index.ts";
import type { RequestInput, ResolvedAgent } from "./types.ts";

/** What a rule is compared with: one request, made ready once. */
export interface Facts {
  action: string;
  actionNumber: number;
  /** The bit of its number in a rule's screen; all bits where it has none. */
  actionBit: number;
  /** What a rule's screen is held against: bits of the closed sets, all of them where the request has none. */
  screen: number;
  /** Bits of the target's labels that a rule may ask for, held against its screen too. */
  labelBits: number;
  target: IndexedTarget | undefined;
  environment: number;
  sensitivity: number;
  risk: number;
  agent: ResolvedAgent | null;
  /** What rules see that give something. */
  caller: CallerView | undefined;
  /** What rules see that take something away; the same object unless the request is delegated. */
  chain: CallerView | undefined;
  depth: number;
  now: number;
  hasTicket: boolean;
  effectiveSensitivity: Sensitivity;
  effectiveRisk: RiskClass;
  request: RequestInput;
  params: Record<string, unknown>;
  /** Variables of `when`, made when the first rule asks; those of the chain, one for each of its ids. */
  variables: Record<string, unknown> | undefined;
  chainVariables: Record<string, unknown>[] | undefined;
}

/** Collects the facts. `sensitivity` is the one that counts, with containers; `union`: bans see the whole chain. */
export function makeFacts(
  request: RequestInput,
  agent: ResolvedAgent | null,
  now: number,
  target: IndexedTarget | undefined,
  sensitivity: Sensitivity,
  risk: RiskClass,
  params: Record<string, unknown>,
  union: boolean,
): Facts {
  const caller = agent ? lentView(agent) : undefined;
  const environmentBit = target ? 1 << ENVIRONMENTS.indexOf(target.object.spec.environment) : 0;
  const sensitivityBit = 1 << SENSITIVITIES.indexOf(sensitivity);
  const riskBit = 1 << RISK_CLASSES.indexOf(risk);
  const number = actionNumber(request.action);
  return {
    action: request.action,
    actionNumber: number,
    actionBit: number < 0 ? -1 : 1 << (number & 31),
    screen: (target ? environmentBit | (sensitivityBit << 3) : ENVIRONMENT_BITS | SENSITIVITY_BITS) | (riskBit << 7),
    labelBits: target ? target.labelBits : -1,
    target,
    environment: environmentBit,
    sensitivity: sensitivityBit,
    risk: riskBit,
    agent,
    caller,
    chain: agent && union && (agent.delegation.length > 0 || agent.own) ? chainView(agent) : caller,
    depth: agent ? agent.delegation.length : 0,
    now,
    hasTicket: request.ticketId !== undefined && request.ticketId !== "",
    effectiveSensitivity: sensitivity,
    effectiveRisk: risk,
    request,
    params,
    variables: undefined,
    chainVariables: undefined,
  };
}

function agentVariable(id: string | undefined, view: CallerView | undefined, facts: Facts): unknown {
  const delegation = facts.caller?.delegators ?? [];
  return celValue(
    view && id !== undefined
      ? { id, roles: view.roles, groups: view.groups, delegation }
      : { roles: [], groups: [], delegation },
  );
}

/** The variables with everything that the chain holds, once for each id in it, the request's own first. */
export function chainVariables(facts: Facts): readonly Record<string, unknown>[] {
  const { chain } = facts;
  facts.chainVariables ??= (chain?.ids ?? []).map((id) => ({
    ...whenVariables(facts),
    agent: agentVariable(id, chain, facts),
  }));
  return facts.chainVariables;
}

/** The variables of a `when` expression, with what was lent. */
export function whenVariables(facts: Facts): Record<string, unknown> {
  if (facts.variables) return facts.variables;
  const { request, target } = facts;
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
    agent: agentVariable(facts.caller?.ids[0], facts.caller, facts),
    now: new Date(facts.now),
  };
  return facts.variables;
}
