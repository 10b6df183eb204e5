import type { Command } from "commander";
import { CliError, exitOf } from "../lib/errors.ts";
import { type OutputFormat, outputOption } from "../lib/output.ts";
import { open, type ProjectFlags, projectOptions } from "../lib/project.ts";
import { type QuestionFlags, questionOf, questionOptions } from "../lib/question.ts";

interface CheckFlags extends ProjectFlags, QuestionFlags {
  requests?: string;
  sequence?: boolean;
  plan?: string;
  output?: OutputFormat;
}

const HELP = `
Exit status: 0 allow, 10 deny, 11 approval required, 1 error or undecided, 2 usage. With --requests: 0, or 1 when a line was
malformed.

Examples:
  agent-safe check restart-deployment --target dev/web --agent deploy-bot
  agent-safe check scale-deployment -t staging/api --param replicas=3 -a deploy-bot --ticket-id CHG-1042 -o json
  agent-safe check restart-deployment -t dev/web -a new-bot --role deployer --assume --time 2026-01-31T09:00:00Z
  agent-safe check --dir policies-repo --requests requests.jsonl
  agent-safe check --plan plan.yaml --agent deploy-bot`;

/** Adds `check`. */
export function register(program: Command): void {
  const command = program
    .command("check")
    .description("what would be decided about a request, a plan, or a file of requests, without a cluster")
    .argument("[action]", "name of the Action");
  questionOptions(projectOptions(command))
    .option("--requests <file>", "judge each line of a JSONL file, or of stdin for -")
    .option("--sequence", "with --requests: each line is charged for those before it")
    .option("--plan <file>", "judge an ActionPlan as a whole")
    .addOption(outputOption(["json", "yaml", "wide", "name"]))
    .addHelpText("after", HELP)
    .action(async (action: string | undefined, flags: CheckFlags) => {
      process.exitCode = await check(action, flags);
    });
}

async function check(action: string | undefined, flags: CheckFlags): Promise<number> {
  const { requests, plan } = flags;
  if ([action, requests, plan].filter((what) => what !== undefined).length !== 1)
    throw new CliError("Usage", "give one of ACTION, --requests FILE or --plan FILE");
  if (flags.sequence && requests === undefined) throw new CliError("Usage", "--sequence belongs to --requests");
  const project = await open(flags);
  if (requests !== undefined) {
    const { checkRequests } = await import("../lib/requests.ts");
    return checkRequests(project, requests, flags);
  }
  if (plan !== undefined) {
    const { checkPlan } = await import("../lib/plan.ts");
    return checkPlan(project, plan, flags);
  }
  const [{ createJudge }, { printJudgement }] = await Promise.all([
    import("../../sdk/project/judge.ts"),
    import("../lib/judgement.ts"),
  ]);
  const question = await questionOf(project, action ?? "", flags);
  const judgement = createJudge(project).ask(question);
  process.stdout.write(await printJudgement(question, judgement, flags.output));
  return exitOf(judgement.decision.result);
}
