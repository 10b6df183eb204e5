import { randomUUID } from "node:crypto";
import { join } from "node:path";
import test from "ava";
import { ACTION_PLANS, ACTION_REQUESTS, DEPLOYMENTS } from "../../controller/api/constants.ts";
import type { ActionPlan, ActionRequest } from "../../controller/api/types.ts";
import { lastEvents } from "../../controller/audit/show.ts";
import type { Failpoint } from "../../controller/runtime/failpoint.ts";
import { assertStatusInvariants, createInformer, type KubeClient } from "../../controller/runtime/index.ts";
import { clientOf, refusalOf, whoami } from "../guard/support.ts";
import { useCluster, waitFor } from "../support/cluster.ts";
import { startStack, type TestStack } from "../support/stack.ts";
import { namespace, reasonOf, statusOf } from "./support/agent.ts";
import { loadNamespace, makeLoad, marksOf, type Tally, tally } from "./support/load.ts";
import { arm, died } from "./support/roles.ts";

type Step = ActionPlan["spec"]["steps"][number];

const cluster = await useCluster({ own: true });
const admin = cluster.adminClient;
let stack: TestStack;
let bot: KubeClient;
/** Every version of every plan, as a watch that depends on none of the roles saw it. */
const seen: ActionPlan[] = [];

test.before("the product, and something to count on", async (t) => {
  t.timeout(300_000);
  stack = await startStack({ cluster });
  await makeLoad(cluster, stack, 8);
  await cluster.apply(unserved);
  bot = clientOf(stack.agents["deploy-bot"] ?? "");
  const stopping = new AbortController();
  const plans = createInformer<ActionPlan>({ client: admin, resource: ACTION_PLANS, namespace });
  plans.on({ add: (plan) => void seen.push(plan), update: (plan) => void seen.push(plan) });
  void plans.start(stopping.signal);
  await plans.synced;
  cluster.beforeStop(async () => stopping.abort());
});

/** An action whose tickets no executor takes. */
const unserved = `apiVersion: agentsafe.dev/v1alpha1
kind: Action
metadata: {name: nobody-does-this}
spec:
  version: 1.0.0
  description: Is for an executor that is not there.
  riskClass: low
  targetTypes: [tally]
  parameters: []
  execution: {executor: dry-run, audience: nobody, timeout: 1m, kubernetes: {verb: get, resource: deployments}}
`;

const step = (name: string, target: string, more: Partial<Step> = {}): Step => ({
  ...{ name, action: tally, target: `dev/${target}` },
  ...more,
});

async function submit(steps: Step[], client = bot): Promise<ActionPlan> {
  return client.create<ActionPlan>(ACTION_PLANS, {
    apiVersion: "agentsafe.dev/v1alpha1",
    kind: "ActionPlan",
    metadata: { name: `plan-${randomUUID().slice(0, 8)}`, namespace },
    spec: { steps, reason: "a test", ticketId: "CHG-1", requester: await whoami(client) },
  } as unknown as ActionPlan);
}

async function until(plan: ActionPlan, holds: (plan: ActionPlan) => boolean, timeoutMs = 120_000): Promise<ActionPlan> {
  let now: ActionPlan | undefined;
  const { name } = plan.metadata;
  try {
    await waitFor(
      async () => {
        now = await admin.get<ActionPlan>(ACTION_PLANS, { name, namespace });
        if ((now.status?.conditions?.length ?? 0) > 0) assertStatusInvariants(now as never);
        return holds(now);
      },
      { timeoutMs },
    );
  } catch (cause) {
    throw new Error(`${name} does not get there: ${JSON.stringify(now?.status)}`, { cause });
  }
  return now as ActionPlan;
}

const ended = (plan: ActionPlan) => until(plan, (now) => statusOf(now as never, "Finished") === "True");
const ready = (plan: ActionPlan) => reasonOf(plan as never, "Ready");
const states = (plan: ActionPlan) => plan.status?.steps?.map(({ name, state }) => `${name} ${state}`).join(", ");
const began = (plan: ActionPlan, name: string) =>
  until(plan, (now) => now.status?.steps?.some((one) => one.name === name && one.uid !== undefined) === true);

async function requestsOf(plan: ActionPlan): Promise<ActionRequest[]> {
  const { items } = await admin.list<ActionRequest>(ACTION_REQUESTS, { namespace });
  return items.filter(({ spec }) => spec.planRef?.uid === plan.metadata.uid);
}

/** UIDs of the requests that left their mark on an object, in the order in which they did. */
async function marks(target: string): Promise<string[]> {
  return marksOf(await admin.get<Tally>(DEPLOYMENTS, { name: target, namespace: loadNamespace }));
}

const uidOf = (plan: ActionPlan, name: string) => plan.status?.steps?.find((one) => one.name === name)?.uid ?? "";

/** Events of the controller's log about an object. */
async function logged(uid: string | undefined) {
  const { events } = await lastEvents(join(stack.auditDirectory, "controller"), 100_000, {});
  return events.filter(({ action }) => action?.uid === uid);
}

