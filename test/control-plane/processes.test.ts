import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { endProcesses } from "../../hack/lib/end-processes.ts";
import { takeLock } from "../../hack/lib/lock.ts";
import { openProcessGroup } from "../../hack/lib/process-group.ts";
import { processIdentity } from "../../hack/lib/process-identity.ts";
import { readProcesses, recordProcess } from "../../hack/lib/process-table.ts";
import { supervise } from "../../hack/lib/supervise.ts";
import { waitFor } from "../../hack/lib/wait.ts";
import { scratchFolder } from "./scratch.ts";

function sleeper(): ChildProcess & { pid: number } {
  const child = spawn("sleep", ["600"], { stdio: "ignore" });
  if (child.pid === undefined) throw new Error("sleep does not start");
  return child as ChildProcess & { pid: number };
}

test("a recorded process is ended", async (t) => {
  const directory = scratchFolder();
  const child = sleeper();
  recordProcess(directory, "sleep", child.pid, false);
  t.deepEqual(await endProcesses(directory, 2000), ["sleep"]);
  t.is(processIdentity(child.pid), undefined);
  t.deepEqual(readdirSync(directory), []);
});

test("a stranger that has the pid of a recorded process is left alone", async (t) => {
  const directory = scratchFolder();
  const child = sleeper();
  t.teardown(() => child.kill("SIGKILL"));
  const record = { name: "etcd", pid: child.pid, identity: "an earlier start", group: false };
  writeFileSync(join(directory, `etcd.${child.pid}.json`), JSON.stringify(record));
  t.deepEqual(await endProcesses(directory, 100), []);
  t.truthy(processIdentity(child.pid), "still runs");
  t.deepEqual(readProcesses(directory), [], "and the record is gone");
});

test("a stopped (SIGSTOP) process is ended too", async (t) => {
  const directory = scratchFolder();
  const child = sleeper();
  recordProcess(directory, "sleep", child.pid, false);
  child.kill("SIGSTOP");
  t.deepEqual(await endProcesses(directory, 2000), ["sleep"]);
  t.is(processIdentity(child.pid), undefined);
});

test("when the parent is killed, its programs and their children end", async (t) => {
  const directory = scratchFolder();
  const library = new URL("../../hack/lib/process-group.ts", import.meta.url);
  const script = `
    import { openProcessGroup } from ${JSON.stringify(library.href)};
    const group = openProcessGroup(${JSON.stringify(join(directory, "pids"))}, ${JSON.stringify(join(directory, "logs"))});
    await group.start({ name: "tree", command: "sh", args: ["-c", "sleep 600 & echo $!; wait"] });
    process.stdout.write("started\\n");
    setInterval(() => undefined, 1000);`;
  const parent = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(parent.stdout, "data");
  const [record] = readProcesses(join(directory, "pids"));
  if (record === undefined) return t.fail("nothing was recorded");
  const grandchild = await waitFor(() => Number(readFileSync(join(directory, "logs", "tree.log"), "utf8")));
  t.truthy(processIdentity(grandchild));
  parent.kill("SIGKILL");
  const ended = () => processIdentity(record.pid) === undefined && processIdentity(grandchild) === undefined;
  t.true(await waitFor(ended, { timeoutMs: 30_000, what: "the orphans to end" }));
});

test("a program that ends is started again, until it is stopped", async (t) => {
  const directory = scratchFolder();
  const group = openProcessGroup(join(directory, "pids"), join(directory, "logs"));
  const lines: string[] = [];
  const supervised = await supervise(
    group,
    { name: "brief", command: "sh", args: ["-c", "exit 3"] },
    { info: (line) => void lines.push(line) },
  );
  await waitFor(() => supervised.restarts() >= 1, { timeoutMs: 30_000 });
  t.regex(lines[0] ?? "", /brief ended \(exit code 3\); starting it again in 0\.5 s/);
  await supervised.stop();
  const restarts = supervised.restarts();
  await group.close();
  t.is(supervised.restarts(), restarts);
  t.deepEqual(readProcesses(join(directory, "pids")), []);
});

test("a program that can't be executed is an error that names it", async (t) => {
  const directory = scratchFolder();
  const group = openProcessGroup(join(directory, "pids"), join(directory, "logs"));
  await t.throwsAsync(group.start({ name: "none", command: "/nonexistent/program", args: [] }), {
    message: /cannot start none \(\/nonexistent\/program\)/,
  });
  await group.close();
});

test("a lock is held by one, and free again when released or when its holder has ended", (t) => {
  const file = join(scratchFolder(), "lock");
  const first = takeLock(file);
  t.true(first.taken);
  const second = takeLock(file);
  t.false(second.taken);
  if (!second.taken) t.is(second.holder.pid, process.pid);
  if (first.taken) first.release();
  t.true(takeLock(file).taken);
  writeFileSync(file, JSON.stringify({ pid: process.pid, identity: "an earlier process with this pid" }));
  t.true(takeLock(file).taken);
});
