// The audit commands alone, as a program.
import { Command, CommanderError } from "commander";
import { registerAudit } from "../../cli/commands/audit.ts";

const program = new Command("agent-safe").exitOverride();
registerAudit(program);
try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}
