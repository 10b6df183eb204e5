import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import test from "ava";
import { ACTION_REQUESTS } from "../../controller/api/constants.ts";
import type { ActionRequest } from "../../controller/api/types.ts";
import type { ControlPlane } from "../../hack/control-plane/control-plane.ts";
import { useCluster, waitFor } from "../support/cluster.ts";
import { mayMount } from "../support/needs.ts";
import { startStack, type TestRole, type TestStack } from "../support/stack.ts";
import { namespace, reasonOf, statusOf } from "./support/agent.ts";
import { type Load, makeLoad } from "./support/load.ts";
import { type History, judge, untilSettled, watchHistory } from "./support/oracle.ts";
import { type Kept, keep } from "./support/roles.ts";

const soak = process.env.AGENT_SAFE_SOAK === "1";
const cluster = await useCluster({ own: true });
const plane = cluster.controlPlane as ControlPlane;
let stack: TestStack;
let load: Load;
let history: History;

test.before("the product, and something to count on", async (t) => {
  t.timeout(300_000);
  stack = await startStack({ cluster });
  load = await makeLoad(cluster, stack);
  history = await watchHistory(cluster.adminClient);
  cluster.beforeStop(async () => history.stop());
});

const roles = () => [stack.controller, stack.executor, stack.webhook];

/** Runs something with every role kept alive, then waits until all serve; a role may only have ended for want of its lease. */
async function surviving(run: () => Promise<void>): Promise<string[]> {
  const kept: Kept[] = roles().map(keep);
  try {
    await run();
    await untilReady(roles());
  } finally {
    for (const { stop } of kept) stop();
  }
  return kept.flatMap(({ ends }) => ends).filter((end) => !/^the lease was lost/.test(end));
}

function untilReady(some: readonly TestRole[]): Promise<boolean> {
  return waitFor(async () => (await Promise.all(some.map((role) => role.ready()))).every(Boolean), {
    timeoutMs: 180_000,
    intervalMs: 500,
    what: "the roles to be ready",
  });
}

async function settleAndJudge(restored?: ReadonlySet<string>): Promise<string[]> {
  const { adminClient: client } = cluster;
  const requests = await untilSettled(client, load.requests, 240_000);
  return judge({ client, requests, auditDirectory: stack.auditDirectory, history, restored });
}

test.serial("the API server is killed and started again under load", async (t) => {
  t.timeout(400_000);
  const ends = await surviving(async () => {
    for (let round = 0; round < (soak ? 6 : 2); round += 1) {
      await load.submit(12, { blind: 1 });
      await plane.stopApiServer();
      await plane.startApiServer();
    }
  });
  t.deepEqual(ends, []);
  t.deepEqual(await settleAndJudge(), []);
});

test.serial("the API server is away, then frozen, for longer than the leases last", async (t) => {
  t.timeout(400_000);
  const awayMs = soak ? 60_000 : 20_000;
  const ends = await surviving(async () => {
    await load.submit(12, { blind: 1 });
    await plane.stopApiServer();
    await sleep(awayMs);
    await plane.startApiServer();
    await untilReady(roles());
    await load.submit(12, { blind: 1 });
    plane.pauseApiServer();
    await sleep(awayMs);
    plane.resumeApiServer();
  });
  t.deepEqual(ends, []);
  t.deepEqual(await settleAndJudge(), []);
});

test.serial("versions that a frozen watcher knew are compacted away: it lists anew and goes on", async (t) => {
  t.timeout(300_000);
  const lists = () => Promise.all([listsOf(stack.controller), listsOf(stack.executor)]);
  const before = await lists();
  const known = (await cluster.adminClient.list(ACTION_REQUESTS, { limit: 1 })).resourceVersion;
  const ends = await surviving(async () => {
    for (const role of [stack.controller, stack.executor]) role.pause();
    await load.submit(6);
    // What was sent to a frozen process waits in its socket: only versions of other things are surely unknown to it.
    for (let mark = 0; mark < 5; mark += 1) await cluster.namespace("compacted");
    await compact();
    // Only a new API server has nothing of the past in its own memory.
    await plane.stopApiServer();
    await plane.startApiServer();
    await load.submit(6);
    const path = `/apis/agentsafe.dev/v1alpha1/actionrequests?watch=1&timeoutSeconds=5&resourceVersion=${known}`;
    const watched = await cluster.kubectl(["get", "--raw", path]);
    t.regex(
      `${watched.stdout}${watched.stderr}`,
      /"code":410|too old resource version|Expired/,
      "that version is gone",
    );
    for (const role of [stack.controller, stack.executor]) role.resume();
  });
  t.deepEqual(ends, []);
  t.deepEqual(await settleAndJudge(), []);
  // A bookmark may have told one of them in time; not both.
  const after = await lists();
  t.true(
    after.some((count, index) => count > (before[index] ?? 0)),
    "it has listed anew",
  );
});

/** How often a role has listed requests since it started. */
async function listsOf(role: TestRole): Promise<number> {
  const text = await (await fetch(role.metricsUrl)).text();
  const line = /^agentsafe_informer_lists_total\{resource="actionrequests\.agentsafe\.dev"\} (\d+)$/m.exec(text);
  if (line === null) throw new Error(`the ${role.role} has no count of lists`);
  return Number(line[1]);
}

