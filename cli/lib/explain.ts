import { explain } from "../../controller/analysis/explain.ts";
import type { Explanation, NearRule } from "../../controller/analysis/types.ts";
import { createJudge, type Judgement } from "../../sdk/project/judge.ts";
import type { Project } from "../../sdk/project/load.ts";
import { exitOf } from "./errors.ts";
import { judgementData, printJudgement } from "./judgement.ts";
import { jsonText, type OutputFormat, yamlText } from "./output.ts";
import { open, type ProjectFlags } from "./project.ts";
import { type QuestionFlags, questionOf } from "./question.ts";
import { safeLine } from "./terminal.ts";

/** Where a rule is written, for those who want to change it. */
function placeOf(project: Project, { policy, rule }: { policy: string; rule: string }): string | undefined {
  const object = project.policies.find(({ metadata }) => metadata.name === policy);
  const at = object?.spec.rules.findIndex(({ name }) => name === rule) ?? -1;
  const place = object && at >= 0 ? project.locate(object, `spec.rules[${at}]`) : undefined;
  return place && `${place.file}:${place.line}`;
}

/** Prints a decision with the rules that came nearest to deciding it, and every condition that each missed. */
export async function explainRequest(
  action: string,
  flags: ProjectFlags & QuestionFlags & { limit: number; output?: OutputFormat },
): Promise<number> {
  const project = await open(flags);
  const question = await questionOf(project, action, flags);
  const judge = createJudge(project);
  const judgement = judge.ask(question);
  const { input } = judge.input(question);
  const nearest = explain(project.engine, input, flags.limit).nearest.map((near) => ({
    ...near,
    at: placeOf(project, near),
  }));
  if (flags.output) {
    const { trace: _, ...data } = judgementData(question, judgement);
    const both = { ...data, at: decidedAt(project, judgement), nearest };
    process.stdout.write(flags.output === "json" ? jsonText(both) : await yamlText(both));
  } else {
    const at = decidedAt(project, judgement);
    process.stdout.write(await printJudgement(question, judgement, undefined));
    if (at !== undefined) process.stdout.write(`${safeLine(`  written at:   ${at}`)}\n`);
    process.stdout.write(nearestText(nearest, judgement));
  }
  return exitOf(judgement.decision.result);
}

function decidedAt(project: Project, { decision }: Judgement): string | undefined {
  const { policy, rule } = decision;
  return policy === undefined || rule === undefined ? undefined : placeOf(project, { policy, rule });
}

type Placed = Explanation["nearest"][number] & { at: string | undefined };

function nearestText(nearest: readonly Placed[], { decision }: Judgement): string {
  if (nearest.length === 0)
    return decision.rule === undefined && decision.cause !== "NoMatchingRule"
      ? "\nIt was denied before any rule was asked.\n"
      : "\nThere is no other rule.\n";
  const lines = nearest.flatMap((near) => [headOf(near), ...whyOf(near).map((why) => `      ${why}`)]);
  return ["", "Rules that came nearest:", ...lines].map((line) => `${safeLine(line)}\n`).join("");
}

function headOf({ policy, rule, decision, priority, guardrail, at }: Placed): string {
  const kind = guardrail ? "guardrail" : `priority ${priority}`;
  return `  ${policy}/${rule}: ${decision}, ${kind}${at === undefined ? "" : ` (${at})`}`;
}

function whyOf({ missed, message, outcome }: NearRule): string[] {
  if (missed.length === 0) return [`${outcome}: ${message ?? ""}`];
  return missed.map((miss) => `missed ${miss.condition}: ${miss.message}`);
}
