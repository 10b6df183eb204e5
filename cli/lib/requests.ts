import { once } from "node:events";
import { createReadStream } from "node:fs";
import { nearest } from "../../controller/api/near-names.ts";
import { show } from "../../controller/api/schema-error.ts";
import { parseCaller } from "../../sdk/project/caller.ts";
import { createJudge, type Judgement, type Question } from "../../sdk/project/judge.ts";
import type { Project } from "../../sdk/project/load.ts";
import { parseTime } from "../../sdk/project/time.ts";
import { CliError, EXIT } from "./errors.ts";
import { linesOf } from "./lines.ts";
import type { OutputFormat } from "./output.ts";
import { safeDocument } from "./terminal.ts";

export interface RequestsFlags {
  assume?: boolean;
  sequence?: boolean;
  output?: OutputFormat;
}

const FIELDS = ["id", "action", "target", "params", "caller", "time", "ticketId", "reason", "dryRun"];

/** A line of the file that can't be judged. */
class LineError extends Error {
  readonly code = "BadLine";
}

interface Asked {
  id: unknown;
  question: Question;
}

/** Reads one line. Throws LineError, CallerError or TimeError, whose messages name the field. */
function parseLine(text: string, profile: Project["profile"], now: number): Asked {
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new LineError("must be a JSON object");
  const line = value as Record<string, unknown>;
  for (const key of Object.keys(line)) {
    if (FIELDS.includes(key)) continue;
    const near = nearest(key, FIELDS);
    throw new LineError(
      `${show(key)} is not a field; ${near ? `did you mean ${near}?` : `known are ${FIELDS.join(", ")}`}`,
    );
  }
  const { id = null, params, time, dryRun } = line;
  if (params != null && (typeof params !== "object" || Array.isArray(params)))
    throw new LineError(`params must be an object, not ${show(params)}`);
  if (dryRun != null && typeof dryRun !== "boolean")
    throw new LineError(`dryRun must be true or false, not ${show(dryRun)}`);
  const action = text_(line.action, "action");
  if (action === undefined) throw new LineError("action is required");
  const question: Question = {
    action,
    caller: parseCaller(line.caller),
    time: time == null ? now : parseTime(text_(time, "time") ?? "", profile),
    target: text_(line.target, "target"),
    ticketId: text_(line.ticketId, "ticketId"),
    reason: text_(line.reason, "reason"),
  };
  if (params != null) question.params = params as Record<string, unknown>;
  if (dryRun === true) question.dryRun = true;
  return { id, question };
}

function text_(value: unknown, field: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw new LineError(`${field} must be a text, not ${show(value)}`);
  return value;
}

function answer(id: unknown, { decision }: Judgement, wide: boolean): Record<string, unknown> {
  const { result, rule = null, riskClass, effectiveRisk, reason } = decision;
  const line = { id, decision: result, rule, riskClass, effectiveRisk, reason };
  if (!wide) return line;
  const { policy = null, cause, cumulativeRisk, escalatedFrom } = decision;
  return { ...line, policy, cause, cumulativeRisk, escalatedFrom };
}

/**
 * Judges each line of a file (`-`: stdin) and prints one line for each, in the same order, in constant memory. A malformed line
 * is answered by `{id, line, error}`, told on stderr, and makes the exit status 1 in the end.
 */
export async function checkRequests(project: Project, file: string, flags: RequestsFlags): Promise<number> {
  if (flags.output !== undefined && flags.output !== "json" && flags.output !== "wide")
    throw new CliError("Usage", "--requests answers in JSON lines: -o json (default) or wide");
  const input = file === "-" ? process.stdin : createReadStream(file, { highWaterMark: 256 * 1024 });
  input.setEncoding("utf8");
  const judge = createJudge(project, { assume: flags.assume === true });
  const ask = flags.sequence ? judge.sequence() : judge.ask;
  const now = Date.now();
  let wrong = 0;
  for await (const batch of linesOf(input)) {
    let output = "";
    for (const { number, text } of batch) {
      let said: Record<string, unknown>;
      try {
        if (text === undefined) throw new LineError("is longer than a megabyte");
        const { id, question } = parseLine(text, project.profile, now);
        said = answer(id, ask(question), flags.output === "wide");
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        wrong++;
        if (wrong <= 20) process.stderr.write(safeDocument(`${file}:${number}: ${error.message}\n`));
        said = { id: idOf(text), line: number, error: error.message };
      }
      output += `${JSON.stringify(said)}\n`;
    }
    if (!process.stdout.write(safeDocument(output))) await once(process.stdout, "drain");
  }
  if (wrong > 20) process.stderr.write(`${file}: and ${wrong - 20} more malformed lines\n`);
  return wrong === 0 ? EXIT.ok : EXIT.error;
}

/** The id of a line that is wrong elsewhere. */
function idOf(text: string | undefined): unknown {
  try {
    return (JSON.parse(text ?? "") as { id?: unknown }).id ?? null;
  } catch {
    return null;
  }
}
