import { appendFileSync, chownSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { GenericContainer, type StartedTestContainer } from "testcontainers";
import type { ProgramSpec } from "../../../hack/lib/process-group.ts";
import type { Supervised } from "../../../hack/lib/supervise.ts";

/** The user that the image runs as. */
const USER = 65532;

/** A role that runs in a container. */
export interface RoleContainer extends Supervised {
  readonly container: StartedTestContainer;
}

/** The library has no switch for a read-only root, only the field that it would set. */
class ReadOnlyContainer extends GenericContainer {
  constructor(image: string) {
    super(image);
    this.hostConfig.ReadonlyRootfs = true;
  }
}

/**
 * Runs what would be a role's process as a container of the image: on the host's network, with a read-only root, no
 * capabilities, and nothing of the machine but its own kubeconfig and tokens (read-only) and its log's folder.
 */
export async function startRoleContainer(image: string, home: string, spec: ProgramSpec): Promise<RoleContainer> {
  const role = spec.name;
  const [roles, audit] = [join(home, "roles"), join(home, "audit", role)];
  mkdirSync(audit, { recursive: true });
  chownSync(audit, USER, USER);
  for (const name of readdirSync(roles)) chownSync(join(roles, name), USER, USER);
  const logFile = join(home, `${role}-container.log`);
  writeFileSync(logFile, "");
  const container = await new ReadOnlyContainer(image)
    .withNetworkMode("host")
    .withCommand(spec.args.slice(spec.args.findIndex((arg) => arg.endsWith("main.ts")) + 1))
    .withBindMounts([
      { source: roles, target: roles, mode: "ro" },
      { source: audit, target: audit, mode: "rw" },
    ])
    .withTmpFs({ "/tmp": "rw,size=16m" })
    .withDroppedCapabilities("ALL")
    .withSecurityOpt("no-new-privileges")
    .withLogConsumer((stream) => stream.on("data", (chunk: Buffer) => appendFileSync(logFile, chunk)))
    .start();
  let running = true;
  const ended = Promise.withResolvers<{ code: number | null; signal: NodeJS.Signals | null }>();
  const stop = async (graceMs = 5000) => {
    if (!running) return;
    running = false;
    await container.stop({ timeout: graceMs });
    ended.resolve({ code: 0, signal: null });
  };
  const program = {
    name: role,
    pid: 0,
    logFile,
    exited: ended.promise,
    running: () => running,
    signal: () => undefined,
    stop,
  };
  return { container, current: () => program, restarts: () => 0, stop };
}
