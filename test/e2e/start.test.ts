import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { readJson } from "../../hack/lib/files.ts";
import { runKubectl } from "../../hack/lib/kubectl.ts";
import type { Ready } from "../../hack/lib/local-home.ts";
import { processIdentity } from "../../hack/lib/process-identity.ts";
import { readProcesses } from "../../hack/lib/process-table.ts";
import { waitFor } from "../../hack/lib/wait.ts";

const root = new URL("../..", import.meta.url).pathname;
const home = mkdtempSync(join(tmpdir(), "agent-safe-start-"));
test.after.always(async () => {
  await script("stop");
  rmSync(home, { recursive: true, force: true });
});

/** Runs a script of `hack/` with this test's home. */
function script(name: string, ...args: string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, AGENT_SAFE_HOME: home };
    const child = spawn(process.execPath, [join(root, "hack", `${name}.ts`), ...args], { cwd: root, env });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.on("close", (code) => resolve({ code, output }));
  });
}

function ready(): Ready {
  const content = readJson<Ready>(join(home, "ready"));
  if (content === undefined) throw new Error("it is not ready");
  return content;
}

const kubectl = (args: string[], kubeconfig = ready().kubeconfig) =>
  runKubectl(args, { kubectl: join(ready().binDirectory, "kubectl"), kubeconfig });

test.serial("npm start brings everything up and says how to try it", async (t) => {
  t.timeout(600_000);
  const { code, output } = await script("start", "--detach");
  t.is(code, 0, output);
  t.regex(output, /export KUBECONFIG=/);
  t.log(output.match(/Ready after .* s/)?.[0] ?? "");
  for (const [role, { probeUrl }] of Object.entries(ready().roles))
    t.is((await fetch(`${probeUrl}/readyz`)).status, 200, role);
  t.is(Object.keys(ready().pids).length, 8);
  const agents = Object.entries(ready().agents);
  t.true(agents.length > 0);
  for (const [agent, kubeconfig] of agents) {
    const targets = await kubectl(["get", "targets.agentsafe.dev", "-o", "name"], kubeconfig);
    t.is(targets.code, 0, `${agent} reads the targets: ${targets.stderr}`);
    t.not((await kubectl(["get", "secrets", "-A"], kubeconfig)).code, 0, `${agent} reads no secrets`);
  }
  for (const file of ["kubeconfig", "ready", "roles/executor.token"]) t.truthy(readFileSync(join(home, file)));
});

test.serial("a second npm start over the same state says that one runs", async (t) => {
  const { code, output } = await script("start");
  t.is(code, 1);
  t.regex(output, /already runs .*npm stop/s);
});

test.serial("a role that is killed is started again", async (t) => {
  const executor = () => readProcesses(join(home, "pids")).find(({ name }) => name === "executor")?.pid;
  const before = executor();
  if (before === undefined) return t.fail("no executor");
  process.kill(before, "SIGKILL");
  await waitFor(() => executor() !== undefined && executor() !== before, { timeoutMs: 60_000 });
  const { probeUrl } = ready().roles.executor ?? { probeUrl: "" };
  t.true(await waitFor(async () => (await fetch(`${probeUrl}/readyz`)).ok, { timeoutMs: 60_000 }));
});

test.serial("npm stop leaves no process, and the next start keeps the state", async (t) => {
  t.timeout(600_000);
  t.is((await kubectl(["create", "namespace", "kept"])).code, 0);
  const edit = ["patch", "agent", "retired-bot", "--type=merge", "-p", '{"spec":{"description":"changed by hand"}}'];
  t.is((await kubectl(edit)).code, 0);
  const records = readProcesses(join(home, "pids"));
  const { code, output } = await script("stop");
  t.is(code, 0);
  t.regex(output, /Stopped/);
  for (const { name, pid } of records) t.is(processIdentity(pid), undefined, name);

  const started = await script("start", "--detach");
  t.is(started.code, 0, started.output);
  t.log(`second start: ${started.output.match(/Ready after .* s/)?.[0]}`);
  t.is((await kubectl(["get", "namespace", "kept"])).code, 0);
  const changed = await kubectl(["get", "agent", "retired-bot", "-o", "jsonpath={.spec.description}"]);
  t.is(changed.stdout, "changed by hand", "also what was changed in a sample");
});

test.serial("a killed npm start leaves no process either", async (t) => {
  const records = readProcesses(join(home, "pids"));
  t.is(records.length, 8);
  process.kill(ready().pid, "SIGKILL");
  const gone = () => records.every(({ pid }) => processIdentity(pid) === undefined);
  t.true(await waitFor(gone, { timeoutMs: 60_000, what: "everything to end" }));
  t.false(existsSync(join(home, "ready")), "and nothing says that it is ready");
});
