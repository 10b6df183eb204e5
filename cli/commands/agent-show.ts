import { type Command, InvalidArgumentError } from "commander";
import { AGENTS, RISK_PROFILES } from "../../controller/api/constants.ts";
import type { Agent, RiskProfile } from "../../controller/api/types.ts";
import { createClient, createTransport, isKubeError } from "../../controller/runtime/index.ts";
import { type AgentReport, agentReport, formatAgent, profileOf } from "../lib/agent-report.ts";
import { jsonText, type OutputFormat, outputOption, yamlText } from "../lib/output.ts";

interface ShowFlags {
  kubeconfig?: string;
  output?: OutputFormat;
}

const HELP = `
What an agent has used is what the controller last wrote to the Agent's status, at most 10 s ago.

Examples:
  agent-safe agent show deploy-bot
  agent-safe agent show deploy-bot -o json`;

/** Adds `agent show`. */
export function addAgentShow(agent: Command): void {
  agent
    .command("show")
    .description("who an agent is, and how it stands to its limits")
    .argument("<name>", "name of the Agent", objectName)
    .option("--kubeconfig <file>", "the cluster to read; default KUBECONFIG, or the cluster that this runs in")
    .addOption(outputOption(["json", "yaml", "wide"]))
    .addHelpText("after", HELP)
    .action(async (name: string, { kubeconfig, output }: ShowFlags) => {
      const report = await read(name, kubeconfig);
      process.stdout.write(await print(report, output));
    });
}

async function print(report: AgentReport, output: OutputFormat | undefined): Promise<string> {
  if (output === "json") return jsonText(report);
  if (output === "yaml") return yamlText(report);
  return formatAgent(report, output === "wide");
}

async function read(name: string, kubeconfig: string | undefined): Promise<AgentReport> {
  const transport = createTransport({ kubeconfig, userAgent: "agent-safe-cli" });
  try {
    const client = createClient(transport);
    const agent = await client.get<Agent>(AGENTS, { name });
    try {
      return agentReport(agent, await client.get<RiskProfile>(RISK_PROFILES, { name: profileOf(agent) }));
    } catch (error) {
      if (!isKubeError(error, "NOT_FOUND")) throw error;
      return agentReport(agent, undefined);
    }
  } finally {
    await transport.close();
  }
}

function objectName(text: string): string {
  if (!/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/u.test(text))
    throw new InvalidArgumentError("not the name of an object");
  return text;
}
