import type { Decision } from "../controller/policy/types.ts";
import { checkFields, type Fields } from "./arguments.ts";
import { SdkError } from "./errors.ts";
import type { Trust } from "./identity/issuers.ts";
import { tokenHolder } from "./identity/token-holder.ts";
import { CallerError, type CallerInput, parseCaller } from "./project/caller.ts";
import { createJudge, type Judge, type Question } from "./project/judge.ts";
import type { Project } from "./project/load.ts";
import { parseTime, TimeError } from "./project/time.ts";

/** Who asks, when, and how far it is believed; of a request or of a plan. */
export interface Asking {
  /** Id of an Agent of the project, or a caller with roles and groups; nobody when absent. */
  agent?: string | CallerInput | null;
  /** Instead of `agent`: an identity or delegation token of one of the trusted issuers. */
  token?: string;
  /** Takes `agent` at its word, known or not: for what-if questions. */
  assume?: boolean;
  /** Judges as of this time: epoch ms, a Date, or RFC 3339 with a zone. Default: now. */
  time?: number | Date | string;
  /** External change ticket. */
  ticketId?: string;
  reason?: string;
}

/** A request, as it would be asked. */
export interface CheckInput extends Asking {
  /** Name of the Action. */
  action: string;
  /** Id of the Target. */
  target?: string;
  /** Those that the target gives may be left out. */
  params?: Record<string, unknown>;
  dryRun?: boolean;
}

/** The fields that say who asks, when and why. */
export const ASKING_FIELDS: Fields<Asking> = {
  agent: "any",
  token: "string",
  assume: "boolean",
  time: "any",
  ticketId: "string",
  reason: "string",
};
const FIELDS: Fields<CheckInput> = {
  action: "string",
  target: "string",
  params: "any",
  dryRun: "boolean",
  ...ASKING_FIELDS,
};

/** What is the same for every question. */
export interface CheckContext {
  project: Project;
  trust: () => Promise<Trust>;
  clock: () => number;
}

/** The judge of a project, and the part of a question that says who asks and when. Throws SdkError or IdentityError. */
export async function prepare(
  { project, trust, clock }: CheckContext,
  { agent, token, assume, time, ticketId, reason }: Asking,
): Promise<{ judge: Judge; asking: Pick<Question, "caller" | "resolved" | "time" | "ticketId" | "reason"> }> {
  if (token !== undefined && agent !== undefined)
    throw new SdkError("BadArgument", "give agent or token, not both: who asks can't be in doubt");
  const at = timeOf(time, clock, project);
  const caller = argument("", () => parseCaller(agent, "agent"));
  const resolved = token === undefined ? undefined : await tokenHolder(token, project, { ...(await trust()), now: at });
  const judge = createJudge(project, { assume: assume === true });
  return { judge, asking: { caller, ...(resolved && { resolved }), time: at, ticketId, reason } };
}

/** What would be decided about a request that nothing came before. */
export async function check(context: CheckContext, input: CheckInput): Promise<Decision> {
  checkFields(input, FIELDS);
  if (input.action === undefined) throw new SdkError("BadArgument", "action is required");
  const { judge, asking } = await prepare(context, input);
  const { action, target, params, dryRun } = input;
  return judge.ask({ ...asking, action, target, params, dryRun }).decision;
}

function timeOf(time: Asking["time"], clock: () => number, project: Project): number {
  if (time === undefined) return clock();
  const at = typeof time === "string" ? argument("time: ", () => parseTime(time, project.profile)) : Number(time);
  if (!Number.isFinite(at)) throw new SdkError("BadArgument", `time: ${String(time)} is no time`);
  return at;
}

/** What can't be read is the argument's fault. */
function argument<T>(prefix: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof CallerError || error instanceof TimeError)
      throw new SdkError("BadArgument", `${prefix}${error.message}`);
    throw error;
  }
}
