import { Command, InvalidArgumentError, Option } from "commander";
import { parseDuration } from "../api/duration.ts";
import { ConfigError, findConfigFile, readConfigFile } from "../runtime/config-file.ts";

/** What a role process is told: flags, else `AGENT_SAFE_*` variables, else `agent-safe.yaml`, else the default. */
export interface Settings {
  roles: RoleName[];
  /** Absent in a cluster: the pod's own ServiceAccount is used. */
  kubeconfig?: string;
  /** The folder of all logs; a role writes to the folder of its own name in it. */
  auditDir: string;
  /** Where the controller keeps copies of approval repositories; what is in it can be deleted. */
  approvalsDir: string;
  metricsAddress: string;
  probeAddress: string;
  webhookAddress: string;
  /** Where the controller takes the webhook's rejections. */
  rejectionsAddress: string;
  /** The address of `rejectionsAddress` as others see it. */
  rejectionsUrl: string;
  /** The webhook's token for the controller's audience; without it rejections are not sent. */
  rejectionsTokenFile?: string;
  systemNamespace: string;
  credentialsNamespace: string;
  decisionTimeoutMs: number;
  finishedTtlMs: number;
  workers: number;
  logLevel: string;
}

/** A role of the one process image; each runs under a ServiceAccount of its own. */
export type RoleName = "controller" | "executor" | "webhook";

const roleNames: readonly RoleName[] = ["controller", "executor", "webhook"];

function parseRoles(text: string): RoleName[] {
  const names = text.split(",").map((name) => name.trim());
  for (const name of names) {
    if (!roleNames.includes(name as RoleName)) {
      throw new InvalidArgumentError(`"${name}" is no role; roles are ${roleNames.join(", ")}.`);
    }
  }
  // One process has one identity; the decider's and the executor's rights must never meet in it.
  if (new Set(names).size !== 1)
    throw new InvalidArgumentError("one role a process: each has a ServiceAccount of its own.");
  return names as RoleName[];
}

function parseMilliseconds(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 1000)
    throw new InvalidArgumentError("a whole number from 1 to 1000.");
  return count;
}

function setting(flag: string, description: string): Option {
  const name = /^--([a-z-]+)/.exec(flag)?.[1] ?? "";
  return new Option(flag, description).env(`AGENT_SAFE_${name.toUpperCase().replaceAll("-", "_")}`);
}

function command(): Command {
  return new Command("agent-safe-controller")
    .description(
      "Runs one role of Agent-Safe: the controller that decides, the executor that acts, or the admission webhook.",
    )
    .addOption(setting("--roles <name>", "controller, executor or webhook").argParser(parseRoles))
    .addOption(
      setting("--kubeconfig <file>", "the API server and credential to use (default: the pod's ServiceAccount)"),
    )
    .addOption(setting("--audit-dir <dir>", "the folder of the logs").default("/var/lib/agent-safe/audit"))
    .addOption(
      setting("--approvals-dir <dir>", "copies of approval repositories").default("/var/lib/agent-safe/approvals"),
    )
    .addOption(setting("--metrics-address <host:port>", "Prometheus metrics").default("0.0.0.0:8080"))
    .addOption(setting("--probe-address <host:port>", "health and readiness").default("0.0.0.0:9440"))
    .addOption(setting("--webhook-address <host:port>", "admission requests, TLS").default("0.0.0.0:9443"))
    .addOption(
      setting("--rejections-address <host:port>", "where the controller takes rejections, TLS").default("0.0.0.0:9444"),
    )
    .addOption(
      setting("--rejections-url <url>", "that address as the webhook sees it").default(
        "https://agent-safe-controller.agent-safe-system.svc:9444",
      ),
    )
    .addOption(setting("--rejections-token-file <file>", "the webhook's token for the controller"))
    .addOption(setting("--system-namespace <name>", "where Agent-Safe itself lives").default("agent-safe-system"))
    .addOption(
      setting("--credentials-namespace <name>", "where action accounts live").default("agent-safe-credentials"),
    )
    .addOption(
      setting("--decision-timeout <duration>", "after this an undecided request expires")
        .argParser(parseMilliseconds)
        .default(3_600_000, "1h"),
    )
    .addOption(
      setting("--finished-ttl <duration>", "how long settled requests are kept")
        .argParser(parseMilliseconds)
        .default(604_800_000, "168h"),
    )
    .addOption(setting("--workers <n>", "requests handled at once").argParser(parseCount).default(32))
    .addOption(setting("--log-level <level>", "log detail").choices(["debug", "info", "warn", "error"]).default("info"))
    .addHelpText(
      "after",
      `
Examples:
  agent-safe-controller --roles=controller --audit-dir=/data/audit
  agent-safe-controller --roles=executor --kubeconfig=./executor.kubeconfig --metrics-address=127.0.0.1:0`,
    );
}

/** Takes what flags and environment left open from the settings file. What is wrong with it is a usage error; keys of the command line are not ours. */
function applyFile(program: Command, file: string): void {
  const wrong: (what: string) => never = (what) => program.error(`error: ${what}`, { exitCode: 2 });
  for (const [key, value] of readSettingsFile(file, wrong)) {
    const option = program.options.find((candidate) => candidate.long === `--${key}`);
    if (option === undefined) continue;
    const name = option.attributeName();
    if (program.getOptionValueSource(name) !== "default" && program.getOptionValue(name) !== undefined) continue;
    const text = String(value);
    try {
      program.setOptionValueWithSource(name, option.parseArg ? option.parseArg(text, undefined) : text, "config");
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error;
      wrong(`${file}: "${key}": ${error.message}`);
    }
  }
}

function readSettingsFile(file: string, wrong: (what: string) => never): ReadonlyMap<string, unknown> {
  try {
    return readConfigFile(file);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return wrong(error.message);
  }
}

/** Reads the settings of this process. Prints usage and exits for `--help` and for bad flags. */
export function readSettings(argv: readonly string[], workingDirectory: string): Settings {
  const program = command();
  const file = findConfigFile(workingDirectory);
  program.parse([...argv], { from: "user" });
  if (file !== undefined) applyFile(program, file);
  const options = program.opts();
  if (options.roles === undefined)
    program.error("error: --roles is missing: controller, executor or webhook", { exitCode: 2 });
  return {
    ...(options as Settings),
    decisionTimeoutMs: options.decisionTimeout as number,
    finishedTtlMs: options.finishedTtl as number,
  };
}
