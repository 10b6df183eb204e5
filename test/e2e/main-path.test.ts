import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import test from "ava";
import type { ActionRequest } from "../../controller/api/types.ts";
import { useCluster } from "../support/cluster.ts";
import { startStack, type TestStack } from "../support/stack.ts";
import { finished, namespace, ready, reasonOf, type TestAgent, testAgent, until } from "./support/agent.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const cluster = await useCluster({ own: true });
let stack: TestStack;
let bot: TestAgent;
test.before(async () => {
  stack = await startStack({ cluster });
  bot = testAgent(cluster, stack.agents["deploy-bot"] ?? "");
  await cluster.kubectl(["delete", "aprov", "local"]);
});

async function json<T>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await cluster.kubectl([...args, "-o", "json"]);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as T;
}

interface ReplicaSets {
  items: { metadata: { name: string; ownerReferences?: { name: string }[] }; status: { readyReplicas?: number } }[];
}

test.serial("an allowed restart really rolls out, and kubectl tells the whole story", async (t) => {
  const setsOf = async () =>
    (await json<ReplicaSets>("get", "rs", "-n", "dev")).items.filter(({ metadata }) =>
      metadata.ownerReferences?.some(({ name }) => name === "web"),
    );
  const before = new Set((await setsOf()).map(({ metadata }) => metadata.name));

  const request = "config/samples/requests/allowed-restart.yaml";
  const applied = await bot.kubectl(["apply", "-f", `${root}${request}`]);
  t.is(applied.code, 0, applied.text);
  const waited = await bot.kubectl([
    "wait",
    "--for=condition=Finished",
    "areq/restart-web",
    "-n",
    namespace,
    "--timeout=120s",
  ]);
  t.is(waited.code, 0, waited.text);

  const fresh = (await setsOf()).filter(({ metadata }) => !before.has(metadata.name));
  t.is(fresh.length, 1, "one new ReplicaSet");
  t.is(fresh[0]?.status.readyReplicas, 2, "its pods are ready");

  const line = (await bot.kubectl(["get", "areq", "restart-web", "-n", namespace, "--no-headers"])).text;
  for (const part of [
    "restart-deployment",
    "dev/web",
    "system:serviceaccount:agents:deploy-bot",
    "low",
    "allow",
    "Succeeded",
  ]) {
    t.true(line.includes(part), `${part} in ${line}`);
  }
  const { status } = await finished(cluster, "restart-web");
  t.regex(line, new RegExp(`\\s${status?.audit?.last}\\s`), "the log index of the outcome");

  const described = (await cluster.kubectl(["describe", "areq", "restart-web", "-n", namespace])).stdout;
  for (const part of [
    "Everything is allowed in dev",
    "allow-dev-all",
    "SUCCESS",
    "Allowed",
    "Executed",
    "Diff",
    "Prechecks",
  ]) {
    t.true(described.includes(part), `${part} in kubectl describe`);
  }
});

test.serial("the log of both roles verifies offline", (t) => {
  const run = spawnSync(process.execPath, ["cli/agent-safe.ts", "audit", "verify", "--log", stack.auditDirectory], {
    cwd: root,
    encoding: "utf8",
  });
  t.is(run.status, 0, run.stdout + run.stderr);
});

test("a prod target waits for people, and says that no provider is configured", async (t) => {
  const name = await bot.ask({ action: "restart-deployment", target: "prod/api-server" });
  const message = ({ status }: ActionRequest) =>
    status?.conditions?.find(({ type }) => type === "Ready")?.message ?? "";
  const request = await until(cluster, name, (seen) => /no approval provider is configured/.test(message(seen)));
  t.is(reasonOf(request, "Ready"), "AwaitingApproval");
  t.is(request.status?.ticket, undefined);
});

test("an unknown action is refused at once, with the name that was meant", async (t) => {
  t.regex(await bot.refusal({ action: "restart-deploymnt", target: "dev/web" }), /restart-deployment/);
});

