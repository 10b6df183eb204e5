import type { Command } from "commander";
import { addAgentShow } from "./agent-show.ts";
import { addAgentToken } from "./agent-token.ts";

/** Adds `agent` and what is below it. */
export function register(program: Command): void {
  const agent = program.command("agent").description("agents: who they are and what they have used");
  addAgentShow(agent);
  addAgentToken(agent);
}
