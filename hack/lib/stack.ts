import { join } from "node:path";
import { writeAgentKubeconfigs } from "./agents.ts";
import { installApprovals } from "./approvals.ts";
import type { AdminAccess } from "./cluster-access.ts";
import { installFoundation, installWebhooks } from "./install.ts";
import { keepActionRights } from "./keep-rights.ts";
import { type Logger, step } from "./logger.ts";
import { type Manifests, renderManifests } from "./manifests.ts";
import type { ProcessGroup, ProgramSpec } from "./process-group.ts";
import { isRoleReady, logTail, planRoles, type RoleName, type RolePlan } from "./roles.ts";
import { installSamplesOnce } from "./samples-once.ts";
import { type Supervised, supervise } from "./supervise.ts";
import { keepTokenFiles } from "./tokens.ts";
import { untilPoliciesCompiled, untilWebhooksTrusted } from "./until-installed.ts";
import { waitFor } from "./wait.ts";

/** The product on a cluster: everything installed, and its three roles as processes of this machine. */
export interface Stack {
  roles: Record<RoleName, RunningRole>;
  webhookUrl: string;
  /** kubeconfig files of the sample agents, by name. */
  agents: Record<string, string>;
  /** Ends the roles; what was installed stays. */
  stop(): Promise<void>;
}

/** A role that runs. */
export interface RunningRole extends RolePlan {
  process: Supervised;
}

/** What to bring up and where. */
export interface StackOptions {
  access: AdminAccess;
  /** The folder of state: `roles/`, `agents/`, `audit/`. */
  home: string;
  /** The processes start in it. */
  group: ProcessGroup;
  logger: Logger;
  /** What to install, when it was rendered before. */
  manifests?: Promise<Manifests>;
  webhookPort?: number;
  /** Flags added to every role. */
  extraArgs?: readonly string[];
  /** Added to the environment of every role. */
  extraEnv?: Readonly<Record<string, string>>;
  /** How a role's process is kept; it is started again whenever it ends, unless told otherwise. */
  keep?: (group: ProcessGroup, spec: ProgramSpec, logger: Logger) => Promise<Supervised>;
  /** How long a role may take to be ready. */
  readyTimeoutMs?: number;
}

/** Installs the product and starts its roles; resolves when all serve. Doing it again over the same state changes nothing. */
export async function bringUpStack(options: StackOptions): Promise<Stack> {
  const { access, home, group, logger, keep = supervise, readyTimeoutMs = 60_000 } = options;
  const { client } = access;
  const manifests = await (options.manifests ?? renderManifests(access.kubectlPath));
  await installFoundation(client, manifests, logger);
  const plan = await planRoles(access.kubeconfig, home, options);
  const stopTokens = await keepTokenFiles(
    client,
    plan.roles.flatMap(({ tokens }) => tokens),
    logger,
  );
  const running: RunningRole[] = [];
  let stopRights: (() => void) | undefined;
  const stop = async () => {
    stopTokens();
    stopRights?.();
    await Promise.all(running.map(({ process }) => process.stop(5000)));
  };
  try {
    const begun = [installWebhooks(client, manifests, plan.webhookUrl), untilPoliciesCompiled(client, logger)];
    for (const role of plan.roles) running.push({ ...role, process: await keep(group, role.program, logger) });
    await Promise.all(begun);
    await step(logger, "webhook", async () => {
      await Promise.all(
        running.filter(({ role }) => role === "webhook").map((role) => untilReady(role, readyTimeoutMs)),
      );
      await untilWebhooksTrusted(client);
    });
    await installSamplesOnce(client, manifests, home, logger);
    await installApprovals(client, home);
    const [agents, ending] = await Promise.all([
      writeAgentKubeconfigs(client, access.kubeconfig, join(home, "agents")),
      step(logger, "rights of the actions on their targets", () => keepActionRights(client, logger)),
      step(logger, "controller, executor", () => Promise.all(running.map((role) => untilReady(role, readyTimeoutMs)))),
    ]);
    stopRights = ending;
    const roles = Object.fromEntries(running.map((role) => [role.role, role])) as Stack["roles"];
    return { roles, webhookUrl: plan.webhookUrl, agents, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A role that keeps ending while it starts is not going to be ready; better to show why than to wait. */
const tolerableRestarts = 3;

/** Waits until a role is ready; its error shows the end of its log. */
async function untilReady(role: RunningRole, timeoutMs: number): Promise<void> {
  const { process } = role;
  const hopeless = new AbortController();
  const ready = async () => {
    if (await isRoleReady(role)) return true;
    if (process.restarts() >= tolerableRestarts) hopeless.abort(new Error(`${role.role} keeps ending`));
    return false;
  };
  try {
    await waitFor(ready, { timeoutMs, what: `the ${role.role} to be ready`, signal: hopeless.signal });
  } catch (error) {
    const { logFile } = process.current();
    throw new Error(`the ${role.role} is not ready. The end of ${logFile}:\n${logTail(logFile)}`, { cause: error });
  }
}
