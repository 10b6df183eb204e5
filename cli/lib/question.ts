import type { Command } from "commander";
import type { CallerInput, ResolvedCaller } from "../../sdk/project/caller.ts";
import type { Question } from "../../sdk/project/judge.ts";
import type { Project } from "../../sdk/project/load.ts";
import { CliError } from "./errors.ts";
import { collect } from "./project.ts";

/** Options that say what is asked, and by whom. */
export interface QuestionFlags {
  dir?: string[];
  target?: string;
  param?: string[];
  params?: string;
  agent?: string;
  token?: string;
  role?: string[];
  group?: string[];
  delegatedFrom?: string[];
  assume?: boolean;
  ticketId?: string;
  reason?: string;
  time?: string;
  dryRun?: boolean;
}

/** Adds them. */
export function questionOptions(command: Command): Command {
  return command
    .option("-t, --target <id>", "id of the Target")
    .option("--param <name=value>", "a parameter, of the type that the Action declares; may be given again", collect)
    .option("-p, --params <json>", "parameters as a JSON object")
    .option("-a, --agent <id>", "agent id; its roles and groups are those of its Agent")
    .option("--token <token>", "instead of --agent: an identity or delegation token; - reads it from standard input")
    .option("--role <role>", "with --assume: a role of the agent; may be given again", collect)
    .option("--group <group>", "with --assume: a group of the agent; may be given again", collect)
    .option("--delegated-from <id>", "with --assume: who lent it its power, root first; may be given again", collect)
    .option("--assume", "take the caller at its word, whether or not it is an Agent of the project")
    .option("--ticket-id <id>", "external change ticket")
    .option("--reason <text>", "reason of the request")
    .option("--time <time>", "judge as of this time, RFC 3339 with a zone (default: now)")
    .option("--dry-run", "a request that only wants to see what would happen");
}

function callerOf(flags: QuestionFlags, mayClaim: boolean): CallerInput | null {
  const { agent, role, group, delegatedFrom } = flags;
  const claims = role ?? group ?? delegatedFrom;
  if (!mayClaim && claims !== undefined)
    throw new CliError("Usage", "--role, --group and --delegated-from are claims; add --assume to judge by them");
  if (agent === undefined) {
    if (claims !== undefined) throw new CliError("Usage", "whose roles, groups or delegation? add --agent ID");
    return null;
  }
  const caller: CallerInput = { agentId: agent };
  if (role) caller.roles = role;
  if (group) caller.groups = group;
  if (delegatedFrom) caller.delegation = delegatedFrom.map((id) => ({ id }));
  return caller;
}

/** Whose token it is. One that is not good is a denial, whoever it names. */
async function holder(project: Project, token: string, now: number, near: string | undefined): Promise<ResolvedCaller> {
  const { isRefusal, readToken, trustOf } = await import("./trust.ts");
  const { tokenHolder } = await import("../../sdk/identity/token-holder.ts");
  const given = await readToken(token);
  try {
    return await tokenHolder(given, project, { ...(await trustOf({}, near)), now });
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const message = `the token is not accepted: ${error.message} (${error.code})`;
    return { agent: null, agentError: { error: "DelegationInvalid", names: [], message } };
  }
}

/** An instant that an option names; default now. Throws CliError for what is no time. */
export async function instant(text: string | undefined, profile: Project["profile"]): Promise<number> {
  if (text === undefined) return Date.now();
  const { parseTime, TimeError } = await import("../../sdk/project/time.ts");
  try {
    return parseTime(text, profile);
  } catch (error) {
    if (error instanceof TimeError) throw new CliError("Usage", `--time ${error.message}`);
    throw error;
  }
}

/** What the options ask of a project. Throws CliError for what can't be asked. */
export async function questionOf(project: Project, action: string, flags: QuestionFlags): Promise<Question> {
  const { paramsOf } = await import("./params.ts");
  const time = await instant(flags.time, project.profile);
  if (flags.token !== undefined && (flags.agent !== undefined || flags.assume === true))
    throw new CliError("Usage", "--token says who asks; leave --agent and --assume out");
  const resolved = flags.token === undefined ? undefined : await holder(project, flags.token, time, flags.dir?.[0]);
  return {
    action,
    target: flags.target,
    params: paramsOf(flags.params, flags.param ?? [], project.engine.getAction(action)),
    caller: callerOf(flags, flags.assume === true || project.profile === "compat"),
    ...(resolved && { resolved }),
    time,
    ticketId: flags.ticketId,
    reason: flags.reason,
    dryRun: flags.dryRun,
    assume: flags.assume,
  };
}
