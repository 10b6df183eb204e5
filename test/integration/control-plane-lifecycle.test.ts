import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { startControlPlane } from "../../hack/control-plane/control-plane.ts";
import { runKubectl } from "../../hack/lib/kubectl.ts";
import { processIdentity } from "../../hack/lib/process-identity.ts";
import { readProcesses } from "../../hack/lib/process-table.ts";
import { waitFor } from "../../hack/lib/wait.ts";

const home = mkdtempSync(join(tmpdir(), "agent-safe-control-plane-"));
const other = mkdtempSync(join(tmpdir(), "agent-safe-control-plane-"));
test.after.always(() => {
  for (const directory of [home, other]) rmSync(directory, { recursive: true, force: true });
});

test.serial("the state outlives a restart, at the same address, and stop leaves no process", async (t) => {
  const first = await startControlPlane({ home });
  const kubectl = (...args: string[]) => runKubectl(args, first);
  t.is((await kubectl("create", "configmap", "kept", "--from-literal=a=b")).code, 0);
  const pids = Object.values(first.pids());
  t.is(pids.length, 5);
  const stopping = performance.now();
  await first.stop();
  t.log(`stopped in ${Math.round(performance.now() - stopping)} ms`);
  for (const pid of pids) t.is(processIdentity(pid), undefined);
  t.deepEqual(readProcesses(join(home, "pids")), []);

  const kubeconfig = readFileSync(first.kubeconfig, "utf8");
  const begun = performance.now();
  const second = await startControlPlane({ home });
  t.log(`second start in ${Math.round(performance.now() - begun)} ms`);
  t.is(second.url, first.url);
  t.is(readFileSync(second.kubeconfig, "utf8"), kubeconfig);
  t.is((await kubectl("get", "configmap", "kept", "-o", "jsonpath={.data.a}")).stdout, "b");
  await second.stop();
});

test.serial(
  "the API server can be paused, killed and started again; etcd can be put back to an older state",
  async (t) => {
    const plane = await startControlPlane({ home });
    t.teardown(() => plane.stop());
    const kubectl = (...args: string[]) => runKubectl(args, plane);
    const exists = async (name: string) => (await kubectl("get", "configmap", name)).code === 0;

    await kubectl("create", "configmap", "before");
    await plane.snapshot(join(home, "snapshot"));
    await kubectl("create", "configmap", "after");
    t.true(await exists("after"));

    plane.pauseApiServer();
    t.not((await kubectl("get", "--raw=/readyz", "--request-timeout=2s")).code, 0);
    plane.resumeApiServer();
    await waitFor(async () => (await kubectl("get", "--raw=/readyz")).code === 0, { timeoutMs: 60_000 });

    await plane.stopApiServer();
    t.is(plane.pids()["kube-apiserver"], undefined);
    t.not((await kubectl("get", "--raw=/readyz")).code, 0);
    await plane.startApiServer();
    t.true(await exists("after"));

    await plane.restore(join(home, "snapshot"));
    t.true(await exists("before"));
    t.false(await exists("after"));
  },
);

test.serial("when its parent is killed, no process of a control plane is left", async (t) => {
  const library = new URL("../../hack/control-plane/control-plane.ts", import.meta.url);
  const script = `
    import { startControlPlane } from ${JSON.stringify(library.href)};
    await startControlPlane({ home: ${JSON.stringify(other)} });
    process.stdout.write("started\\n");
    setInterval(() => undefined, 1000);`;
  const parent = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(parent.stdout, "data");
  const records = readProcesses(join(other, "pids"));
  t.deepEqual(records.map(({ name }) => name).sort(), [
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kwok",
  ]);
  parent.kill("SIGKILL");
  const gone = () => records.every(({ pid }) => processIdentity(pid) === undefined);
  t.true(await waitFor(gone, { timeoutMs: 60_000, what: "the control plane to end" }));
});
