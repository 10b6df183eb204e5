import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import test from "ava";
import { localHome } from "../../hack/lib/local-home.ts";
import { processIdentity } from "../../hack/lib/process-identity.ts";
import { recordProcess } from "../../hack/lib/process-table.ts";
import { stopLocal } from "../../hack/lib/stop-local.ts";
import { scratchFolder } from "./scratch.ts";

const newHome = () => localHome(scratchFolder(), {});

function sleeper(): ChildProcess & { pid: number } {
  const child = spawn("sleep", ["600"], { stdio: "ignore" });
  if (child.pid === undefined) throw new Error("sleep does not start");
  return child as ChildProcess & { pid: number };
}

test("what a killed npm start (and its killed minder) left behind is ended", async (t) => {
  const home = newHome();
  const left = sleeper();
  recordProcess(home.pids, "etcd", left.pid, false);
  writeFileSync(home.ready, "{}");
  t.deepEqual(await stopLocal(home), ["etcd"]);
  t.is(processIdentity(left.pid), undefined);
  t.false(existsSync(home.ready));
});

test("a stranger that has the pid of an earlier npm start is left alone", async (t) => {
  const home = newHome();
  const stranger = sleeper();
  t.teardown(() => stranger.kill("SIGKILL"));
  writeFileSync(home.lock, JSON.stringify({ pid: stranger.pid, identity: "an earlier start" }));
  t.deepEqual(await stopLocal(home), []);
  t.truthy(processIdentity(stranger.pid));
});

test("the running npm start itself is told to end", async (t) => {
  const home = newHome();
  const start = sleeper();
  writeFileSync(home.lock, JSON.stringify({ pid: start.pid, identity: processIdentity(start.pid) }));
  t.deepEqual(await stopLocal(home), ["npm start and all its processes"]);
  t.is(processIdentity(start.pid), undefined);
  t.false(existsSync(home.lock));
});

test("the home is told by flag, else by variable, else it is in the checkout", (t) => {
  t.is(localHome("/a", { AGENT_SAFE_HOME: "/b" }).directory, "/a");
  t.is(localHome(undefined, { AGENT_SAFE_HOME: "/b" }).directory, "/b");
  t.regex(localHome(undefined, {}).directory, /\/\.agent-safe$/);
});
