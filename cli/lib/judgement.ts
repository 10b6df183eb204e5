import type { Decision } from "../../controller/policy/types.ts";
import type { Judgement, Question } from "../../sdk/project/judge.ts";
import { jsonText, type OutputFormat, yamlText } from "./output.ts";
import { safeLine, table } from "./terminal.ts";

/** A decision as data: what `-o json` prints. */
export function judgementData(question: Question, { decision, caller }: Judgement): Record<string, unknown> {
  const { result, trace, charge: _, ...rest } = decision;
  const { agent } = caller;
  return {
    decision: result,
    policy: null,
    rule: null,
    ...rest,
    action: question.action,
    target: question.target ?? null,
    agent: agent && {
      id: agent.id,
      roles: agent.roles,
      groups: agent.groups,
      delegation: agent.delegation.map(({ id }) => id),
    },
    time: new Date(question.time).toISOString(),
    trace,
  };
}

/** The trace as a table. */
export function traceText(trace: Decision["trace"]): string {
  if (trace.length === 0) return "";
  const rows = trace.map(({ policy, rule, outcome, condition = "", message = "" }) => [
    `${policy}/${rule}`,
    outcome,
    condition,
    message,
  ]);
  return table([["RULE", "OUTCOME", "CONDITION", "WHY"], ...rows]);
}

/** A decision for people; `wide` adds the trace. */
function text(question: Question, { decision, caller }: Judgement, wide: boolean): string {
  const { agent } = caller;
  const chain = agent?.delegation.map(({ id }) => id).join(" > ");
  const lines: [string, string | undefined][] = [
    ["reason", decision.reason],
    ["rule", decision.rule === undefined ? undefined : `${decision.policy}/${decision.rule}`],
    ["cause", decision.cause],
    ["risk", `${decision.riskClass}, effective ${decision.effectiveRisk}`],
    ["cumulative", decision.cumulativeRisk && `${decision.cumulativeRisk.score} (${decision.cumulativeRisk.class})`],
    ["escalated", decision.escalatedFrom && `from ${decision.escalatedFrom}`],
    ["agent", agent ? `${agent.id} (roles: ${agent.roles.join(", ") || "none"})` : "nobody"],
    ["delegated by", chain || undefined],
  ];
  const head = `${decision.result.toUpperCase()}  ${question.action} on ${question.target ?? "no target"}`;
  const rest = lines.flatMap(([name, value]) => (value === undefined ? [] : [`  ${`${name}:`.padEnd(14)}${value}`]));
  const shown = [head, ...rest].map((line) => `${safeLine(line)}\n`).join("");
  return wide && decision.trace.length > 0 ? `${shown}\n${traceText(decision.trace)}` : shown;
}

/** A decision in the format that was asked for. */
export async function printJudgement(
  question: Question,
  judgement: Judgement,
  format: OutputFormat | undefined,
): Promise<string> {
  switch (format) {
    case "json":
      return jsonText(judgementData(question, judgement));
    case "yaml":
      return yamlText(judgementData(question, judgement));
    case "name":
      return `${judgement.decision.result}\n`;
    default:
      return text(question, judgement, format === "wide");
  }
}
