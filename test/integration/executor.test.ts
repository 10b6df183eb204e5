import { join } from "node:path";
import test from "ava";
import { assertStatusInvariants } from "../../controller/runtime/status-invariants.ts";
import { useCluster } from "../support/cluster.ts";
import { type StartedExecutor, startExecutor } from "./executor/process.ts";
import { makeWorld, reasonOf, type World } from "./executor/world.ts";

const cluster = await useCluster();
let world: World;
let executor: StartedExecutor;
let namespace: string;

test.before("the world and an executor", async (t) => {
  t.timeout(180_000);
  world = await makeWorld(cluster);
  namespace = world.namespace;
  executor = await startExecutor({
    ...{
      kubeconfig: world.executorKubeconfig,
      auditDir: join(cluster.scratch, "audit", "executor"),
      holder: "test/boot-1",
    },
    ...{ issuer: world.issuer, namespace },
  });
});
test.after.always("the executor stops", () => executor?.stop());

test("restart-deployment really rolls out: new ReplicaSet, pods ready, status complete", async (t) => {
  await world.deployment("web", 2);
  await world.target("web", "k8s-deployment", { apiVersion: "apps/v1", kind: "Deployment", namespace, name: "web" });
  await world.grant();
  const request = await world.request("restart-deployment", "web");
  await world.decide(request, { namespace, deployment: "web" });
  const done = await world.finished(request);
  assertStatusInvariants(done);
  t.is(reasonOf(done, "Ready"), "Succeeded", JSON.stringify(done.status?.execution));
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
});
