#!/usr/bin/env node
/** The command line: `agent-safe …`, also `kubectl agentsafe …`. Exit codes: 0 ok, 1 error, 2 usage; `audit verify` has its own. */
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { registerAudit } from "./commands/audit.ts";
import { registerRbac } from "./commands/rbac.ts";

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

const program = new Command("agent-safe")
  .description("The one door between AI agents and infrastructure.")
  .version(version)
  .showHelpAfterError("(add --help for what is possible)")
  .exitOverride();

registerAudit(program);
registerRbac(program);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has printed the message; asking for help or the version is no error.
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else {
    process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
