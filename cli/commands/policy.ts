import { type Command, InvalidArgumentError, Option } from "commander";
import { type OutputFormat, outputOption } from "../lib/output.ts";
import { collect, type ProjectFlags, projectOptions } from "../lib/project.ts";
import { type QuestionFlags, questionOptions } from "../lib/question.ts";

const EXPLAIN_HELP = `
Exit status as for check: 0 allow, 10 deny, 11 approval required, 1 error or undecided, 2 usage.

Examples:
  agent-safe policy explain restart-deployment --target prod/api --agent deploy-bot
  agent-safe policy explain scale-deployment -t dev/web --param replicas=3 -a deploy-bot --limit 3 -o json`;

const DIFF_HELP = `
Compares decisions, not text: for each kind of difference one request that shows it, with the decision before and after.

Exit status, as that of diff: 0 no difference was found, 1 there are differences, 2 trouble.

Examples:
  agent-safe policy diff main/policies branch/policies --dir catalog --dir inventory
  agent-safe policy diff ../main . -o json`;

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
  policy
    .command("diff")
    .description("which requests two sets of policies decide differently, with a witness for each difference")
    .argument("<before>", "folder or file of the one")
    .argument("<after>", "folder or file of the other")
    .option(
      "--dir <dir>",
      "folder of what both share, such as actions, targets and agents; may be given again",
      collect,
    )
    .addOption(new Option("--profile <profile>", "how strictly; default strict").choices(["strict", "compat"]))
    .addOption(outputOption(["json", "yaml"]))
    .addHelpText("after", DIFF_HELP)
    .action(async (before: string, after: string, flags: ProjectFlags & { output?: OutputFormat }) => {
      const { diffProjects } = await import("../lib/policy-diff.ts");
      process.exitCode = await diffProjects(before, after, flags);
    });
}

function limitOf(text: string): number {
  if (!/^\d{1,4}$/.test(text)) throw new InvalidArgumentError("a number up to 9999.");
  return Number(text);
}