test("too many replicas are refused at once, naming the bound", async (t) => {
  t.regex(
    await bot.refusal({ action: "scale-deployment", target: "dev/web", params: { replicas: 9999 } }),
    /replicas.*9999.*100/s,
  );
});

test("all mistakes are named at once", async (t) => {
  const text = await bot.refusal({
    action: "scale-deployment",
    target: "dev/web",
    params: { replicas: "three", replica: 3 },
  });
  t.regex(text, /replicas/);
  t.regex(text, /"?replica"?\b/);
});

test("parameters of another resource than the target's are a TargetMismatch", async (t) => {
  const request = await bot.outcome({
    action: "restart-deployment",
    target: "dev/web",
    params: { namespace: "prod", deployment: "api-server" },
  });
  t.is(reasonOf(request, "Denied"), "TargetMismatch", JSON.stringify(request.status));
});

test("what no rule matches is denied, with the trace of the default", async (t) => {
  const request = await bot.outcome({ action: "create-namespace", target: "staging/preview-ns" });
  t.is(reasonOf(request, "Denied"), "NoMatchingRule");
  t.true((request.status?.decision?.trace?.length ?? 0) > 0);
  t.true(request.status?.decision?.trace?.every(({ outcome }) => outcome === "missed"));
});

test("a guardrail can't be outranked", async (t) => {
  const request = await bot.outcome({ action: "delete-namespace", target: "prod/payments-ns" });
  t.is(reasonOf(request, "Denied"), "Guardrail");
});

test("a namespace that holds a critical Deployment is judged as critical", async (t) => {
  const name = await bot.ask({ action: "delete-namespace", target: "dev/sandbox-ns" });
  const request = await ready(cluster, name, "AwaitingApproval");
  t.is(request.status?.decision?.effectiveRisk, "critical");
});

test("an agent takes its own request back", async (t) => {
  const name = await bot.ask({ action: "restart-deployment", target: "prod/web-frontend" });
  await ready(cluster, name, "AwaitingApproval");
  const cancelled = await bot.kubectl(["annotate", "areq", name, "-n", namespace, "agentsafe.dev/cancel=true"]);
  t.is(cancelled.code, 0, cancelled.text);
  const request = await finished(cluster, name);
  t.is(reasonOf(request, "Ready"), "Cancelled");
  t.true(request.status?.settled);
});

test("a suspended agent is denied, whatever it asks", async (t) => {
  const retired = testAgent(cluster, stack.agents["retired-bot"] ?? "");
  t.is(
    reasonOf(await retired.outcome({ action: "restart-deployment", target: "dev/web" }), "Denied"),
    "AgentSuspended",
  );
});

test("a dry run is refused with its reason, not carried out", async (t) => {
  t.regex(await bot.refusal({ action: "restart-deployment", target: "dev/web", dryRun: true }), /dryRun/);
});

test("a ConfigMap's data comes back in the status", async (t) => {
  const request = await bot.outcome({ action: "get-configmap", target: "staging/web-config" });
  t.is(reasonOf(request, "Ready"), "Succeeded");
  t.true((request.status?.execution?.output?.length ?? 0) > 0);
});

test("scaling says what it was before, and how to go back", async (t) => {
  const request = await bot.outcome({ action: "scale-deployment", target: "dev/test-app", params: { replicas: 3 } });
  t.is(reasonOf(request, "Ready"), "Succeeded");
  t.deepEqual(request.status?.execution?.diff?.changed?.replicas, { old: 1, new: 3 });
  t.like(request.status?.rollback, { available: true, action: "scale-deployment", params: { replicas: 1 } });
});

test("a pod that nothing would bring back is not deleted", async (t) => {
  const request = await bot.outcome({ action: "delete-pod", target: "dev/debug-pod", params: { pod: "debug-pod" } });
  t.is(reasonOf(request, "Ready"), "Failed");
  t.true(request.status?.execution?.prechecks?.some(({ passed }) => !passed));
  t.is((await cluster.kubectl(["get", "pod", "debug-pod", "-n", "dev"])).code, 0);
});
