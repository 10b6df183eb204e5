import { join } from "node:path";
import test from "ava";
import { stringify } from "yaml";
import { ACTION_REQUESTS, AGENTS } from "../../controller/api/constants.ts";
import type { ActionRequest } from "../../controller/api/types.ts";
import { issueCredential, revokeCredential } from "../../controller/credentials/issue.ts";
import { accountName } from "../../controller/credentials/names.ts";
import { createClient, createTransport, isKubeError } from "../../controller/runtime/index.ts";
import { assertStatusInvariants } from "../../controller/runtime/status-invariants.ts";
import { useCluster, waitFor } from "../support/cluster.ts";
import { type StartedExecutor, startExecutor } from "./executor/process.ts";
import { changedAction, makeWorld, reasonOf, type World } from "./executor/world.ts";

const cluster = await useCluster();
let world: World;
let executor: StartedExecutor;
let namespace: string;

test.before("the world and an executor", async (t) => {
  t.timeout(240_000);
  world = await makeWorld(cluster);
  namespace = world.namespace;
  executor = await startExecutor({
    ...{
      kubeconfig: world.executorKubeconfig,
      auditDir: join(cluster.scratch, "audit", "executor"),
      holder: "test/boot-1",
    },
    ...{ issuer: world.issuer, namespace, times: { graceMs: 60_000 } },
  });
  for (const name of ["web", "scaled", "pods", "idle", "frozen"]) {
    await world.target(name, "k8s-deployment", { apiVersion: "apps/v1", kind: "Deployment", namespace, name });
  }
  await world.target("settings", "k8s-configmap", { apiVersion: "v1", kind: "ConfigMap", namespace, name: "settings" });
  await world.target("node", "k8s-node", { apiVersion: "v1", kind: "Node", name: `${namespace}-node` });
  await world.target("new", "k8s-namespace", { apiVersion: "v1", kind: "Namespace", name: `${namespace}-new` });
  await world.grant();
  await cluster.apply(
    stringify({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "settings", namespace },
      data: { "log.level": "info", password: "x", note: "hello" },
    }),
  );
  await cluster.apply(
    stringify({
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: `${namespace}-node`, annotations: { "kwok.x-k8s.io/node": "fake" } },
    }),
  );
});
test.after.always("the executor stops", () => executor?.stop());

/** Does an action from request to end; fails when the status breaks its contract or a credential is left. */
async function done(action: string, target: string, params: Record<string, unknown>): Promise<ActionRequest> {
  const request = await world.request(action, target, { params });
  await world.decide(request, params);
  const end = await world.finished(request);
  assertStatusInvariants(end);
  await assertNoCredential(end);
  return end;
}

async function assertNoCredential(request: ActionRequest): Promise<void> {
  const { stdout } = await cluster.kubectl(["get", "secrets", "-n", "agent-safe-credentials", "-o", "name"]);
  if (stdout.includes(request.metadata.uid ?? "")) throw new Error(`a credential is left: ${stdout}`);
}

test("restart-deployment really rolls out: new ReplicaSet, pods ready, status complete", async (t) => {
  await world.deployment("web", 2);
  const end = await done("restart-deployment", "web", { namespace, deployment: "web" });
  t.is(reasonOf(end, "Ready"), "Succeeded", JSON.stringify(end.status?.execution));
  const { stdout } = await cluster.kubectl([
    "get",
    "rs",
    "-n",
    namespace,
    "-l",
    "app=web",
    "-o",
    "jsonpath={.items[*].spec.replicas}",
  ]);
  t.deepEqual(stdout.split(" ").toSorted(), ["0", "2"]);
  const { execution, audit, claim } = end.status ?? {};
  t.is(execution?.result, "SUCCESS");
  t.like(execution?.before, { revision: "1", available_replicas: 2 });
  t.like(execution?.after, { revision: "2", available_replicas: 2 });
  t.deepEqual(execution?.diff?.changed?.revision, { old: "1", new: "2" });
  t.true(execution?.prechecks?.every(({ passed }) => passed));
  t.is(claim?.holder, "test/boot-1");
  t.true((audit?.intent?.index ?? 0) < (audit?.outcome?.index ?? 0));
  t.is(audit?.last, audit?.outcome?.index);
  t.true(await executor.audit.hasIntent(end.metadata.uid ?? ""));
});

