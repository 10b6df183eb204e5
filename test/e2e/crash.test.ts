import test from "ava";
import { useCluster, waitFor } from "../support/cluster.ts";
import { startStack, type TestStack } from "../support/stack.ts";
import { type Load, makeLoad } from "./support/load.ts";
import { type History, judge, untilSettled, watchHistory } from "./support/oracle.ts";
import { arm, controllerSteps, died, executorSteps } from "./support/roles.ts";

const cluster = await useCluster({ own: true });
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

async function settleAndJudge(): Promise<string[]> {
  await waitFor(async () => (await stack.controller.ready()) && (await stack.executor.ready()), {
    timeoutMs: 120_000,
    what: "the roles to be ready",
  });
  const requests = await untilSettled(cluster.adminClient, load.requests);
  return judge({ client: cluster.adminClient, requests, auditDirectory: stack.auditDirectory, history });
}

test.serial("killed at each step of a decision, with many requests waiting", async (t) => {
  t.timeout(300_000);
  for (const step of controllerSteps) {
    await arm(stack.controller, step);
    await load.submit(8);
    await died(stack.controller, step);
    t.log(step, Math.round(performance.now() / 1000));
  }
  await stack.controller.restart();
  t.deepEqual(await settleAndJudge(), []);
});

test.serial("killed at each step of an execution, with many requests in flight", async (t) => {
  t.timeout(300_000);
  for (const step of executorSteps) {
    await arm(stack.executor, step);
    await load.submit(8, { blind: 1 });
    await died(stack.executor, step);
    t.log(step, Math.round(performance.now() / 1000));
  }
  await stack.executor.restart();
  t.deepEqual(await settleAndJudge(), []);
  t.log(`${load.requests.length} requests, ${history.versions} versions`);
});
