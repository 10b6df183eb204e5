import test from "ava";
import { useCluster, waitFor } from "../support/cluster.ts";
import { startStack, type TestStack } from "../support/stack.ts";

const cluster = await useCluster({ own: true });
let stack: TestStack;
test.before(async (t) => {
  t.timeout(300_000);
  stack = await startStack({ cluster });
});

test.serial("every role can be killed and started again over its own state", async (t) => {
  for (const role of [stack.controller, stack.executor, stack.webhook]) {
    const before = role.pid();
    await role.kill();
    t.false(role.running());
    t.false(await role.ready());
    await role.restart();
    t.true(role.running());
    t.not(role.pid(), before);
  }
});

test.serial("a paused role answers nothing until it is resumed", async (t) => {
  stack.webhook.pause();
  t.false(await stack.webhook.ready());
  stack.webhook.resume();
  t.true(await waitFor(() => stack.webhook.ready(), { timeoutMs: 60_000 }));
});

test.serial("a Target that is registered now gets the rights to act on it", async (t) => {
  const namespace = await cluster.namespace("fresh");
  await cluster.apply(`
apiVersion: agentsafe.dev/v1alpha1
kind: Target
metadata: {name: ${namespace}}
spec:
  id: ${namespace}/web
  type: k8s-deployment
  environment: dev
  sensitivity: public
  owner: web-team
  resource: {kubernetes: {apiVersion: apps/v1, kind: Deployment, namespace: ${namespace}, name: web}}
`);
  const roles = async () => (await cluster.kubectl(["get", "roles", "-n", namespace, "-o", "json"])).stdout;
  t.true(
    await waitFor(async () => (await roles()).includes('"web"'), { timeoutMs: 60_000, what: "a Role that names it" }),
  );
  await cluster.kubectl(["delete", "target", namespace]);
  const gone = async () => (JSON.parse(await roles()) as { items: unknown[] }).items.length === 0;
  t.true(await waitFor(gone, { timeoutMs: 60_000, what: "the Role to go with its Target" }));
});