test("scale-deployment scales, waits, and says how to undo it", async (t) => {
  await world.deployment("scaled", 1);
  const end = await done("scale-deployment", "scaled", { namespace, deployment: "scaled", replicas: 3 });
  t.is(reasonOf(end, "Ready"), "Succeeded", JSON.stringify(end.status?.execution));
  const { stdout } = await cluster.kubectl([
    ...["get", "deploy", "-n", namespace, "scaled"],
    ...["-o", "jsonpath={.spec.replicas}"],
  ]);
  t.is(stdout, "3");
  // As it was when the wait ended: under load a pod may be unready again by now.
  t.is(end.status?.execution?.after?.available_replicas, 3);
  t.is(end.status?.execution?.before?.replicas, 1);
  t.is(end.status?.execution?.after?.replicas, 3);
  t.like(end.status?.rollback, {
    available: true,
    action: "scale-deployment",
    params: { replicas: 1, namespace, deployment: "scaled" },
  });
});

test("update-configmap sets one key, shows the value before, and touches nothing else", async (t) => {
  const end = await done("update-configmap", "settings", {
    namespace,
    configmap: "settings",
    key: "log.level",
    value: "debug",
  });
  t.is(reasonOf(end, "Ready"), "Succeeded", JSON.stringify(end.status?.execution));
  t.is(end.status?.execution?.before?.previous_value, "info");
  t.is(end.status?.execution?.after?.previous_value, "debug");
  const { stdout } = await cluster.kubectl(["get", "cm", "-n", namespace, "settings", "-o", "json"]);
  t.deepEqual(JSON.parse(stdout).data, { "log.level": "debug", password: "x", note: "hello" });
});

test("get-configmap answers in the status, with what looks like a secret blanked out", async (t) => {
  const end = await done("get-configmap", "settings", { namespace, configmap: "settings" });
  t.is(reasonOf(end, "Ready"), "Succeeded", JSON.stringify(end.status?.execution));
  t.regex(end.status?.execution?.output ?? "", /hello/);
  t.notRegex(end.status?.execution?.output ?? "", /"password":"x"/);
});

test("cordon-node and uncordon-node", async (t) => {
  const node = `${namespace}-node`;
  await waitFor(
    async () =>
      (await cluster.kubectl(["get", "node", node, "-o", "jsonpath={.status.conditions[?(@.type=='Ready')].status}"]))
        .stdout === "True",
    {
      timeoutMs: 60_000,
      what: "the node",
    },
  );
  const unschedulable = async () =>
    (await cluster.kubectl(["get", "node", node, "-o", "jsonpath={.spec.unschedulable}"])).stdout;
  const cordoned = await done("cordon-node", "node", { node });
  t.is(reasonOf(cordoned, "Ready"), "Succeeded", JSON.stringify(cordoned.status?.execution));
  t.is(await unschedulable(), "true");
  t.deepEqual(cordoned.status?.execution?.diff?.changed?.schedulable, { old: true, new: false });
  const uncordoned = await done("uncordon-node", "node", { node });
  t.is(reasonOf(uncordoned, "Ready"), "Succeeded", JSON.stringify(uncordoned.status?.execution));
  t.is(await unschedulable(), "");
});

test("create-namespace creates it, and a second time a precheck stands in the way", async (t) => {
  const name = `${namespace}-new`;
  const end = await done("create-namespace", "new", { namespace: name });
  t.is(reasonOf(end, "Ready"), "Succeeded", JSON.stringify(end.status?.execution));
  t.is((await cluster.kubectl(["get", "ns", name, "-o", "name"])).stdout.trim(), `namespace/${name}`);
  const again = await done("create-namespace", "new", { namespace: name });
  t.is(reasonOf(again, "Ready"), "Failed");
  t.regex(again.status?.execution?.reason ?? "", /namespace-not-exists: the namespace exists already/);
});

test("delete-pod deletes a pod that the deployment owns, and refuses one that it does not", async (t) => {
  await world.deployment("pods", 1);
  await world.deployment("other-pods", 1);
  const podOf = async (app: string) => {
    const { stdout } = await cluster.kubectl([
      "get",
      "pods",
      "-n",
      namespace,
      "-l",
      `app=${app}`,
      "-o",
      "jsonpath={.items[0].metadata.name}",
    ]);
    return stdout;
  };
  const own = await podOf("pods");
  const foreign = await podOf("other-pods");
  const end = await done("delete-pod", "pods", { namespace, pod: own, grace_period: 0 });
  t.is(reasonOf(end, "Ready"), "Succeeded", JSON.stringify(end.status?.execution));
  t.not((await cluster.kubectl(["get", "pod", "-n", namespace, own])).code, 0);

  const refused = await done("delete-pod", "pods", { namespace, pod: foreign, grace_period: 0 });
  t.is(reasonOf(refused, "Ready"), "Failed");
  t.regex(refused.status?.execution?.reason ?? "", /neither the target nor owned by it/);
  t.is((await cluster.kubectl(["get", "pod", "-n", namespace, foreign])).code, 0);
});