test.serial(
  "steps are done one after the other, each under a request of its own, and the log tells of it",
  async (t) => {
    const plan = await ended(await submit([step("first", "t0"), step("second", "t0"), step("third", "t0")]));
    t.is(ready(plan), "Succeeded", JSON.stringify(plan.status));
    t.is(plan.status?.stepsDone, "3/3");
    t.true(plan.status?.settled);
    t.is(states(plan), "first Succeeded, second Succeeded, third Succeeded");
    const order = (await marks("t0")).slice(-3);
    t.deepEqual(
      order,
      ["first", "second", "third"].map((name) => uidOf(plan, name)),
    );
    const requests = await requestsOf(plan);
    t.is(requests.length, 3);
    for (const { metadata, spec } of requests) {
      t.is(metadata.name, `${plan.metadata.name}-${spec.planRef?.step}`);
      t.deepEqual(spec.requester, plan.spec.requester);
      t.is(spec.ticketId, "CHG-1");
    }
    const events = await logged(plan.metadata.uid);
    t.deepEqual(
      events.map(({ type }) => type),
      ["plan.decided", "plan.finished"],
    );
    t.like(plan.status?.audit, { decision: { index: events[0]?.seq }, outcome: { index: events[1]?.seq } });
  },
);

test.serial("branches run side by side, and what joins them waits for both", async (t) => {
  const plan = await ended(
    await submit([
      step("root", "t1"),
      step("left", "t2", { dependsOn: ["root"] }),
      step("right", "t3", { dependsOn: ["root"] }),
      step("join", "t1", { dependsOn: ["left", "right"] }),
    ]),
  );
  t.is(ready(plan), "Succeeded", JSON.stringify(plan.status));
  const history = seen.filter(({ metadata }) => metadata.uid === plan.metadata.uid).map(states);
  t.true(
    history.some((at) => at?.includes("left Running, right Running, join Pending")),
    history.join("\n"),
  );
  const open = history.filter((at) => at?.includes("join Running"));
  t.true(open.length > 0 && open.every((at) => at?.includes("left Succeeded, right Succeeded")), history.join("\n"));
});

test.serial("a failed step stops the plan: what comes after it is never asked for", async (t) => {
  const fails = step("fails", "debug-pod", { action: "delete-pod", params: { pod: "debug-pod" } });
  const plan = await ended(await submit([step("before", "t4"), fails, step("after", "t4")]));
  t.is(ready(plan), "Failed");
  t.is(states(plan), "before Succeeded, fails Failed, after Skipped");
  t.deepEqual((await requestsOf(plan)).map(({ spec }) => spec.planRef?.step).sort(), ["before", "fails"]);
  t.deepEqual((await marks("t4")).slice(-1), [uidOf(plan, "before")]);
});

test.serial("a plan is denied as a whole when one step is, before anything of it is done", async (t) => {
  const ban = { name: "ban", action: "delete-namespace", target: "prod/payments-ns" };
  const before = await marks("t5");
  const plan = await ended(await submit([step("harmless", "t5"), ban]));
  t.is(ready(plan), "Denied");
  t.is(states(plan), "harmless Skipped, ban Denied");
  t.is(reasonOf(plan as never, "Denied"), "Guardrail");
  t.deepEqual(
    plan.status?.steps?.map(({ result }) => result),
    ["allow", "deny"],
  );
  t.deepEqual(await requestsOf(plan), []);
  t.deepEqual(await marks("t5"), before);
});

test.serial("what its steps add up to counts: each would be allowed, all together are not", async (t) => {
  await cluster.apply(`apiVersion: agentsafe.dev/v1alpha1
kind: RiskProfile
metadata: {name: tight}
spec:
  cumulativeRisk: {window: 1h, scores: {low: 10}, escalateAt: 25, denyAt: 30}
---
apiVersion: agentsafe.dev/v1alpha1
kind: Agent
metadata: {name: retired-bot}
spec:
  agentId: retired-bot
  subjects: [{kind: ServiceAccount, namespace: agents, name: retired-bot}]
  roles: [deployer]
  riskProfile: tight
  suspended: false
`);
  const retired = clientOf(stack.agents["retired-bot"] ?? "");
  const denied = await ended(await submit([step("a", "t6"), step("b", "t6"), step("c", "t6")], retired));
  t.is(ready(denied), "Denied", JSON.stringify(denied.status));
  t.is(reasonOf(denied as never, "Denied"), "CumulativeRisk");
  t.deepEqual(
    denied.status?.steps?.map(({ result }) => result),
    ["allow", "allow", "deny"],
  );
  t.like(denied.status?.decision, { escalatedFrom: "allow", cumulativeRisk: { score: 30, class: "critical" } });
  t.deepEqual(await requestsOf(denied), []);
  const charges = (await logged(denied.metadata.uid))[0]?.data.charges as { key: string }[];
  t.deepEqual(
    charges.map(({ key }) => key),
    ["a", "b", "c"].map((name) => `${denied.metadata.uid}/${name}`),
  );
});

