import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import test from "ava";
import { DEPLOYMENTS } from "../../controller/api/constants.ts";
import type { ActionRequest } from "../../controller/api/types.ts";
import { assertStatusInvariants } from "../../controller/runtime/status-invariants.ts";
import { useCluster, waitFor } from "../support/cluster.ts";
import { type ExecutorSettings, type StartedExecutor, startExecutor } from "./executor/process.ts";
import { makeWorld, reasonOf, type World } from "./executor/world.ts";

const cluster = await useCluster();
let world: World;
const children: ChildProcess[] = [];
const executors: StartedExecutor[] = [];

const killed = [
  ["before-claim", "Succeeded", 1],
  ["after-claim", "Failed", 0],
  ["after-intent", "Failed", 0],
  ["after-credential", "Failed", 0],
  ["after-prechecks", "Failed", 0],
  ["before-act", "Failed", 0],
  ["after-act", "Succeeded", 1],
  ["after-revoke", "Succeeded", 1],
  ["after-outcome-log", "Succeeded", 1],
  ["after-status", "Succeeded", 1],
] as const;
const paused = [
  ["after-claim", "Failed", 0],
  ["after-intent", "Failed", 0],
  ["before-act", "Failed", 0],
  ["after-act", "Succeeded", 1],
] as const;

const nameOf = (mode: string, step: string) => `${mode}-${step}`;

test.before("the world, with a workload for each crash", async (t) => {
  t.timeout(240_000);
  world = await makeWorld(cluster);
  const names = [
    ...killed.map(([step]) => nameOf("kill", step)),
    ...paused.map(([step]) => nameOf("stop", step)),
    "stuck",
    "pod",
  ];
  for (const name of names) {
    await world.target(name, "k8s-deployment", {
      apiVersion: "apps/v1",
      kind: "Deployment",
      namespace: world.namespace,
      name,
    });
  }
  await world.grant();
  await Promise.all(names.map((name) => world.deployment(name)));
});

test.after.always("everything ends", async () => {
  for (const child of children) child.kill("SIGKILL");
  await Promise.all(executors.map((executor) => executor.stop()));
});

interface Scene {
  request: ActionRequest;
  settings: ExecutorSettings;
  generation(): Promise<number>;
}

/** A decided request that only this scene's executors see, since they watch its namespace alone. */
async function scene(
  name: string,
  action = "restart-deployment",
  params: Record<string, unknown> = {},
): Promise<Scene> {
  const place = await cluster.namespace("crash");
  const request = await world.request(action, name, { place });
  await world.decide(request, { namespace: world.namespace, ...params }, { lifetimeSeconds: 300 });
  const settings = {
    ...{ kubeconfig: world.executorKubeconfig, auditDir: join(cluster.scratch, place, "audit"), issuer: world.issuer },
    ...{ holder: `${place}/boot-1`, namespace: place },
  };
  const generation = async () =>
    (await world.admin.get<{ metadata: { generation: number } }>(DEPLOYMENTS, { name, namespace: world.namespace }))
      .metadata.generation;
  return { request, settings, generation };
}

/** Runs an executor as a process that dies, or freezes, at a step; resolves when it has. */
async function runUntil(settings: ExecutorSettings, failpoint: string): Promise<ChildProcess> {
  const script = new URL("executor/process.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, [script, JSON.stringify(settings)], {
    env: { ...process.env, AGENT_SAFE_FAILPOINT: failpoint },
    stdio: ["ignore", "ignore", "inherit"],
  });
  children.push(child);
  if (!failpoint.endsWith(":stop")) {
    const [code, signal] = await once(child, "exit");
    if (signal !== "SIGKILL") throw new Error(`the executor ended with ${code ?? signal} instead of at ${failpoint}`);
    return child;
  }
  await waitFor(() => isFrozen(child), { timeoutMs: 90_000, what: `the executor to freeze at ${failpoint}` });
  return child;
}

