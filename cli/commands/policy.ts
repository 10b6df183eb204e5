import { type Command, InvalidArgumentError } from "commander";
import { type OutputFormat, outputOption } from "../lib/output.ts";
import { type ProjectFlags, projectOptions } from "../lib/project.ts";
import { type QuestionFlags, questionOptions } from "../lib/question.ts";

const EXPLAIN_HELP = `
Exit status as for check: 0 allow, 10 deny, 11 approval required, 1 error or undecided, 2 usage.

Examples:
  agent-safe policy explain restart-deployment --target prod/api --agent deploy-bot
  agent-safe policy explain scale-deployment -t dev/web --param replicas=3 -a deploy-bot --limit 3 -o json`;

/** Adds `policy explain` and `policy diff`. */
export function register(program: Command): void {
  const policy = program.command("policy").description("why rules decide as they do, and what a change of them means");
  questionOptions(projectOptions(policy.command("explain").description("why a request is decided as it is")))
    .argument("<action>", "name of the Action")
    .option("--limit <n>", "how many of the nearest rules to tell of", limitOf, 10)
    .addOption(outputOption(["json", "yaml"]))
    .addHelpText("after", EXPLAIN_HELP)
    .action(async (action: string, flags: ProjectFlags & QuestionFlags & { limit: number; output?: OutputFormat }) => {
      const { explainRequest } = await import("../lib/explain.ts");
      process.exitCode = await explainRequest(action, flags);
    });
}

function limitOf(text: string): number {
  if (!/^\d{1,4}$/.test(text)) throw new InvalidArgumentError("a number up to 9999.");
  return Number(text);
}
