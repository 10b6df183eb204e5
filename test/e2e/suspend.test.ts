import { randomUUID } from "node:crypto";
import test from "ava";
import { ACTION_REQUESTS, AGENTS, DELEGATIONS } from "../../controller/api/constants.ts";
import type { ActionRequest, Delegation } from "../../controller/api/types.ts";
import { createInformer, type Informer, type KubeClient } from "../../controller/runtime/index.ts";
import { clientOf, whoami } from "../guard/support.ts";
import { useCluster, waitFor } from "../support/cluster.ts";
import { startStack, type TestStack } from "../support/stack.ts";
import { namespace, reasonOf } from "./support/agent.ts";

const cluster = await useCluster({ own: true });
const admin = cluster.adminClient;
let stack: TestStack;
let bot: KubeClient;
let helper: KubeClient;
let requests: Informer<ActionRequest>;
/** When a request was first seen denied, by UID; epoch ms. */
const deniedAt = new Map<string, number>();

/** An action whose tickets no executor takes: they stay out until somebody takes them back. And an agent to lend to. */
const world = `apiVersion: agentsafe.dev/v1alpha1
kind: Action
metadata: {name: nobody-does-this}
spec:
  version: 1.0.0
  description: Is for an executor that is not there.
  riskClass: low
  targetTypes: [k8s-deployment]
  parameters: []
  execution: {executor: dry-run, audience: nobody, timeout: 1m, kubernetes: {verb: get, resource: deployments}}
---
apiVersion: agentsafe.dev/v1alpha1
kind: Agent
metadata: {name: helper}
spec:
  agentId: helper
  subjects: [{kind: ServiceAccount, namespace: agents, name: helper}]
`;

test.before("the product, an agent and one that it lends to", async (t) => {
  t.timeout(300_000);
  stack = await startStack({ cluster });
  await cluster.apply(world);
  bot = clientOf(stack.agents["deploy-bot"] ?? "");
  helper = clientOf(await cluster.asServiceAccount(namespace, "helper"));
  const bound = ["create", "rolebinding", "helper", "-n", namespace, "--clusterrole=agent-safe-agent"];
  await cluster.kubectl([...bound, `--serviceaccount=${namespace}:helper`]);
  const stopping = new AbortController();
  requests = createInformer<ActionRequest>({ client: admin, resource: ACTION_REQUESTS, namespace });
  requests.on({
    update({ metadata: { uid = "" }, ...request }) {
      if (reasonOf({ metadata: {}, ...request } as ActionRequest, "Ready") === "Denied" && !deniedAt.has(uid))
        deniedAt.set(uid, Date.now());
    },
  });
  void requests.start(stopping.signal);
  await requests.synced;
  cluster.beforeStop(async () => stopping.abort());
});

async function ask(client: KubeClient, action: string, target: string, more: object = {}): Promise<ActionRequest> {
  return client.create<ActionRequest>(ACTION_REQUESTS, {
    apiVersion: "agentsafe.dev/v1alpha1",
    kind: "ActionRequest",
    metadata: { name: `stop-${randomUUID()}`, namespace },
    spec: { action, target, params: {}, reason: "a test", requester: await whoami(client), ...more },
  } as unknown as ActionRequest);
}

const cached = ({ metadata }: ActionRequest) => requests.get(`${namespace}/${metadata.name}`);
const waits = (request: ActionRequest, reason: string) =>
  waitFor(async () => reasonOf(cached(request) ?? request, "Ready") === reason, {
    timeoutMs: 60_000,
    what: `${request.metadata.name} to be ${reason}; it is ${JSON.stringify(cached(request)?.status)}`,
  });