test("a precheck that fails blocks: nothing is changed, and every reason is told", async (t) => {
  await world.deployment("idle", 1);
  await cluster.kubectl(["scale", "deploy", "-n", namespace, "idle", "--replicas=0"]);
  const generation = async () =>
    (await cluster.kubectl(["get", "deploy", "-n", namespace, "idle", "-o", "jsonpath={.metadata.generation}"])).stdout;
  const before = await generation();
  const end = await done("restart-deployment", "idle", { namespace, deployment: "idle" });
  t.is(reasonOf(end, "Ready"), "Failed");
  t.is(end.status?.execution?.result, "FAILURE");
  t.regex(end.status?.execution?.reason ?? "", /minimum-replicas: the Deployment is scaled to zero/);
  t.deepEqual(
    end.status?.execution?.prechecks?.map(({ name, passed }) => [name, passed]),
    [
      ["deployment-exists", true],
      ["minimum-replicas", false],
      ["not-paused", true],
    ],
  );
  t.is(await generation(), before);
});

test("an action without generated rights ends in an error that says what to do", async (t) => {
  await world.target("ungranted", "k8s-deployment", {
    apiVersion: "apps/v1",
    kind: "Deployment",
    namespace: "default",
    name: "nothing",
  });
  const end = await done("restart-deployment", "ungranted", { namespace: "default", deployment: "nothing" });
  t.is(end.status?.execution?.result, "ERROR");
  t.regex(end.status?.execution?.reason ?? "", /agent-safe rbac generate/);
});

test("the dry-run executor touches nothing: no credential, SKIPPED, ready", async (t) => {
  await cluster.apply(
    changedAction("restart-deployment", (action) => {
      action.metadata.name = `noop-${namespace}`;
      action.spec.execution.executor = "dry-run";
    }),
  );
  const end = await done(`noop-${namespace}`, "web", { namespace, deployment: "web" });
  t.is(reasonOf(end, "Ready"), "DryRun");
  t.is(end.status?.execution?.result, "SKIPPED");
});

/** Tickets that are not good: none is claimed, and the log tells each once. */
async function refusedWith(
  code: string,
  decide: (request: ActionRequest) => Promise<unknown>,
  target = "web",
): Promise<ActionRequest> {
  const request = await world.request("restart-deployment", target);
  await decide(request);
  const { uid } = request.metadata;
  await waitFor(
    () => executor.log.some((line) => line.includes(`"code":"${code}"`) && line.includes(request.metadata.name)),
    {
      timeoutMs: 60_000,
      what: `the refusal ${code} of ${uid}`,
    },
  );
  const after = await world.read(request);
  if (after.status?.claim !== undefined) throw new Error("it was claimed");
  return after;
}

const params = () => ({ namespace, deployment: "web" });

for (const [code, change] of [
  ["BAD_SIGNATURE", { token: (token: string) => `${token.slice(0, -6)}AAAAAA` }],
  ["EXPIRED", { shiftMs: -120_000 }],
  ["WRONG_REQUEST", { subject: { requestUid: "00000000-0000-0000-0000-000000000000" } }],
  ["PARAMS_CHANGED", { params: { namespace: "kube-system", deployment: "coredns" } }],
  ["TARGET_CHANGED", { subject: { target: { id: "", digest: "sha256:00" } } }],
  ["WRONG_AUDIENCE", { subject: { audience: "other" } }],
  ["WRONG_ATTEMPT", { subject: { attempt: 7 } }],
] as const) {
  test(`a ticket that is not good is not claimed: ${code}`, async (t) => {
    const request = await refusedWith(code, async (asked) => {
      const subject =
        "subject" in change && "target" in change.subject
          ? { target: { ...change.subject.target, id: asked.spec.target } }
          : "subject" in change
            ? change.subject
            : {};
      const decided = await world.decide(asked, params(), {
        ...change,
        subject,
        ...("subject" in change && "attempt" in change.subject ? { subject: { attempt: 7 } } : {}),
      });
      return decided;
    });
    t.is(request.status?.claim, undefined);
  });
}

