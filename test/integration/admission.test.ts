import test from "ava";
import type { KubeClient } from "../../controller/runtime/client.ts";
import type { KubeObject } from "../../controller/runtime/types.ts";
import {
  lentMetadataAttacks,
  lentRequesterAttacks,
  lentStatusAttacks,
  prepareLent,
  revoke,
} from "../guard/attacks/lent.ts";
import { metadataAttacks, requesterAttacks } from "../guard/attacks/requests.ts";
import { secretAttacks, sentinelAttacks } from "../guard/attacks/secrets.ts";
import { otherStatusAttacks, requestStatusAttacks } from "../guard/attacks/status.ts";
import {
  type Attack,
  absent,
  ask,
  auditLog,
  condition,
  createWorld,
  dry,
  dryMerge,
  grantBroadRights,
  parent,
  prepareRequests,
  secret,
  type World,
} from "../guard/attacks/world.ts";
import {
  accountClient,
  actionRequest,
  applyFolder,
  credentialsNamespace,
  refusalOf,
  resources,
} from "../guard/support.ts";
import { useCluster, waitFor } from "../support/cluster.ts";

// No webhook is installed here at all: what is refused is refused by policies alone, whatever rights RBAC gives.
const cluster = await useCluster({ own: true });
const { requests, plans, delegations, profiles, targets, auditLogs } = resources;
let world: World;

const attacksOn: Record<string, (world: World) => Attack[]> = {
  "agent-safe-requester": (all) => [...requesterAttacks(all), ...lentRequesterAttacks(all)],
  "agent-safe-request-metadata": (all) => [...metadataAttacks(all), ...lentMetadataAttacks(all)],
  "agent-safe-request-status": requestStatusAttacks,
  "agent-safe-status": (all) => [...otherStatusAttacks(all), ...lentStatusAttacks(all)],
  "agent-safe-secrets": secretAttacks,
  "agent-safe-sentinel": sentinelAttacks,
};

const refusedBy = (policy: string, refusal: string | undefined) =>
  refusal?.includes(`ValidatingAdmissionPolicy '${policy}' with binding '${policy}' denied request: `) === true;

/** The API server loads and drops a policy some moments after it is written. */
async function untilRefused(policy: string, attack: Attack, refused: boolean): Promise<void> {
  await waitFor(async () => refusedBy(policy, await refusalOf(attack.run())) === refused, {
    what: `${policy} to ${refused ? "refuse" : "let pass"}: ${attack.what}`,
    timeoutMs: 60_000,
  });
}

test.before(async () => {
  world = await createWorld(cluster);
  await grantBroadRights(cluster, world);
  await prepareRequests(world);
  await prepareLent(world);
  await world.admin.create(profiles, {
    apiVersion: "agentsafe.dev/v1alpha1",
    kind: "RiskProfile",
    metadata: { name: "strict" },
    spec: { rateLimit: {} },
  } as KubeObject);
});

for (const [policy, attacks] of Object.entries(attacksOn)) {
  test.serial(`${policy} stops its attacks, and it alone`, async (t) => {
    const all = attacks(world);
    for (const attack of all) {
      await untilRefused(policy, attack, true);
      t.regex((await refusalOf(attack.run())) ?? "", attack.says, attack.what);
    }
    const removed = await cluster.kubectl(["delete", "validatingadmissionpolicybinding", policy]);
    t.is(removed.code, 0, removed.stderr);
    try {
      for (const attack of all) {
        await untilRefused(policy, attack, false);
        t.is(await refusalOf(attack.run()), undefined, `${attack.what}, with the policy not bound`);
      }
    } finally {
      await applyFolder(cluster, "config/admission");
      for (const attack of all) await untilRefused(policy, attack, true);
    }
  });
}

test.serial("an owner that does not exist would have erased the request", async (t) => {
  const policy = "agent-safe-request-metadata";
  await cluster.kubectl(["delete", "validatingadmissionpolicybinding", policy]);
  const doomed = actionRequest({ ...world.named("doomed"), ownerReferences: [absent] }, world.own());
  try {
    await waitFor(async () => (await refusalOf(world.bot.create(requests, doomed))) === undefined, {
      what: "creation",
    });
    await waitFor(
      async () => (await refusalOf(world.admin.get(requests, world.named("doomed"))))?.includes("not found"),
      { what: "the garbage collector", timeoutMs: 120_000 },
    );
    t.pass();
  } finally {
    await applyFolder(cluster, "config/admission");
    await waitFor(async () => refusedBy(policy, await refusalOf(world.bot.create(requests, doomed, dry))));
  }
});

