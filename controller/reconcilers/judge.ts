import type { AgentIndex, Requester } from "../identity/agent-index.ts";
import type { DelegationIndex } from "../identity/delegation-index.ts";
import { type RequesterResolution, resolveRequester } from "../identity/resolve-requester.ts";
import { decideLimited } from "../limits/decide-limited.ts";
import type { Ledger } from "../limits/ledger.ts";
import { decide } from "../policy/decide.ts";
import type { PolicyEngine } from "../policy/engine.ts";
import type { DecideInput, Decision, RequestInput, ResolvedAgent } from "../policy/types.ts";
import type { Budgets } from "./budgets.ts";
import type { RequestMetrics } from "./request-metrics.ts";
import type { RiskLimitsIndex } from "./risk-limits.ts";

/** Who asks: of a request or a plan. */
export interface Asker {
  namespace: string;
  requester?: Requester;
  delegationRef?: { name: string; uid: string };
}

export interface JudgeOptions {
  engine: PolicyEngine;
  agents: AgentIndex;
  delegations: DelegationIndex;
  profiles: Pick<RiskLimitsIndex, "limitsFor">;
  ledger: Ledger;
  /** Asked at every judgement: a profile that was read a moment ago may look further back than charges are known. */
  budgets: Pick<Budgets, "unavailable">;
  clock: () => number;
  metrics: Pick<RequestMetrics, "startDecision">;
}

/** What came out of judging: who it was, what was decided, and until when what was lent holds (epoch ms). */
export interface Judgement {
  agent: ResolvedAgent | undefined;
  decision: Decision;
  expiresAt?: number;
}

/** Judges by what is in memory and charges the budgets at once. Nothing here waits, so no two decisions overlap. */
export interface Judge {
  resolve(asker: Asker): RequesterResolution;
  /** @param by what is charged, if not the request's UID, and where, if not for good */
  judge(asker: Asker, request: RequestInput, by?: { chargeKey?: string; ledger?: Ledger }): Judgement;
}

export function createJudge(options: JudgeOptions): Judge {
  const { engine, agents, delegations, profiles, clock } = options;

  function resolve({ namespace, requester, delegationRef }: Asker): RequesterResolution {
    if (requester === undefined) return { error: "UnknownAgent", names: [] };
    return resolveRequester({ agents, delegations }, { requester, delegationRef, namespace, now: clock() });
  }

  return {
    resolve,
    judge(asker, request, by = {}) {
      const resolved = resolve(asker);
      const agent = "agent" in resolved ? resolved.agent : undefined;
      const done = options.metrics.startDecision();
      const decision = limited(
        {
          now: clock(),
          request,
          agent: agent ?? null,
          ...("error" in resolved ? { agentError: resolved } : {}),
        },
        by,
      );
      done();
      const expiresAt = "agent" in resolved ? resolved.expiresAt : undefined;
      return { agent, decision, ...(expiresAt === undefined ? {} : { expiresAt }) };
    },
  };

  function limited(input: DecideInput, by: { chargeKey?: string; ledger?: Ledger }): Decision {
    const { agent } = input;
    // Nobody's budget is nobody's, and whoever is suspended is denied whatever its limits are.
    if (agent === null || agent.suspended) return decide(engine, input);
    const found = profiles.limitsFor(agent);
    const unknown = options.budgets.unavailable();
    if ("limits" in found && unknown === "")
      return decideLimited(engine, input, { ledger: by.ledger ?? options.ledger, ...found, chargeKey: by.chargeKey });
    const { params, riskClass, effectiveRisk, action, target, trace } = decide(engine, input);
    return {
      ...{ result: "undecided", cause: "RiskProfileError", reason: "problem" in found ? found.problem : unknown },
      ...{ params, riskClass, effectiveRisk, trace, action, target },
    };
  }
}

/** Why nothing was decided, for people. */
export function undecidedMessage({ cause, reason }: Decision): string {
  return cause === "RiskProfileError"
    ? `The agent's limits are not known, so nothing is decided: ${reason}.`
    : `A rule that could decide is in error, so nothing is decided: ${reason}`;
}
