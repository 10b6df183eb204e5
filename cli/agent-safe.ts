#!/usr/bin/env node
/** The command line: `agent-safe …`, also `kubectl agentsafe …`. Exit codes: 0 ok, 1 error, 2 usage; some commands have more. */
// first: what is imported after it is kept compiled
import "./lib/compile-cache.ts";
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { exitOfError } from "./lib/errors.ts";
import { guardOutput, isBrokenPipe } from "./lib/pipes.ts";
import { safeDocument } from "./lib/terminal.ts";

type Register = (program: Command) => void;

/** Each command's module is loaded only when it is asked for: a start should cost milliseconds. */
const commands: Readonly<Record<string, () => Promise<Register>>> = {
  init: async () => (await import("./commands/init.ts")).register,
  check: async () => (await import("./commands/check.ts")).register,
  import: async () => (await import("./commands/import.ts")).register,
  "list-actions": async () => (await import("./commands/list-actions.ts")).register,
  policy: async () => (await import("./commands/policy.ts")).register,
  test: async () => (await import("./commands/test.ts")).register,
  validate: async () => (await import("./commands/validate.ts")).register,
  agent: async () => (await import("./commands/agent.ts")).register,
  delegation: async () => (await import("./commands/delegation.ts")).register,
  ticket: async () => (await import("./commands/ticket.ts")).register,
  approval: async () => (await import("./commands/approval.ts")).registerApproval,
  audit: async () => (await import("./commands/audit.ts")).registerAudit,
  rbac: async () => (await import("./commands/rbac.ts")).registerRbac,
};

guardOutput(process);

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

const program = new Command("agent-safe")
  .description("The one door between AI agents and infrastructure.")
  .version(version)
  .showHelpAfterError("(add --help for what is possible)")
  .exitOverride();

const asked = commands[process.argv[2] ?? ""];
for (const load of asked ? [asked] : Object.values(commands)) (await load())(program);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has printed the message; asking for help or the version is no error.
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else {
    if (!isBrokenPipe(error))
      process.stderr.write(`error: ${safeDocument(error instanceof Error ? error.message : String(error))}\n`);
    process.exitCode = exitOfError(error);
  }
}
