import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { stringify } from "yaml";
import { defaultLogPath, findLogs } from "../../controller/audit/discover.ts";
import type { AuditEvent } from "../../controller/audit/event.ts";
import { followEvents, formatEvent, lastEvents } from "../../controller/audit/show.ts";
import { formatVerifyResult } from "../../controller/audit/verify-report.ts";
import { verifyAudit } from "../../sdk/verify-audit.ts";

interface VerifyFlags {
  log: string;
  keys?: string;
  checkpoint?: string[];
  from?: number;
  to?: number;
  requireAnchor?: boolean;
  output?: "json";
}

interface ShowFlags {
  log: string;
  last: number;
  type?: string;
  request?: string;
  since?: number;
  output?: "json" | "yaml" | "wide";
  follow?: boolean;
}

/** Adds `audit verify` and `audit show`. */
export function registerAudit(program: Command): void {
  const audit = program.command("audit").description("read and verify the audit log");
  const log = () =>
    new Option("--log <dir>", "a log's folder, or the folder of several").default(defaultLogPath(process.env));

  audit
    .command("verify")
    .description("check that nothing in the log was changed, removed or reordered")
    .addOption(log())
    .option("--keys <file>", "public keys of the logs, one a line; without it each log's own first event names the key")
    .option("--checkpoint <file...>", "signed checkpoints seen earlier, which the logs must still contain")
    .option("--from <seq>", "first event whose content is read", seq)
    .option("--to <seq>", "last event whose content is read", seq)
    .option("--require-anchor", "fail (6) unless a --checkpoint covers the whole log")
    .addOption(new Option("-o, --output <format>", "output format").choices(["json"]))
    .addHelpText(
      "after",
      `
Exit status: 0 intact, 1 content changed, 2 usage or I/O, 3 gap, duplicate or torn, 4 shorter or other than
what was signed, 5 wrong key or signature, 6 not anchored, 7 events contradict each other.`,
    )
    .action(async (flags: VerifyFlags) => {
      process.exitCode = await orTwo(() => verify(flags));
    });

  audit
    .command("show")
    .description("print events")
    .addOption(log())
    .option("--last <n>", "how many", count, 20)
    .option("--type <type>", "only events of this type; may end in *")
    .option("--request <uid|namespace/name>", "only events of this request")
    .option("--since <time>", "only events since a time, or a duration such as 15m", since)
    .option("-f, --follow", "go on printing events as they come")
    .addOption(new Option("-o, --output <format>", "output format").choices(["json", "yaml", "wide"]))
    .action(async (flags: ShowFlags) => {
      process.exitCode = await orTwo(() => show(flags));
    });
}

/** Trouble before anything could be verified or shown has exit status 2. */
async function orTwo(work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
}

async function logs(path: string): Promise<string[]> {
  const found = await findLogs(path);
  if (found.length === 0) throw new Error(`no audit log in ${path}`);
  return found;
}

async function verify(flags: VerifyFlags): Promise<number> {
  const { log: dir, from, to, requireAnchor, output } = flags;
  const keys = flags.keys === undefined ? undefined : await readFile(flags.keys, "utf8");
  const checkpoints = await Promise.all((flags.checkpoint ?? []).map((file) => readFile(file, "utf8")));
  const { exit, logs } = await verifyAudit({ dir, keys, checkpoints, from, to, requireAnchor });
  if (output === "json") process.stdout.write(`${JSON.stringify({ exit, logs }, null, 2)}\n`);
  else for (const result of logs) process.stdout.write(formatVerifyResult(result));
  return exit;
}

async function show(flags: ShowFlags): Promise<number> {
  const folders = await logs(flags.log);
  const filter = {
    ...(flags.type === undefined ? {} : { type: flags.type }),
    ...(flags.request === undefined ? {} : { request: flags.request }),
    ...(flags.since === undefined ? {} : { since: flags.since }),
  };
  const several = folders.length > 1;
  const print = (dir: string, event: AuditEvent) =>
    process.stdout.write(render(event, flags.output, several ? basename(dir) : undefined));
  const found: { dir: string; event: AuditEvent }[] = [];
  const next = new Map<string, number>();
  for (const dir of folders) {
    const last = await lastEvents(dir, flags.last, filter);
    next.set(dir, last.next);
    for (const event of last.events) found.push({ dir, event });
  }
  found.sort((a, b) => Date.parse(a.event.time) - Date.parse(b.event.time));
  for (const { dir, event } of flags.last > 0 ? found.slice(-flags.last) : []) print(dir, event);
  if (!flags.follow) return 0;
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  process.once("SIGTERM", () => stop.abort());
  await Promise.all(
    folders.map(async (dir) => {
      for await (const event of followEvents(dir, next.get(dir) ?? 0, filter, stop.signal)) print(dir, event);
    }),
  );
  return 0;
}

function render(event: AuditEvent, output: ShowFlags["output"], log: string | undefined): string {
  if (output === "json") return `${escaped(JSON.stringify(event))}\n`;
  if (output === "yaml") {
    return `---\n${escaped(stringify(event, { defaultStringType: "QUOTE_DOUBLE", defaultKeyType: "PLAIN", lineWidth: 0 }))}`;
  }
  return `${formatEvent(event, { wide: output === "wide", ...(log === undefined ? {} : { log }) })}\n`;
}

/** JSON and YAML strings may hold control and format characters as they are; a terminal must not get them. */
function escaped(text: string): string {
  return text.replace(/[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu, (char) =>
    Array.from({ length: char.length }, (_, i) => `\\u${char.charCodeAt(i).toString(16).padStart(4, "0")}`).join(""),
  );
}

function seq(text: string): number {
  if (!/^\d{1,15}$/u.test(text)) throw new InvalidArgumentError("an event's number, from 0");
  return Number(text);
}

function count(text: string): number {
  if (!/^\d{1,6}$/u.test(text)) throw new InvalidArgumentError("a number up to 999999");
  return Number(text);
}

const UNITS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function since(text: string): number {
  const [, amount, unit] = /^(\d{1,9})([smhd])$/u.exec(text) ?? [];
  if (amount && unit) return Date.now() - Number(amount) * (UNITS[unit] ?? 0);
  const time = /^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2}))?$/u.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time))
    throw new InvalidArgumentError("a duration such as 15m, or a time such as 2026-01-31T09:00:00Z");
  return time;
}
