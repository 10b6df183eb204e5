import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { buildImage } from "../../hack/image/build.ts";
import { type Docker, ensureDocker } from "../../hack/image/docker.ts";
import { ImageError } from "../../hack/image/errors.ts";
import { stderrLogger } from "../../hack/lib/logger.ts";
import { openProcessGroup } from "../../hack/lib/process-group.ts";
import type { RoleName } from "../../hack/lib/roles.ts";
import { root } from "../../hack/lib/root.ts";
import { bringUpStack, type Stack } from "../../hack/lib/stack.ts";
import { useCluster, waitFor } from "../support/cluster.ts";
import type { RoleContainer } from "../webhook/support/role-container.ts";

// Its helper container comes from a registry; what is started here is ended here.
process.env.TESTCONTAINERS_RYUK_DISABLED = "true";

const tag = `agent-safe-test:${process.pid}`;
const image = await imageOrReason();

/** The built image, or why there is none on this machine. */
async function imageOrReason(): Promise<{ docker: Docker; id: string } | string> {
  try {
    const docker = await ensureDocker(stderrLogger);
    return { docker, id: await buildImage({ root, docker, tag, logger: stderrLogger }) };
  } catch (error) {
    if (!(error instanceof ImageError) || error.code === "COMMAND_FAILED") throw error;
    return error.message.split("\n", 1)[0] ?? "";
  }
}

if (typeof image === "string") {
  test.skip(`every role runs from the image (skipped, there is no container to be had here: ${image})`, (t) =>
    t.fail());
} else {
  const cluster = await useCluster({ own: true });
  const home = join(cluster.scratch, "stack");
  const group = openProcessGroup(join(home, "pids"), join(home, "logs"));
  const containers = new Map<string, RoleContainer>();
  let stack: Stack | undefined;

  test.after.always("containers, image and daemon go", async () => {
    await stack?.stop();
    for (const container of containers.values()) await container.stop();
    await group.close();
    await image.docker.command(["image", "rm", "--force", tag]);
    await image.docker.stop();
  });

  test.serial("every role runs from the image and becomes ready", async (t) => {
    t.timeout(300_000);
    const { startRoleContainer } = await import("../webhook/support/role-container.ts");
    stack = await bringUpStack({
      access: cluster.admin,
      home,
      group,
      logger: stderrLogger,
      readyTimeoutMs: 120_000,
      keep: async (_group, spec) => {
        const started = await startRoleContainer(tag, home, spec);
        containers.set(spec.name, started);
        return started;
      },
    });
    t.deepEqual([...containers.keys()].sort(), ["controller", "executor", "webhook"] satisfies RoleName[]);
  });

  test.serial("none runs as root, writes to its root, or holds a capability", async (t) => {
    t.true(containers.size > 0);
    for (const [role, { container }] of containers) {
      const sh = async (script: string) => container.exec(["/bin/sh", "-c", script]);
      t.is((await sh("id -u")).output.trim(), "65532", role);
      t.regex((await sh("touch /opt/agent-safe/x")).output, /Read-only file system/, role);
      t.regex((await sh("grep CapEff /proc/1/status")).output, /CapEff:\s*0+$/m, role);
      const inspected: unknown = JSON.parse(await image.docker.command(["inspect", container.getId()]));
      t.like(inspected, [{ Config: { User: "65532:65532" }, HostConfig: { ReadonlyRootfs: true } }], role);
    }
  });

  test.serial("the image holds no development dependency, no key and no test", async (t) => {
    const container = containers.get("webhook")?.container;
    const list = async (path: string) => (await container?.exec(["ls", path]))?.output.split(/\s+/) ?? [];
    const packages = await list("/opt/agent-safe/node_modules");
    t.true(packages.includes("undici"));
    for (const name of ["ava", "typescript", "testcontainers", "knip"]) t.false(packages.includes(name), name);
    const content = await list("/opt/agent-safe");
    for (const name of ["test", "hack", ".git", ".agent-safe"]) t.false(content.includes(name), name);
  });

  test.serial("an allowed request finishes and is in the log", async (t) => {
    t.timeout(120_000);
    const agent = stack?.agents["deploy-bot"] ?? Object.values(stack?.agents ?? {})[0];
    const manifest = readFileSync(join(root, "config/samples/requests/allowed-restart.yaml"), "utf8");
    const created = await cluster.kubectl(["create", "-f", "-"], { kubeconfig: agent, input: manifest });
    t.is(created.code, 0, created.stderr);
    const status = await waitFor(
      async () => {
        const { stdout } = await cluster.kubectl(["get", "areq", "restart-web", "-n", "agents", "-o", "json"]);
        const { conditions = [], audit } = (JSON.parse(stdout) as Request).status;
        const of = (type: string) => conditions.find((condition) => condition.type === type);
        return of("Finished")?.status === "True" && { ready: of("Ready"), audit };
      },
      { timeoutMs: 90_000, what: "the request to finish" },
    );
    t.like(status.ready, { status: "True", reason: "Succeeded" });
    t.true(status.audit?.last !== undefined);
  });
}

interface Request {
  status: { conditions?: { type: string; status: string; reason: string }[]; audit?: { last?: number } };
}