test.serial("what each role has to do goes through", async (t) => {
  const pass = async (what: string, call: Promise<unknown>) => t.is(await refusalOf(call), undefined, what);
  await pass("an agent asks, with labels of its own", ask(world, world.bot, world.own(), { labels: { team: "x" } }));
  await pass(
    "the gateway asks for a caller it knows",
    ask(world, world.server, { requester: { username: "jwt:https://i#s" } }),
  );
  await pass("a step of a plan", ask(world, world.controller, world.own({ planRef: parent })));
  await pass("a rollback", ask(world, world.controller, world.own({ rollbackOf: parent })));
  await pass("the delegator revokes", revoke(world, world.bot, "fresh"));
  await pass(
    "a plan is cancelled by its requester",
    world.bot.patch(
      plans,
      world.named("fresh"),
      { metadata: { annotations: { "agentsafe.dev/cancel": "true" } } },
      dryMerge,
    ),
  );
  for (const resource of [plans, delegations]) {
    const over = { conditions: [condition("Ready", "Expired", "False"), condition("Finished")], settled: true };
    const status = resource === plans ? over : { conditions: [over.conditions[0]] };
    const ref = world.named("revoked");
    await pass(
      "the controller says that it is over",
      world.controller.patch(resource, ref, { status }, { type: "merge", subresource: "status" }),
    );
    await pass("clearing what is over", world.controller.delete(resource, ref, dry));
  }
  await pass("a credential", secret(world.executor, credentialsNamespace, "agentsafe.dev/credential"));
  await pass("an output", secret(world.executor, world.namespace, "agentsafe.dev/output"));
  await pass("a key", patchKey(world.controller));
  await pass("a mark of freshness", mark(world.controller));
  await pass("its own AuditLog", world.executor.create(auditLogs, auditLog("executor"), dry));
  await pass("clearing a settled request", world.controller.delete(requests, world.named("settled"), dry));
  await pass(
    "settling after a claim",
    world.controller.patch(
      requests,
      world.named("claimed"),
      { status: { approval: { message: "x" }, audit: { last: 7 } } },
      { type: "merge", subresource: "status", dryRun: true },
    ),
  );
  const outcome = {
    execution: { result: "SUCCESS" },
    audit: { outcome: { origin: "x", index: 1 }, last: 1 },
    conditions: [...(await conditionsOf("claimed")), condition("Executed"), condition("Finished"), condition("Ready")],
  };
  await pass(
    "an outcome",
    world.executor.patch(
      requests,
      world.named("claimed"),
      { status: outcome },
      { type: "merge", subresource: "status" },
    ),
  );
});

const patchKey = (client: KubeClient) =>
  client.patch(
    resources.secrets,
    { name: "agent-safe-ticket-keys", namespace: "agent-safe-system" },
    { stringData: { key: "k" } },
    dryMerge,
  );
const mark = (client: KubeClient) =>
  client.patch(
    targets,
    { name: "agent-safe-sentinel" },
    { metadata: { annotations: { "agentsafe.dev/fresh-at": "1" } } },
    dryMerge,
  );
const conditionsOf = async (name: string) =>
  (await world.admin.get<KubeObject & { status: { conditions: object[] } }>(requests, world.named(name))).status
    .conditions;

test.serial("an admin may cancel and erase, and a namespace takes its requests with it", async (t) => {
  const admin = await accountClient(cluster, "default", "request-admin");
  await cluster.apply(`
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: request-admin}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: agent-safe-admin}
subjects: [{kind: ServiceAccount, namespace: default, name: request-admin}]
`);
  const cancel = { metadata: { annotations: { "agentsafe.dev/cancel": "true" } } };
  await waitFor(() => admin.list(requests).then(() => true), { what: "the admin's rights" });
  t.is(await refusalOf(admin.patch(requests, world.named("fresh"), cancel, dryMerge)), undefined);
  t.is(await refusalOf(admin.delete(requests, world.named("fresh"), dry)), undefined);
  t.is(await refusalOf(revoke(world, admin, "fresh")), undefined);
  t.is(await refusalOf(admin.patch(plans, world.named("fresh"), cancel, dryMerge)), undefined);
  t.regex(
    (await refusalOf(
      admin.patch(requests, world.named("fresh"), { metadata: { finalizers: ["x.dev/y"] } }, dryMerge),
    )) ?? "",
    /metadata\.finalizers/,
  );
  await cluster.kubectl(["delete", "namespace", world.namespace, "--wait=false"]);
  await waitFor(async () => (await world.admin.list(requests, { namespace: world.namespace })).items.length === 0, {
    what: "the requests to go with their namespace",
    timeoutMs: 120_000,
  });
});
