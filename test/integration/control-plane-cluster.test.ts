import test from "ava";
import { useCluster, waitFor } from "../support/cluster.ts";

const cluster = await useCluster();

test("a Deployment becomes available on the nodes", async (t) => {
  const namespace = await cluster.namespace("web");
  const created = await cluster.kubectl([
    "create",
    "deployment",
    "web",
    "--image=nginx",
    "-n",
    namespace,
    "--replicas=2",
  ]);
  t.is(created.code, 0, created.stderr);
  const ready = await waitFor(
    async () => {
      const { stdout } = await cluster.kubectl([
        "get",
        "deployment",
        "web",
        "-n",
        namespace,
        "-o",
        "jsonpath={.status.readyReplicas}",
      ]);
      return stdout === "2";
    },
    { timeoutMs: 60_000, what: "two ready replicas" },
  );
  t.true(ready);
});

test("the nodes are heard of all the time, so that their pods stay ready", async (t) => {
  const args = ["get", "leases", "-n", "kube-node-lease", "-o", "jsonpath={.items[*].spec.renewTime}"];
  const renewals = async () => (await cluster.kubectl(args)).stdout;
  const first = await waitFor(renewals, { timeoutMs: 60_000, what: "the Leases of the nodes" });
  t.true(first.split(" ").length >= 3);
  // Without Leases the node controller gives a node up after 50 s of silence.
  await waitFor(async () => (await renewals()) !== first, { timeoutMs: 40_000, what: "a renewal" });
});

test("logs and exec answer for a pod", async (t) => {
  const namespace = await cluster.namespace("pods");
  await waitFor(async () => (await cluster.kubectl(["get", "serviceaccount", "default", "-n", namespace])).code === 0);
  await cluster.kubectl(["run", "one", "--image=nginx", "-n", namespace]);
  await cluster.kubectl(["wait", "--for=condition=Ready", "pod/one", "-n", namespace, "--timeout=60s"]);
  const logs = await cluster.kubectl(["logs", "one", "-n", namespace]);
  t.regex(logs.stdout, /serving/, logs.stderr);
  const exec = await cluster.kubectl(["exec", "one", "-n", namespace, "--", "echo", "hello"]);
  t.is(exec.stdout, "hello\n", exec.stderr);
});

test("restricted users have no rights of their own", async (t) => {
  const namespace = await cluster.namespace("rbac");
  for (const kubeconfig of [
    await cluster.asServiceAccount(namespace, "bot"),
    await cluster.asUser("alice", ["developers"]),
  ]) {
    const pods = await cluster.kubectl(["get", "pods", "-n", namespace], { kubeconfig });
    t.not(pods.code, 0);
    t.regex(pods.stderr, /Forbidden/);
  }
  const bot = await cluster.asServiceAccount(namespace, "bot");
  const whoami = await cluster.kubectl(["auth", "whoami", "-o", "jsonpath={.status.userInfo.username}"], {
    kubeconfig: bot,
  });
  t.is(whoami.stdout, `system:serviceaccount:${namespace}:bot`);
});