async function isFrozen(child: ChildProcess): Promise<boolean> {
  if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
  const { readFile } = await import("node:fs/promises");
  const stat = await readFile(`/proc/${child.pid}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2).startsWith("T");
}

async function start(settings: ExecutorSettings): Promise<StartedExecutor> {
  const executor = await startExecutor(settings);
  executors.push(executor);
  return executor;
}

for (const [step, reason, effects] of killed) {
  test(`killed at ${step}: ${reason}, ${effects} effect(s), after a restart`, async (t) => {
    t.timeout(240_000);
    const { request, settings, generation } = await scene(nameOf("kill", step));
    const before = await generation();
    await runUntil(settings, step);
    const executor = await start({ ...settings, holder: settings.holder.replace("boot-1", "boot-2") });
    const end = await world.finished(request, 180_000);
    assertStatusInvariants(end);
    t.is(reasonOf(end, "Ready"), reason, JSON.stringify([end.status?.execution, executor.log]));
    t.is((await generation()) - before, effects);
    // Never an effect without a prior intent.
    t.true(effects === 0 || (await executor.audit.hasIntent(end.metadata.uid ?? "")));
    await assertNoLiveCredential(end);
  });
}

for (const [step, reason, effects] of paused) {
  test(`paused at ${step} and resumed after another's recovery: it acts no more`, async (t) => {
    t.timeout(240_000);
    const { request, settings, generation } = await scene(nameOf("stop", step));
    const before = await generation();
    const child = await runUntil(settings, `${step}:stop`);
    // Another host: it can't know what stands in the frozen one's log.
    const other = { ...settings, holder: `${settings.namespace}-other/boot-1`, auditDir: `${settings.auditDir}-other` };
    const executor = await start(other);
    const end = await world.finished(request, 180_000);
    t.is(reasonOf(end, "Ready"), reason, JSON.stringify([end.status?.execution, executor.log]));
    child.kill("SIGCONT");
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    t.is(child.exitCode, null);
    const later = await world.read(request);
    t.is(later.metadata.resourceVersion, end.metadata.resourceVersion, "it wrote over what the recovery found out");
    t.is((await generation()) - before, effects);
    await assertNoLiveCredential(end);
  });
}

test("what nothing can be observed of stays unknown, for a person, and is not done again", async (t) => {
  t.timeout(240_000);
  const { request, settings, generation } = await scene("stuck");
  await runUntil(settings, "after-act");
  const generationAfter = await generation();
  // Its target is described otherwise meanwhile, so that it can't be looked for.
  await world.target(
    "stuck",
    "k8s-deployment",
    { apiVersion: "apps/v1", kind: "Deployment", namespace: world.namespace, name: "stuck" },
    { owner: "somebody" },
  );
  await start({ ...settings, holder: settings.holder.replace("boot-1", "boot-2") });
  await waitFor(async () => reasonOf(await world.read(request), "Stalled") === "OutcomeUnknown", {
    timeoutMs: 120_000,
    what: "the unknown outcome",
  });
  const end = await world.read(request);
  assertStatusInvariants(end);
  t.regex(end.status?.conditions?.find(({ type }) => type === "Ready")?.message ?? "", /A person has to look/);
  t.is(reasonOf(end, "Finished"), undefined);
  t.is(end.status?.settled, false);
  t.is(await generation(), generationAfter);
});

test("a deleted pod is recognised after a crash by the UID that was kept before", async (t) => {
  t.timeout(240_000);
  const { stdout: pod } = await cluster.kubectl([
    "get",
    "pods",
    "-n",
    world.namespace,
    "-l",
    "app=pod",
    "-o",
    "jsonpath={.items[0].metadata.name}",
  ]);
  const { request, settings } = await scene("pod", "delete-pod", { pod, grace_period: 0 });
  await runUntil(settings, "before-act");
  await start({ ...settings, holder: settings.holder.replace("boot-1", "boot-2") });
  const end = await world.finished(request, 120_000);
  t.is(reasonOf(end, "Ready"), "Failed", JSON.stringify(end.status?.execution));
  t.truthy(end.status?.execution?.before?.uid);
  t.is((await cluster.kubectl(["get", "pod", "-n", world.namespace, pod])).code, 0);
});

async function assertNoLiveCredential({ metadata: { uid = "" } }: ActionRequest): Promise<void> {
  const { stdout } = await cluster.kubectl(["get", "secrets", "-n", "agent-safe-credentials", "-o", "json"]);
  const secrets: { metadata: { name: string }; data?: Record<string, string> }[] = JSON.parse(stdout).items;
  const live = secrets.filter(({ metadata, data }) => metadata.name.includes(uid) && data?.tombstone === undefined);
  if (live.length > 0) throw new Error(`a credential is left: ${live[0]?.metadata.name}`);
}
