import { readFileSync } from "node:fs";
import { join } from "node:path";
import { removeWebhooks } from "../../hack/lib/install.ts";
import { type Logger, silentLogger } from "../../hack/lib/logger.ts";
import { openProcessGroup, type ProcessGroup, type Program, type ProgramSpec } from "../../hack/lib/process-group.ts";
import { isRoleReady, type RoleName, type RolePlan } from "../../hack/lib/roles.ts";
import { bringUpStack } from "../../hack/lib/stack.ts";
import type { Supervised } from "../../hack/lib/supervise.ts";
import { type TestCluster, waitFor } from "./cluster.ts";

/** A role of the product as a process that a test may hurt. It is started again only when the test says so. */
export interface TestRole extends Pick<RolePlan, "role" | "probeUrl" | "metricsUrl"> {
  pid(): number;
  running(): boolean;
  /** SIGKILL; resolves when it has ended. */
  kill(): Promise<void>;
  /** SIGSTOP: it keeps its connections and does nothing. */
  pause(): void;
  /** SIGCONT. */
  resume(): void;
  /** SIGTERM and, after 5 s, SIGKILL; resolves when it has ended. */
  stop(): Promise<void>;
  /** Ends it if it runs, and starts it, with more environment or flags if told; resolves when it is ready, unless `wait` is false. */
  restart(options?: { env?: Record<string, string>; args?: readonly string[]; wait?: boolean }): Promise<void>;
  /** A second process of this role beside it, with more environment or flags; nobody can ask it whether it is ready. It ends with the stack. */
  twin(options?: { env?: Record<string, string>; args?: readonly string[] }): Promise<TestRole>;
  ready(): Promise<boolean>;
  /** Resolves when it has ended by itself or was killed. */
  exited(): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** All that it wrote to its log so far, over restarts. */
  log(): string;
}

/** The product on a test cluster. */
export interface TestStack {
  controller: TestRole;
  executor: TestRole;
  webhook: TestRole;
  home: string;
  /** Logs of the roles are in folders of their names under it. */
  auditDirectory: string;
  /** kubeconfig files of the sample agents by name. */
  agents: Record<string, string>;
  /** The kubeconfig that a role uses. */
  kubeconfigOf(role: RoleName): string;
  /** Ends the roles and takes the webhook configurations away, so that the cluster is usable without them. */
  stop(): Promise<void>;
}

/** What to start. */
export interface TestStackOptions {
  cluster: TestCluster;
  /** The folder of state; one in the cluster's scratch folder unless told. Give the same again to start over the same state. */
  home?: string;
  /** Flags and environment of every role. */
  args?: readonly string[];
  env?: Readonly<Record<string, string>>;
  logger?: Logger;
}

/** Installs the product on a test cluster and starts its three roles; resolves when all are ready. Call it in `test.before`; it ends before the cluster. */
export async function startStack(options: TestStackOptions): Promise<TestStack> {
  const { cluster, home = join(cluster.scratch, "stack"), logger = silentLogger } = options;
  const group = openProcessGroup(join(home, "pids"), join(home, "logs"));
  try {
    const stack = await bringUpStack({
      access: cluster.admin,
      home,
      group,
      logger,
      extraArgs: options.args,
      extraEnv: options.env,
      keep: startOnce,
      readyTimeoutMs: 120_000,
    });
    let stopped = false;
    const stop = async () => {
      if (stopped) return;
      stopped = true;
      await stack.stop();
      await group.close();
      // On a cluster of its own, which may be stopped already, that is for nothing.
      if (cluster.controlPlane === undefined) await removeWebhooks(cluster.adminClient);
    };
    cluster.beforeStop(stop);
    const role = (name: RoleName) => testRole(group, stack.roles[name], stack.roles[name].process as OneProcess);
    return {
      controller: role("controller"),
      executor: role("executor"),
      webhook: role("webhook"),
      home,
      auditDirectory: join(home, "audit"),
      agents: stack.agents,
      kubeconfigOf: (name) => join(home, "roles", `${name}.kubeconfig`),
      stop,
    };
  } catch (error) {
    await group.close();
    throw error;
  }
}

/** A process that nobody starts again but the test. */
interface OneProcess extends Supervised {
  spec: ProgramSpec;
  replace(program: Program): void;
}

async function startOnce(group: ProcessGroup, spec: ProgramSpec): Promise<OneProcess> {
  let program = await group.start(spec);
  return {
    spec,
    current: () => program,
    restarts: () => 0,
    stop: (graceMs) => program.stop(graceMs),
    replace: (next) => {
      program = next;
    },
  };
}

function testRole(group: ProcessGroup, plan: RolePlan, process: OneProcess): TestRole {
  const { role, probeUrl, metricsUrl } = plan;
  const ready = () => isRoleReady(plan);
  let twins = 0;
  return {
    role,
    probeUrl,
    metricsUrl,
    pid: () => process.current().pid,
    running: () => process.current().running(),
    kill: () => process.current().stop(0),
    pause: () => process.current().signal("SIGSTOP"),
    resume: () => process.current().signal("SIGCONT"),
    stop: () => process.current().stop(5000),
    async restart({ env = {}, args = [], wait = true } = {}) {
      await process.current().stop(5000);
      const { spec } = process;
      process.replace(await group.start({ ...spec, args: [...spec.args, ...args], env: { ...spec.env, ...env } }));
      if (wait) await waitFor(ready, { timeoutMs: 120_000, what: `the ${role} to be ready again` });
    },
    async twin({ env = {}, args = [] } = {}) {
      const { spec } = process;
      twins += 1;
      const second = {
        ...spec,
        name: `${spec.name}-twin-${twins}`,
        args: [...spec.args, "--metrics-address=127.0.0.1:0", "--probe-address=127.0.0.1:0", ...args],
        env: { ...spec.env, ...env },
      };
      return testRole(group, plan, await startOnce(group, second));
    },
    ready,
    exited: () => process.current().exited,
    log: () => readFileSync(process.current().logFile, "utf8"),
  };
}
