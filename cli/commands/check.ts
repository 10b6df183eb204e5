import type { Command } from "commander";
import type { CallerInput } from "../../sdk/project/caller.ts";
import { CliError, exitOf } from "../lib/errors.ts";
import { type OutputFormat, outputOption } from "../lib/output.ts";
import { collect, open, type ProjectFlags, projectOptions } from "../lib/project.ts";

interface CheckFlags extends ProjectFlags {
  target?: string;
  param?: string[];
  params?: string;
  agent?: string;
  role?: string[];
  group?: string[];
  delegatedFrom?: string[];
  assume?: boolean;
  ticketId?: string;
  reason?: string;
  time?: string;
  dryRun?: boolean;
  requests?: string;
  sequence?: boolean;
  output?: OutputFormat;
}

/** Adds `check`. */
export function register(program: Command): void {
  const command = program
    .command("check")
    .description("what would be decided about a request, or about a file of them, without a cluster")
    .argument("[action]", "name of the Action");
  projectOptions(command)
    .option("-t, --target <id>", "id of the Target")
    .option("--param <name=value>", "a parameter, of the type that the Action declares; may be given again", collect)
    .option("-p, --params <json>", "parameters as a JSON object")
    .option("-a, --agent <id>", "agent id; its roles and groups are those of its Agent")
    .option("--role <role>", "with --assume: a role of the agent; may be given again", collect)
    .option("--group <group>", "with --assume: a group of the agent; may be given again", collect)
    .option(
      "--delegated-from <id>",
      "with --assume: who lent it its power, the root first; may be given again",
      collect,
    )
    .option("--assume", "take callers at their word, whether or not they are Agents of the project")
    .option("--ticket-id <id>", "external change ticket")
    .option("--reason <text>", "reason of the request")
    .option("--time <time>", "judge as of this time, RFC 3339 with a zone (default: now)")
    .option("--dry-run", "a request that only wants to see what would happen")
    .option("--requests <file>", "judge each line of a JSONL file, or of stdin for -")
    .option("--sequence", "with --requests: each line is charged for those before it")
    .addOption(outputOption(["json", "yaml", "wide", "name"]))
    .addHelpText("after", HELP)
    .action(async (action: string | undefined, flags: CheckFlags) => {
      process.exitCode = await check(action, flags);
    });
}

const HELP = `
Exit status: 0 allow, 10 deny, 11 approval required, 1 error or undecided, 2 usage. With --requests: 0, or 1 when a line was
malformed.

Examples:
  agent-safe check restart-deployment --target dev/web --agent deploy-bot
  agent-safe check scale-deployment -t staging/api --param replicas=3 -a deploy-bot --ticket-id CHG-1042 -o json
  agent-safe check restart-deployment -t dev/web -a new-bot --role deployer --assume --time 2026-01-31T09:00:00Z
  agent-safe check --dir policies-repo --requests requests.jsonl`;

async function check(action: string | undefined, flags: CheckFlags): Promise<number> {
  if (flags.requests !== undefined) {
    if (action !== undefined)
      throw new CliError("Usage", "--requests takes the actions from the file; leave ACTION out");
    const { checkRequests } = await import("../lib/requests.ts");
    return checkRequests(await open(flags), flags.requests, flags);
  }
  if (action === undefined) throw new CliError("Usage", "name an ACTION, or give --requests FILE");
  return checkOne(action, flags);
}

function callerOf(flags: CheckFlags, mayClaim: boolean): CallerInput | null {
  const { agent, role, group, delegatedFrom } = flags;
  if (!mayClaim && (role ?? group ?? delegatedFrom) !== undefined)
    throw new CliError("Usage", "--role, --group and --delegated-from are claims; add --assume to judge by them");
  if (agent === undefined) {
    if ((role ?? group ?? delegatedFrom) !== undefined) throw new CliError("Usage", "whose? add --agent ID");
    return null;
  }
  const caller: CallerInput = { agentId: agent };
  if (role) caller.roles = role;
  if (group) caller.groups = group;
  if (delegatedFrom) caller.delegation = delegatedFrom.map((id) => ({ id }));
  return caller;
}

async function checkOne(action: string, flags: CheckFlags): Promise<number> {
  const project = await open(flags);
  const caller = callerOf(flags, flags.assume === true || project.profile === "compat");
  const [{ createJudge }, { parseTime, TimeError }, { paramsOf }, { printJudgement }] = await Promise.all([
    import("../../sdk/project/judge.ts"),
    import("../../sdk/project/time.ts"),
    import("../lib/params.ts"),
    import("../lib/judgement.ts"),
  ]);
  let time = Date.now();
  try {
    if (flags.time !== undefined) time = parseTime(flags.time, project.profile);
  } catch (error) {
    if (error instanceof TimeError) throw new CliError("Usage", `--time ${error.message}`);
    throw error;
  }
  const question = {
    action,
    target: flags.target,
    params: paramsOf(flags.params, flags.param ?? [], project.engine.getAction(action)),
    caller,
    time,
    ticketId: flags.ticketId,
    reason: flags.reason,
    dryRun: flags.dryRun,
  };
  const judgement = createJudge(project, { assume: flags.assume === true }).ask(question);
  process.stdout.write(await printJudgement(question, judgement, flags.output));
  return exitOf(judgement.decision.result);
}