/** Forgets every version of the past in etcd, through its JSON gateway. */
async function compact(): Promise<void> {
  const { etcd } = JSON.parse(readFileSync(join(plane.home, "ports.json"), "utf8")) as { etcd: number };
  const call = async (path: string, body: object) => {
    const answer = await fetch(`http://127.0.0.1:${etcd}/v3/${path}`, { method: "POST", body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
    return (await answer.json()) as { header: { revision: string } };
  };
  const { header } = await call("maintenance/status", {});
  await call("kv/compaction", { revision: header.revision, physical: true });
}

/** Puts a role's log on a file system of its own that can be filled. */
async function smallDisk(role: TestRole): Promise<{ fill(): void; free(): void }> {
  const dir = join(stack.auditDirectory, role.role);
  const aside = `${dir}-aside`;
  await role.stop();
  cpSync(dir, aside, { recursive: true });
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m,mode=700", "tmpfs", dir]);
  cluster.beforeStop(async () => {
    // The role ends first, or its files would hold the mount.
    await role.stop();
    spawnSync("umount", ["-l", dir]);
  });
  cpSync(aside, dir, { recursive: true });
  rmSync(aside, { recursive: true });
  await role.restart();
  const filler = join(dir, "filler");
  let timer: NodeJS.Timeout | undefined;
  const take = (chunk: Buffer) => {
    try {
      for (;;) writeFileSync(filler, chunk, { flag: "a" });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    }
  };
  return {
    fill() {
      take(Buffer.alloc(4096));
      // What the role itself frees, as it replaces files, must not help it.
      timer = setInterval(() => take(Buffer.alloc(512)), 20);
    },
    free() {
      clearInterval(timer);
      rmSync(filler, { force: true });
    },
  };
}

function current({ metadata: { name } }: ActionRequest): Promise<ActionRequest> {
  return cluster.adminClient.get<ActionRequest>(ACTION_REQUESTS, { name, namespace });
}

const testOnDisk = mayMount() ? test.serial : test.serial.skip;

testOnDisk(
  "while the decider's log can't be written nothing is decided and nothing expires; then it goes on",
  async (t) => {
    t.timeout(400_000);
    const disk = await smallDisk(stack.controller);
    // A test that fails must not leave the next ones without a disk.
    t.teardown(disk.free);
    disk.fill();
    const asked: ActionRequest[] = [];
    const waiting = async () =>
      (await Promise.all(asked.map(current))).filter((request) => reasonOf(request, "Ready") === "AuditUnavailable");
    // The last page of the log still takes some: ask until it is full.
    await waitFor(
      async () => {
        if ((await waiting()).length >= 4) return true;
        if (asked.length < 80) asked.push(...(await load.submit(4)));
        return false;
      },
      { timeoutMs: 90_000, intervalMs: 1_000, what: "AuditUnavailable" },
    );
    const held = await waiting();

    // Started with no room at all, and with a deadline that has long passed.
    await stack.controller.restart({ args: ["--decision-timeout=5s"], wait: false });
    await sleep(20_000);
    t.false(await stack.controller.ready());
    for (const request of await Promise.all(held.map(current))) {
      t.is(statusOf(request, "Finished"), undefined);
      t.is(request.status?.ticket, undefined);
    }

    await stack.controller.restart({ wait: false });
    await sleep(5_000);
    disk.free();
    await untilReady([stack.controller]);
    t.deepEqual(await settleAndJudge(), []);
  },
);

testOnDisk("while the executor's log can't be written nothing is done; then it goes on", async (t) => {
  t.timeout(400_000);
  const disk = await smallDisk(stack.executor);
  t.teardown(disk.free);
  const ends = await surviving(async () => {
    disk.fill();
    await load.submit(8, { blind: 1 });
    await sleep(20_000);
    disk.free();
  });
  t.deepEqual(ends, []);
  t.deepEqual(await settleAndJudge(), []);
});

test.serial("an older etcd is restored: what was done since is told from the log, not done again", async (t) => {
  t.timeout(600_000);
  await stack.controller.stop();
  const asked = await load.submit(10, { blind: 2 });
  const snapshot = join(cluster.scratch, "snapshot");
  await plane.snapshot(snapshot);
  await stack.controller.restart();
  t.deepEqual(await settleAndJudge(), []);
  const done = await Promise.all(asked.map(current));
  t.true(done.every((request) => reasonOf(request, "Ready") === "Succeeded"));
  // Not all of what is restored was done: nothing of these is known to any log.
  history.stop();

  const ends = await surviving(async () => {
    await plane.restore(snapshot);
    t.is(reasonOf(await current(asked[0] as ActionRequest), "Finished"), undefined, "it knows nothing of its end");
    history = await watchHistory(cluster.adminClient);
  });
  t.deepEqual(ends, []);
  await load.submit(6);
  const restored = new Set(asked.map(({ metadata }) => metadata.uid ?? ""));
  t.deepEqual(await settleAndJudge(restored), []);
  for (const request of await Promise.all(asked.map(current))) {
    t.is(reasonOf(request, "Ready"), "Succeeded");
    t.regex(request.status?.execution?.reason ?? "", /audit log/);
  }
});
