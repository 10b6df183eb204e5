import { decideLimited } from "../../controller/limits/decide-limited.ts";
import { Ledger } from "../../controller/limits/ledger.ts";
import { keepFor, limitsOf, type RiskLimits, UNLIMITED } from "../../controller/limits/risk-limits.ts";
import type { DecideInput, Decision } from "../../controller/policy/types.ts";
import { agentsById, type CallerInput, type ResolvedCaller, resolveCaller } from "./caller.ts";
import type { Project } from "./load.ts";

/** A request, as somebody without a cluster asks it. */
export interface Question {
  action: string;
  /** Absent is known as no target at all. */
  target?: string | undefined;
  params?: Record<string, unknown> | undefined;
  caller: CallerInput | null;
  /** Who asks, where that is proved already; `caller` is not looked at then. */
  resolved?: ResolvedCaller | undefined;
  /** Epoch ms. */
  time: number;
  ticketId?: string | undefined;
  reason?: string | undefined;
  dryRun?: boolean | undefined;
  /** Takes this caller at its word. */
  assume?: boolean | undefined;
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
  /** The question as the engine takes it. */
  input(question: Question): { input: DecideInput; caller: ResolvedCaller };
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
  const inputOf = (question: Question, uid: string) => {
    const caller =
      question.resolved ?? resolveCaller(question.caller, question.assume ? { ...context, assume: true } : context);
    const { agent, agentError } = caller;
    const { time, caller: _, resolved: __, assume: ___, target = "", ...request } = question;
    const input: DecideInput = { now: time, request: { ...request, target, uid, namespace: "", name: "" }, agent };
    if (agentError) input.agentError = agentError;
    return { input, caller };
  };
  const judge = (question: Question, ledger: Ledger, key: string): Judgement => {
    const { input, caller } = inputOf(question, key);
    const limited = limits.get(caller.object?.spec.riskProfile ?? "default") ?? UNLIMITED;
    const decision = decideLimited(project.engine, input, { ledger, limits: limited, chargeKey: key });
    if (caller.reason !== undefined && decision.cause === "UnknownAgent") decision.reason = caller.reason;
    return { decision, caller };
  };
  return {
    input: (question) => inputOf(question, "1"),
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