test.serial(
  "a suspended agent is stopped at once: what waits for people, what has a ticket, what it lent",
  async (t) => {
    t.timeout(180_000);
    const lending = await bot.create<Delegation>(DELEGATIONS, {
      apiVersion: "agentsafe.dev/v1alpha1",
      kind: "Delegation",
      metadata: { name: "lend", namespace },
      spec: { to: "helper", roles: ["deployer"], ttl: "1h", requester: await whoami(bot) },
    } as unknown as Delegation);
    const delegationRef = { name: "lend", uid: lending.metadata.uid ?? "" };
    const many = Array.from({ length: 20 }, () => ask(bot, "nobody-does-this", "dev/web"));
    const ticketed = [
      ...(await Promise.all(many)),
      await ask(helper, "nobody-does-this", "dev/web", { delegationRef }),
    ];
    const waiting = [
      await ask(bot, "restart-deployment", "prod/api-server"),
      await ask(helper, "restart-deployment", "prod/api-server", { delegationRef }),
    ];
    await Promise.all([
      ...ticketed.map((request) => waits(request, "TicketIssued")),
      ...waiting.map((request) => waits(request, "AwaitingApproval")),
    ]);
    const lent = cached(ticketed.at(-1) as ActionRequest)?.status?.agent;
    t.like(lent, { id: "deploy-bot/helper", roles: ["deployer"] });
    t.like(lent?.delegation?.[0], { id: "deploy-bot", delegation: "lend" });

    const stoppedAt = Date.now();
    await admin.patch(AGENTS, { name: "deploy-bot" }, { spec: { suspended: true } }, { type: "merge" });
    const all = [...ticketed, ...waiting];
    await Promise.all(all.map((request) => waits(request, "Denied")));
    const took = all.map(({ metadata }) => (deniedAt.get(metadata.uid ?? "") ?? Number.NaN) - stoppedAt);
    for (const request of all) {
      t.is(cached(request)?.status?.conditions?.find(({ type }) => type === "Denied")?.reason, "AgentSuspended");
      t.is(cached(request)?.status?.ticket, undefined);
      t.is(cached(request)?.status?.claim, undefined);
    }
    t.log(
      `${all.length} requests were stopped ${Math.min(...took)} to ${Math.max(...took)} ms after the agent was suspended`,
    );
    t.true(Math.max(...took) < 10_000, `${Math.max(...took)} ms`);
  },
);

test.serial("whoever it lent to can't go on either, nor begin anew; freed, both can", async (t) => {
  const { metadata } = await admin.get<Delegation>(DELEGATIONS, { name: "lend", namespace });
  const delegationRef = { name: "lend", uid: metadata.uid ?? "" };
  for (const request of [
    await ask(bot, "restart-deployment", "dev/web"),
    await ask(helper, "restart-deployment", "dev/web", { delegationRef }),
  ]) {
    await waits(request, "Denied");
    t.is(cached(request)?.status?.decision?.cause, "AgentSuspended");
  }
  await admin.patch(AGENTS, { name: "deploy-bot" }, { spec: { suspended: false } }, { type: "merge" });
  await waits(await ask(helper, "nobody-does-this", "dev/web", { delegationRef }), "TicketIssued");
});

test.serial("a Delegation that is revoked takes back the tickets under it, and no others", async (t) => {
  const { metadata } = await admin.get<Delegation>(DELEGATIONS, { name: "lend", namespace });
  const delegationRef = { name: "lend", uid: metadata.uid ?? "" };
  const lent = await ask(helper, "nobody-does-this", "dev/web", { delegationRef });
  const own = await ask(bot, "nobody-does-this", "dev/web");
  await Promise.all([waits(lent, "TicketIssued"), waits(own, "TicketIssued")]);
  const at = Date.now();
  await admin.patch(DELEGATIONS, { name: "lend", namespace }, { spec: { revoked: true } }, { type: "merge" });
  await waits(lent, "Denied");
  t.log(`stopped ${(deniedAt.get(lent.metadata.uid ?? "") ?? Number.NaN) - at} ms after the revocation`);
  t.is(cached(lent)?.status?.decision?.cause, "DelegationInvalid");
  t.regex(cached(lent)?.status?.decision?.reason ?? "", /lend is revoked/);
  t.is(reasonOf(cached(own) as ActionRequest, "Ready"), "TicketIssued");
});

test.serial("an agent whose RiskProfile is not there is not decided about, until it is; then it is", async (t) => {
  await admin.patch(AGENTS, { name: "deploy-bot" }, { spec: { riskProfile: "later" } }, { type: "merge" });
  const request = await ask(bot, "nobody-does-this", "dev/web");
  await waits(request, "Undecided");
  const ready = cached(request)?.status?.conditions?.find(({ type }) => type === "Ready");
  t.regex(ready?.message ?? "", /no RiskProfile later/);
  await cluster.apply(`apiVersion: agentsafe.dev/v1alpha1
kind: RiskProfile
metadata: {name: later}
spec: {rateLimit: {maxRequests: 100}}
`);
  await waits(request, "TicketIssued");
  await admin.patch(AGENTS, { name: "deploy-bot" }, { spec: { riskProfile: "default" } }, { type: "merge" });
});
