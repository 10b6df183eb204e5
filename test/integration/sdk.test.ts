import { rmSync } from "node:fs";
import test from "ava";
import { AgentSafe, KubeError, SdkError } from "../../index.ts";
import { exampleProject, examplesOf, runExample } from "../sdk/examples.ts";
import { useCluster } from "../support/cluster.ts";
import { startStack, type TestStack } from "../support/stack.ts";

const page = "docs/sdk.md";
const cluster = await useCluster({ own: true });
const examples = examplesOf(page).filter(({ use }) => use === "cluster");
const dir = exampleProject(page);
test.after.always(() => rmSync(dir, { recursive: true, force: true }));

let stack: TestStack;
let kubeconfig = "";
test.before(async () => {
  stack = await startStack({ cluster });
  kubeconfig = stack.agents["deploy-bot"] ?? "";
});

function connect(): AgentSafe {
  return new AgentSafe({ cwd: dir, kubeconfig, namespace: "agents" });
}

for (const example of examples) {
  test.serial(`docs/sdk.md, line ${example.line}: does what it says on a cluster`, async (t) => {
    t.true(example.prints.length > 0, "an example says what it prints");
    t.deepEqual(await runExample(dir, example, { KUBECONFIG: kubeconfig }), example.prints);
  });
}

test.serial("what admission refuses is an error with its fields, and nothing is created", async (t) => {
  await using agentSafe = connect();
  const asked = { name: "sdk-refused", action: "no-such-action", target: "dev/web" };
  const error = await t.throwsAsync(agentSafe.request(asked), { instanceOf: KubeError });
  t.regex(error.message, /no-such-action/);
  await t.throwsAsync(agentSafe.wait({ name: "sdk-refused" }, { timeoutMs: 5_000 }), { code: "NOT_FOUND" });
});

test.serial("a name that is taken is an error that shows what is there", async (t) => {
  await using agentSafe = connect();
  const asked = { name: "sdk-taken", action: "restart-deployment", target: "prod/api-server" };
  const first = await agentSafe.request(asked);
  const error = await t.throwsAsync(agentSafe.request(asked), { instanceOf: SdkError, code: "AlreadyExists" });
  t.is((error.object as typeof first).metadata.uid, first.metadata.uid);
  await agentSafe.cancel(first);
});

test.serial("the agent lists the cluster's catalog", async (t) => {
  await using agentSafe = connect();
  const names = (await agentSafe.listActions({ from: "cluster" })).map(({ name }) => name);
  t.true(names.includes("restart-deployment"));
});

test.serial("a plan is asked for, waited for and told as a whole", async (t) => {
  await using agentSafe = connect();
  const look = { action: "get-configmap", target: "dev/web-config" };
  const asked = await agentSafe.requestPlan({
    steps: [
      { name: "first", ...look },
      { name: "second", ...look },
    ],
  });
  const done = await agentSafe.wait(asked, { timeoutMs: 120_000 });
  t.is(done.status?.conditions?.find(({ type }) => type === "Ready")?.reason, "Succeeded");
  t.deepEqual(
    done.status?.steps?.map(({ name, state }) => [name, state]),
    [
      ["first", "Succeeded"],
      ["second", "Succeeded"],
    ],
  );
});

test.serial("a wait goes on over a restart of the API server", async (t) => {
  await using agentSafe = connect();
  const asked = await agentSafe.request({ action: "restart-deployment", target: "prod/api-server" });
  const seen: (string | undefined)[] = [];
  const ended = agentSafe.wait(asked, { onChange: ({ metadata }) => void seen.push(metadata.resourceVersion) });
  await agentSafe.wait(asked, { until: ({ status }) => status?.decision !== undefined });
  await cluster.controlPlane?.stopApiServer();
  await cluster.controlPlane?.startApiServer();
  await agentSafe.cancel(asked);
  const ready = (await ended).status?.conditions?.find(({ type }) => type === "Ready");
  t.is(ready?.reason, "Cancelled");
  t.true(seen.length >= 2);
});

test.serial("closing ends a wait", async (t) => {
  const agentSafe = connect();
  const asked = await agentSafe.request({ action: "restart-deployment", target: "prod/api-server" });
  const waiting = agentSafe.wait(asked);
  const ended = t.throwsAsync(waiting, { code: "Closed" });
  await agentSafe.wait(asked, { until: ({ status }) => status?.decision !== undefined });
  await agentSafe.close();
  await ended;
  await t.throwsAsync(agentSafe.request({ action: "restart-deployment", target: "dev/web" }), { code: "Closed" });
});