test("a ticket of one request is no good on another", async (t) => {
  const first = await world.request("get-configmap", "settings");
  const decided = await world.decide(first, { namespace, configmap: "settings" });
  await world.finished(first);
  const request = await refusedWith("WRONG_REQUEST", (asked) =>
    world.decide(asked, params(), { token: () => decided.status?.ticket?.token ?? "" }),
  );
  t.is(request.status?.claim, undefined);
});

test("an agent that is suspended after its ticket was issued does nothing any more", async (t) => {
  const name = `${namespace}-suspended`;
  await cluster.apply(
    stringify({
      apiVersion: "agentsafe.dev/v1alpha1",
      kind: "Agent",
      metadata: { name },
      spec: { subjects: [{ kind: "User", name }] },
    }),
  );
  executor.control.guardReady = false;
  try {
    const request = await world.request("restart-deployment", "web");
    await world.decide(request, params(), { agent: name });
    await world.admin.patch(AGENTS, { name }, { spec: { suspended: true } }, { type: "merge" });
    executor.control.guardReady = true;
    await waitFor(
      () => executor.log.some((line) => line.includes("AGENT_SUSPENDED") && line.includes(request.metadata.name)),
      { timeoutMs: 60_000 },
    );
    t.is((await world.read(request)).status?.claim, undefined);
  } finally {
    executor.control.guardReady = true;
  }
});

test("nothing is claimed while the guard is not ready or the log can't be written", async (t) => {
  const request = await world.request("get-configmap", "settings");
  executor.control.auditReason = "disk full";
  try {
    await world.decide(request, { namespace, configmap: "settings" });
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    t.is((await world.read(request)).status?.claim, undefined);
  } finally {
    executor.control.auditReason = "";
  }
  t.is(reasonOf(await world.finished(request), "Ready"), "Succeeded");
});

test("a cancelled request is not claimed", async (t) => {
  executor.control.guardReady = false;
  const request = await world.request("restart-deployment", "web");
  try {
    await world.decide(request, params());
    const { name } = request.metadata;
    await world.admin.patch(
      ACTION_REQUESTS,
      { name, namespace },
      { metadata: { annotations: { "agentsafe.dev/cancel": "true" } } },
      { type: "merge" },
    );
  } finally {
    executor.control.guardReady = true;
  }
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  t.is((await world.read(request)).status?.claim, undefined);
});

test("a credential reaches its own target in its own namespace, nothing else, and dies with its Secret", async (t) => {
  t.timeout(120_000);
  await world.deployment("frozen", 1);
  const transport = createTransport({ kubeconfig: world.executorKubeconfig, userAgent: "test" });
  const client = createClient(transport);
  const deployments = { group: "apps", version: "v1", plural: "deployments", namespaced: true };
  const options = {
    client,
    withToken: (token: string) => transport.withToken(token),
    namespace: "agent-safe-credentials",
    requestUid: "test",
    timeoutMs: 10_000,
  };
  const account = accountName("restart-deployment", namespace);
  const credential = await issueCredential({ ...options, account, secretName: `test-${namespace}` });
  const refused = (promise: Promise<unknown>) => t.throwsAsync(promise, { code: "FORBIDDEN" } as object);

  t.is(
    (await credential.client.get<{ metadata: { name: string } }>(deployments, { name: "frozen", namespace })).metadata
      .name,
    "frozen",
  );
  await refused(credential.client.get(deployments, { name: "unregistered", namespace }));
  await refused(credential.client.get(deployments, { name: "web", namespace: "default" }));
  await refused(credential.client.list(deployments, { namespace }));
  await refused(credential.client.get({ ...deployments, group: "", plural: "secrets" }, { name: "x", namespace }));
  await refused(
    credential.client.get({ ...deployments, group: "", plural: "configmaps" }, { name: "settings", namespace }),
  );
  await t.throwsAsync(issueCredential({ ...options, account, secretName: `test-${namespace}` }), {
    code: "FENCED",
  } as object);

  const { secretName, secretUid } = credential;
  await revokeCredential({ client, namespace: "agent-safe-credentials", secretName, secretUid, timeoutMs: 10_000 });
  await waitFor(
    async () => {
      try {
        await credential.client.get(deployments, { name: "frozen", namespace });
        return false;
      } catch (error) {
        return isKubeError(error, "UNAUTHORIZED");
      }
    },
    { timeoutMs: 60_000, what: "the token to be refused" },
  );
  await transport.close();
});