test.serial("a request that only claims to be a step is refused, whoever made it", async (t) => {
  const plan = await ended(await submit([step("only", "t7")]));
  const planRef = { name: plan.metadata.name, uid: plan.metadata.uid ?? "", step: "only" };
  const request = (spec: object) =>
    ({
      apiVersion: "agentsafe.dev/v1alpha1",
      kind: "ActionRequest",
      metadata: { generateName: "forged-", namespace },
      spec: { action: tally, target: "dev/t7", params: {}, reason: "a test", ticketId: "CHG-1", planRef, ...spec },
    }) as unknown as ActionRequest;
  t.regex((await refusalOf(bot.create(ACTION_REQUESTS, request({})))) ?? "", /planRef/);
  const before = await marks("t7");
  // Even the controller's own account can't have more done in a plan's name than the plan asks for.
  const controller = clientOf(stack.kubeconfigOf("controller"));
  const { requester } = plan.spec;
  for (const [forgery, message] of [
    [{ target: "dev/t6", requester }, /spec\.target is not what step only/],
    [{ requester: { username: "system:serviceaccount:agents:retired-bot" } }, /spec\.requester is not what step only/],
    [{ requester }, /not this one|not allowed/],
    [{ requester, planRef: { ...planRef, uid: randomUUID() } }, /spec\.planRef\.uid/],
    [{ requester, planRef: { ...planRef, name: "no-such-plan" } }, /no ActionPlan "no-such-plan"/],
  ] as const) {
    const forged = await controller.create<ActionRequest>(ACTION_REQUESTS, request(forgery));
    let end: ActionRequest | undefined;
    await waitFor(async () => {
      end = await admin.get<ActionRequest>(ACTION_REQUESTS, { name: forged.metadata.name, namespace });
      return statusOf(end, "Finished") === "True";
    });
    t.true(
      ["Invalid", "Cancelled"].includes(reasonOf(end as ActionRequest, "Ready") ?? ""),
      JSON.stringify(end?.status),
    );
    if (reasonOf(end as ActionRequest, "Ready") === "Invalid")
      t.regex(end?.status?.conditions?.find(({ type }) => type === "Ready")?.message ?? "", message);
    t.is(end?.status?.ticket, undefined);
  }
  t.deepEqual(await marks("t7"), before);
});

test.serial("a plan that is taken back withdraws the step that nobody has begun, and begins no other", async (t) => {
  const plan = await submit([
    step("done", "t5"),
    step("waits", "t5", { action: "nobody-does-this" }),
    step("never", "t5"),
  ]);
  await began(plan, "waits");
  const { name } = plan.metadata;
  await bot.patch(
    ACTION_PLANS,
    { name, namespace },
    { metadata: { annotations: { "agentsafe.dev/cancel": "true" } } },
    { type: "merge" },
  );
  const end = await ended(plan);
  t.is(ready(end), "Cancelled", JSON.stringify(end.status));
  t.is(states(end), "done Succeeded, waits Cancelled, never Skipped");
  t.is((await requestsOf(plan)).length, 2);
});

/** Between any two writes of a plan's life, and of those of its steps' requests. */
const moments = [
  "plan-decided",
  "plan-logged",
  "plan-written",
  "step-created",
  "logged",
  "status-written",
] as const satisfies readonly Failpoint[];

/** Each costs some 20 s; these are where the most could go wrong: on record but not told, created but not known. */
const sampled: readonly Failpoint[] = ["plan-logged", "step-created", "status-written"];

test.serial("the controller killed between any two writes leaves no step undone and none done twice", async (t) => {
  t.timeout(400_000);
  const plans: ActionPlan[] = [];
  const chosen = process.env.AGENT_SAFE_SOAK === "1" ? moments : sampled;
  for (const moment of chosen) {
    await arm(stack.controller, moment);
    plans.push(
      await submit([
        step("one", "t0"),
        step("two", "t1", { dependsOn: [] }),
        step("three", "t0", { dependsOn: ["one", "two"] }),
      ]),
    );
    await died(stack.controller, moment);
    t.log(moment, Math.round(performance.now() / 1000));
  }
  await stack.controller.restart();
  for (const [index, plan] of plans.entries()) {
    const end = await ended(plan);
    t.is(ready(end), "Succeeded", `${chosen[index]}: ${JSON.stringify(end.status)}`);
    const requests = await requestsOf(plan);
    t.deepEqual(requests.map(({ spec }) => spec.planRef?.step).sort(), ["one", "three", "two"], chosen[index]);
    const done = [...(await marks("t0")), ...(await marks("t1"))];
    for (const { metadata } of requests) t.is(done.filter((uid) => uid === metadata.uid).length, 1, chosen[index]);
    // Decided once, or anew after a crash that left no trace of it; what it costs is the same charges by the same keys.
    const charges = (await logged(plan.metadata.uid)).flatMap(({ data }) => (data.charges ?? []) as { key: string }[]);
    t.is(new Set(charges.map(({ key }) => key)).size, 3);
  }
});
