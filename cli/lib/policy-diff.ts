import { diffPolicies } from "../../controller/analysis/diff.ts";
import type { Difference, PolicyDiff, Side } from "../../controller/analysis/types.ts";
import { agentsById, resolveCaller } from "../../sdk/project/caller.ts";
import { projectSettings } from "../../sdk/project/config.ts";
import { blockingErrors, loadProject, type Project } from "../../sdk/project/load.ts";
import { jsonText, type OutputFormat, yamlText } from "./output.ts";
import { count, type ProjectFlags, printProblems } from "./project.ts";
import { safeDocument, safeLine } from "./terminal.ts";

/** As `diff` has them. */
const SAME = 0;
const DIFFERENT = 1;
const TROUBLE = 2;

async function load(dir: string, flags: ProjectFlags): Promise<Project> {
  const cwd = process.cwd();
  const { profile } = projectSettings({ cwd, env: process.env, dirs: [dir], profile: flags.profile });
  return loadProject({ dir: [dir, ...(flags.dir ?? [])], profile, cwd });
}

/** Prints which requests two projects decide differently. */
export async function diffProjects(
  one: string,
  other: string,
  flags: ProjectFlags & { output?: OutputFormat },
): Promise<number> {
  try {
    const [before, after] = [await load(one, flags), await load(other, flags)];
    const errors = [...blockingErrors(before), ...blockingErrors(after)];
    if (errors.length > 0) {
      await printProblems(errors);
      process.stderr.write(`error: ${count(errors.length, "error")}; nothing is compared\n`);
      return TROUBLE;
    }
    const context = { profile: after.profile, agents: agentsById(after.agentObjects) };
    const agents = [...context.agents.keys()].flatMap((agentId) => resolveCaller({ agentId }, context).agent ?? []);
    const diff = diffPolicies(before.engine, after.engine, { agents });
    process.stdout.write(await print(diff, flags.output));
    return diff.differences.length > 0 ? DIFFERENT : SAME;
  } catch (error) {
    process.stderr.write(`error: ${safeDocument(error instanceof Error ? error.message : String(error))}\n`);
    return TROUBLE;
  }
}

/** The witness as a line of `check --requests`. */
function witnessOf({ witness }: Difference): Record<string, unknown> {
  const { request, agent, now } = witness;
  const { action, target, params, ticketId, reason, dryRun } = request;
  const caller = agent && {
    agentId: agent.id,
    roles: agent.roles,
    groups: agent.groups,
    ...(agent.delegation.length > 0 && {
      delegation: agent.delegation.map(({ id, roles, groups }) => ({ id, roles, groups })),
    }),
  };
  return { action, target, params, caller, time: new Date(now).toISOString(), ticketId, reason, dryRun };
}

async function print(diff: PolicyDiff, format: OutputFormat | undefined): Promise<string> {
  const { differences, tried, exhaustive, limits } = diff;
  if (format) {
    const data = {
      differences: differences.map((item) => ({ ...item, witness: witnessOf(item) })),
      ...{ tried, exhaustive, limits },
    };
    return format === "json" ? jsonText(data) : yamlText(JSON.parse(JSON.stringify(data)));
  }
  const lines = differences.flatMap((item) => [
    `${item.change.toUpperCase()}  ${sideText(item.before)} -> ${sideText(item.after)}`,
    `  before:  ${item.before.reason}`,
    `  after:   ${item.after.reason}`,
    `  witness: ${JSON.stringify(witnessOf(item))}`,
    "",
  ]);
  const found = differences.length === 0 ? "no difference" : count(differences.length, "difference");
  const whole = exhaustive ? "every kind of request was tried" : `not exhaustive: ${limits.join("; ")}`;
  return [...lines, `${found} in ${count(tried, "request")}; ${whole}`].map((line) => `${safeLine(line)}\n`).join("");
}

function sideText({ result, policy, rule, cause }: Side): string {
  return `${result} (${rule === undefined ? cause : `${policy}/${rule}`})`;
}
