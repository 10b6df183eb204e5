import { text as streamText } from "node:stream/consumers";
import { readText } from "../../sdk/project/files.ts";
import { createJudge } from "../../sdk/project/judge.ts";
import { judgePlan, type PlanJudgement } from "../../sdk/project/judge-plan.ts";
import type { Project } from "../../sdk/project/load.ts";
import type { Problem } from "../../sdk/project/problem.ts";
import { readPlan } from "../../sdk/project/read-plan.ts";
import { CliError, exitOf } from "./errors.ts";
import { judgementData } from "./judgement.ts";
import { jsonText, type OutputFormat, yamlText } from "./output.ts";
import { count, printProblems } from "./project.ts";
import { type QuestionFlags, questionOf } from "./question.ts";
import { safeLine, table } from "./terminal.ts";

interface PlanFlags extends QuestionFlags {
  output?: OutputFormat;
}

/** Judges the ActionPlan of a file (`-`: stdin) as a whole and prints what would become of each step. */
export async function checkPlan(project: Project, file: string, flags: PlanFlags): Promise<number> {
  for (const flag of ["target", "param", "params", "reason", "dryRun"] as const)
    if (flags[flag] !== undefined)
      throw new CliError("Usage", `--plan takes actions, targets and parameters from the file`);
  const problems: Problem[] = [];
  const read =
    file === "-"
      ? { name: "stdin", text: await streamText(process.stdin) }
      : await readText(file, problems, process.cwd());
  const plan = read && readPlan(read.name, read.text, project, problems);
  if (!plan) {
    await printProblems(problems);
    throw new CliError("Invalid", `the plan has ${count(problems.length, "error")}; nothing is judged`);
  }
  const { caller, resolved, time, assume, ticketId } = await questionOf(project, "", flags);
  const judged = judgePlan(createJudge(project), plan, { caller, resolved, time, assume, ticketId });
  process.stdout.write(await print(plan.metadata.name, judged, flags.output));
  return exitOf(judged.result);
}

async function print(name: string, judged: PlanJudgement, format: OutputFormat | undefined): Promise<string> {
  const { result, because, riskClass, effectiveRisk, steps } = judged;
  if (format === "name") return `${result}\n`;
  if (format === "json" || format === "yaml") {
    const data = {
      decision: result,
      step: because?.name ?? null,
      reason: because?.decision.reason ?? "every step is allowed",
      riskClass,
      effectiveRisk,
      steps: steps.map((step) => ({ name: step.name, ...judgementData(step.question, step) })),
    };
    return format === "json" ? jsonText(data) : yamlText(data);
  }
  const rows = steps.map(({ name: step, question, decision }) => [
    step,
    question.action,
    question.target ?? "",
    decision.effectiveRisk,
    decision.cumulativeRisk ? String(decision.cumulativeRisk.score) : "-",
    decision.result,
    decision.rule ?? "-",
    ...(format === "wide" ? [decision.reason] : []),
  ]);
  const heading = ["STEP", "ACTION", "TARGET", "RISK", "CUMULATIVE", "DECISION", "RULE"];
  const why = because ? `\n  because of step ${because.name}: ${because.decision.reason}` : "";
  const head = safeLine(`${result.toUpperCase()}  plan ${name}: risk ${riskClass}, effective ${effectiveRisk}`);
  return `${head}${why && `\n${safeLine(why.trim()).replace(/^/, "  ")}`}\n\n${table([format === "wide" ? [...heading, "REASON"] : heading, ...rows])}`;
}
