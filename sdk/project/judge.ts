import { decideLimited } from "../../controller/limits/decide-limited.ts";
import { Ledger } from "../../controller/limits/ledger.ts";
import { keepFor, limitsOf, type RiskLimits } from "../../controller/limits/risk-limits.ts";
import type { Decision } from "../../controller/policy/types.ts";
import { agentsById, type CallerInput, type ResolvedCaller, resolveCaller } from "./caller.ts";
import type { Project } from "./load.ts";

/** A request, as somebody without a cluster asks it. */
export interface Question {
  action: string;
  /** Absent is known as no target at all. */
  target?: string | undefined;
  params?: Record<string, unknown> | undefined;
  caller: CallerInput | null;
  /** Epoch ms. */
  time: number;
  ticketId?: string | undefined;
  reason?: string | undefined;
  dryRun?: boolean | undefined;
}

export interface JudgeOptions {
  /** Takes callers at their word. */
  assume?: boolean;
}

/** A decision, and who was judged. */
export interface Judgement {
  decision: Decision;
  caller: ResolvedCaller;
}

/** Asks the rules of a project. */
export interface Judge {
  /** Judges a request that nothing came before. */
  ask(question: Question): Judgement;
  /** A series of requests that are charged one after the other, beginning with nothing. */
  sequence(): (question: Question) => Judgement;
}

/** Judges by a project's rules and RiskProfiles. The project must be free of blocking errors. */
export function createJudge(project: Project, options: JudgeOptions = {}): Judge {
  const agents = agentsById(project.agentObjects);
  const context = { profile: project.profile, agents, assume: options.assume === true };
  const limits = new Map<string, RiskLimits>();
  for (const [name, profile] of project.profiles) limits.set(name, limitsOf(profile));
  const keepMs = keepFor(limits.values(), 0);
  const judge = (question: Question, ledger: Ledger, key: string): Judgement => {
    const caller = resolveCaller(question.caller, context);
    const { agent, agentError, reason } = caller;
    const { time, caller: _, target = "", ...request } = question;
    const decision = decideLimited(
      project.engine,
      {
        now: time,
        request: { ...request, target, uid: key, namespace: "", name: "" },
        agent,
        ...(agentError && { agentError }),
      },
      { ledger, limits: limits.get(caller.object?.spec.riskProfile ?? "default") ?? {}, chargeKey: key },
    );
    if (reason !== undefined && decision.cause === "UnknownAgent") decision.reason = reason;
    return { decision, caller };
  };
  return {
    ask: (question) => judge(question, new Ledger({ keepMs }), "1"),
    sequence: () => {
      const ledger = new Ledger({ keepMs });
      let count = 0;
      return (question) => {
        if (count % 1024 === 1023) ledger.prune(question.time);
        return judge(question, ledger, String(++count));
      };
    },
  };
}
