/** `npm stop`: ends what `npm start` runs, and what a killed one left behind. */
import { Command } from "commander";
import { localHome } from "./lib/local-home.ts";
import { stopLocal } from "./lib/stop-local.ts";

const program = new Command("npm stop --")
  .description("Ends the local Agent-Safe and its control plane. The state stays for the next start.")
  .option("--home <dir>", "the folder of state (default: $AGENT_SAFE_HOME, else .agent-safe)")
  .addHelpText("after", "\nExamples:\n  npm stop\n  npm stop -- --home /tmp/second")
  .parse();

const home = localHome(program.opts<{ home?: string }>().home);
const ended = await stopLocal(home);
console.log(ended.length === 0 ? `Nothing runs in ${home.directory}.` : `Stopped: ${ended.join(", ")}.`);
