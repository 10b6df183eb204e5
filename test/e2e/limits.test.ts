import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import test from "ava";
import { ACTION_REQUESTS, AGENTS } from "../../controller/api/constants.ts";
import type { ActionRequest, Agent, RiskProfile } from "../../controller/api/types.ts";
import type { AuditEvent } from "../../controller/audit/event.ts";
import { lastEvents } from "../../controller/audit/show.ts";
import { createClient, createTransport, isKubeError, type KubeClient } from "../../controller/runtime/index.ts";
import { root } from "../../hack/lib/root.ts";
import { useCluster, waitFor } from "../support/cluster.ts";
import { startStack, type TestStack } from "../support/stack.ts";
import { namespace, read, ready, reasonOf, until } from "./support/agent.ts";

const cluster = await useCluster({ own: true });
let stack: TestStack;
test.before(async () => {
  stack = await startStack({ cluster });
});

/** Asked for in the tests: allowed at low risk, denied by default, sent to people. */
const readConfig = { action: "get-configmap", target: "staging/web-config" };
const noRule = { action: "create-namespace", target: "staging/preview-ns" };

interface LimitedAgent {
  name: string;
  client: KubeClient;
  /** Creates a request; resolves to its name. */
  ask(spec: { action: string; target: string }): Promise<string>;
  /** The request once it is decided. */
  decided(spec: { action: string; target: string }): Promise<ActionRequest>;
}

/** An agent of its own with a RiskProfile of its own, so that no test spends another's budget. */
async function limitedAgent(name: string, spec: RiskProfile["spec"]): Promise<LimitedAgent> {
  const kubeconfig = await cluster.asServiceAccount(namespace, name);
  const api = "agentsafe.dev/v1alpha1";
  const objects = [
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata: { namespace, name },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "agent-safe-agent" },
      subjects: [{ kind: "ServiceAccount", namespace, name }],
    },
    { apiVersion: api, kind: "RiskProfile", metadata: { name }, spec },
    {
      apiVersion: api,
      kind: "Agent",
      metadata: { name },
      spec: { subjects: [{ kind: "ServiceAccount", namespace, name }], roles: ["deployer"], riskProfile: name },
    },
  ];
  for (const object of objects) await cluster.apply(JSON.stringify(object));
  const client = createClient(createTransport({ kubeconfig, userAgent: "test" }));
  cluster.beforeStop(() => client.transport.close());
  const ask = async ({ action, target }: { action: string; target: string }) => {
    const created = await client.create<ActionRequest>(ACTION_REQUESTS, {
      apiVersion: api,
      kind: "ActionRequest",
      metadata: { name: `${name}-${randomUUID()}`, namespace },
      spec: { action, target, params: {}, reason: "a test" },
    });
    return created.metadata.name;
  };
  const decided = async (asked: { action: string; target: string }) =>
    until(cluster, await ask(asked), ({ status }) => status?.decision !== undefined);
  return { name, client, ask, decided };
}

/** Deletes what an agent has asked for and is finished, as retention does. Answers how many went. */
async function cleanUp(agent: LimitedAgent): Promise<number> {
  const { items } = await cluster.adminClient.list<ActionRequest>(ACTION_REQUESTS, { namespace });
  const settled = items.filter(
    ({ metadata, status }) => metadata.name.startsWith(`${agent.name}-`) && status?.settled === true,
  );
  for (const { metadata } of settled) {
    try {
      await cluster.adminClient.delete(ACTION_REQUESTS, { namespace, name: metadata.name });
    } catch (error) {
      if (!isKubeError(error, "NOT_FOUND")) throw error;
    }
  }
  return settled.length;
}

const cause = (request: ActionRequest) => request.status?.decision?.cause;

async function logged(agent: LimitedAgent): Promise<AuditEvent[]> {
  const { events } = await lastEvents(join(stack.auditDirectory, "controller"), 100_000, { type: "decision.made" });
  return events.filter(({ actor }) => actor?.agent === agent.name);
}

const scores = { low: 15, medium: 15, high: 15, critical: 15 };
const agents: Record<"rated" | "broken" | "risky", LimitedAgent | undefined> = {
  rated: undefined,
  broken: undefined,
  risky: undefined,
};

function the(name: keyof typeof agents): LimitedAgent {
  const agent = agents[name];
  if (agent === undefined) throw new Error(`${name} was not set up`);
  return agent;
}

async function risk(): Promise<(string | number | undefined)[]> {
  const { status } = await the("risky").decided(readConfig);
  const { result, cumulativeRisk, escalatedFrom } = status?.decision ?? {};
  return [result, cumulativeRisk?.score, cumulativeRisk?.class, escalatedFrom];
}

test.serial("a rate limit refuses what is more", async (t) => {
  agents.rated = await limitedAgent("rated", { rateLimit: { maxRequests: 3, window: "1h" } });
  for (const _ of [1, 2, 3]) t.is((await the("rated").decided(readConfig)).status?.decision?.result, "allow");
  const refused = await the("rated").decided(readConfig);
  t.is(reasonOf(refused, "Denied"), "RateLimited");
  t.is(refused.status?.decision?.reason, 'agent "rated" has used its 3 requests in 1h');
});

test.serial("denials open the breaker", async (t) => {
  agents.broken = await limitedAgent("broken", { circuitBreaker: { threshold: 3, window: "1h", cooldown: "1h" } });
  for (const _ of [1, 2, 3]) t.is(cause(await the("broken").decided(noRule)), "NoMatchingRule");
  t.is(cause(await the("broken").decided(readConfig)), "CircuitOpen");
});

test.serial("a breaker closes after its cooldown", async (t) => {
  const bot = await limitedAgent("mended", { circuitBreaker: { threshold: 1, window: "1h", cooldown: "3s" } });
  t.is(cause(await bot.decided(noRule)), "NoMatchingRule");
  await waitFor(async () => (await bot.decided(readConfig)).status?.decision?.result === "allow", {
    timeoutMs: 60_000,
    what: "the breaker to close",
  });
});

test.serial("cumulative risk sends to people", async (t) => {
  agents.risky = await limitedAgent("risky", { cumulativeRisk: { scores, window: "2h" } });
  t.deepEqual(await risk(), ["allow", 15, "medium", undefined]);
  t.deepEqual(await risk(), ["require_approval", 30, "high", "allow"]);
  t.deepEqual(await risk(), ["require_approval", 45, "high", "allow"]);
});

test.serial("killing the controller and deleting what was asked forgives nothing", async (t) => {
  await stack.controller.kill();
  await stack.controller.restart();
  await waitFor(async () => (await cleanUp(the("rated"))) === 0, {
    timeoutMs: 60_000,
    what: "the requests to be gone",
  });
  await cleanUp(the("broken"));
  t.is(await cleanUp(the("risky")), 1, "the two others wait for people");
  t.is(cause(await the("rated").decided(readConfig)), "RateLimited");
  t.is(cause(await the("broken").decided(readConfig)), "CircuitOpen");
  t.deepEqual(await risk(), ["require_approval", 60, "high", "allow"]);
  t.deepEqual(await risk(), ["deny", 75, "critical", "allow"]);
  t.deepEqual(await risk(), ["deny", 90, "critical", "allow"]);
  // what waited was judged again meanwhile, and waits as before
  const { items } = await cluster.adminClient.list<ActionRequest>(ACTION_REQUESTS, { namespace });
  const waiting = items.filter(({ metadata }) => metadata.name.startsWith("risky-"));
  t.deepEqual(
    waiting.flatMap(({ status }) => status?.decision?.cumulativeRisk?.score ?? []).sort(),
    [30, 45, 60, 75, 90],
  );
});

test.serial("kills and clean-ups in the middle of a flood let not one request more through", async (t) => {
  const limit = 20;
  const bot = await limitedAgent("flood", { rateLimit: { maxRequests: limit, window: "2h" } });
  const names: string[] = [];
  const flood = async (count: number) => {
    for (const name of await Promise.all(Array.from({ length: count }, () => bot.ask(readConfig)))) names.push(name);
  };
  await flood(15);
  const more = flood(25);
  await stack.controller.kill();
  await more;
  await stack.controller.restart();
  await cleanUp(bot);
  await flood(10);
  await stack.controller.kill();
  await cleanUp(bot);
  await stack.controller.restart();
  await waitFor(
    async () => {
      await cleanUp(bot);
      const { items } = await cluster.adminClient.list<ActionRequest>(ACTION_REQUESTS, { namespace });
      return !items.some(({ metadata }) => names.includes(metadata.name));
    },
    { timeoutMs: 120_000, what: "the flood to be decided and gone" },
  );
  const results = new Map<string, unknown>();
  for (const { action, data } of await logged(bot)) results.set(action?.uid ?? "", data.result);
  const allowed = [...results.values()].filter((result) => result === "allow").length;
  t.deepEqual([results.size, allowed], [50, limit]);
  t.is(cause(await bot.decided(readConfig)), "RateLimited");
});

test.serial("a profile that is missing decides nothing until it is there", async (t) => {
  const bot = await limitedAgent("lost", { rateLimit: { maxRequests: 1, window: "1h" } });
  await cluster.kubectl(["delete", "riskprofile", "lost"]);
  const name = await bot.ask(readConfig);
  const request = await ready(cluster, name, "Undecided");
  t.regex(request.status?.conditions?.find(({ type }) => type === "Ready")?.message ?? "", /RiskProfile lost/);
  const spec = { rateLimit: { maxRequests: 1, window: "1h" } };
  await cluster.apply(
    JSON.stringify({ apiVersion: "agentsafe.dev/v1alpha1", kind: "RiskProfile", metadata: { name: "lost" }, spec }),
  );
  await ready(cluster, name, "Succeeded");
  t.is(cause(await bot.decided(readConfig)), "RateLimited");
});

test.serial("suspending an agent takes its ticket within a second, and nothing is executed", async (t) => {
  const bot = await limitedAgent("suspended", { rateLimit: { maxRequests: 10, window: "1h" } });
  const suspend = (suspended: boolean) =>
    cluster.adminClient.patch(AGENTS, { name: "suspended" }, { spec: { suspended } }, { type: "merge" });
  const names: string[] = [];
  const took: number[] = [];
  stack.executor.pause();
  try {
    // Twice, since the machine that tests run on may be busy with something else for a second.
    for (const _ of [1, 2]) {
      const name = await bot.ask(readConfig);
      await ready(cluster, name, "TicketIssued");
      const began = performance.now();
      await suspend(true);
      const client = cluster.adminClient;
      let request: ActionRequest | undefined;
      await waitFor(
        async () => {
          request = await client.get<ActionRequest>(ACTION_REQUESTS, { namespace, name });
          return request.status?.decision?.cause === "AgentSuspended";
        },
        { timeoutMs: 30_000, intervalMs: 20, what: "the denial" },
      );
      took.push(Math.round(performance.now() - began));
      t.is(request?.status?.ticket, undefined);
      names.push(name);
      t.is(cause(await bot.decided(readConfig)), "AgentSuspended");
      await suspend(false);
    }
    t.log(`denied after ${took.join(" and ")} ms`);
    t.true(Math.min(...took) < 1_000);
    stack.executor.resume();
    await ready(cluster, await bot.ask(readConfig), "Succeeded");
    for (const name of names) {
      const executed = { request: `${namespace}/${name}` };
      t.deepEqual((await lastEvents(join(stack.auditDirectory, "executor"), 100, executed)).events, []);
      t.is((await read(cluster, name)).status?.claim, undefined);
    }
  } finally {
    stack.executor.resume();
  }
});

test.serial("what an agent has used is on its status, and agent show prints it", async (t) => {
  await waitFor(
    async () => (await cluster.adminClient.get<Agent>(AGENTS, { name: "rated" })).status?.budget !== undefined,
    { timeoutMs: 30_000, what: "the budget on the status" },
  );
  const { status } = await cluster.adminClient.get<Agent>(AGENTS, { name: "rated" });
  t.deepEqual(status?.budget, { used: 3, limit: 3, windowSeconds: 3_600 });
  t.regex(status?.lastRequestAt ?? "", /^\d{4}-/);
  const show = (...args: string[]) => {
    const command = ["cli/agent-safe.ts", "agent", "show", ...args, "--kubeconfig", cluster.kubeconfig];
    const { stdout, stderr, status: code } = spawnSync(process.execPath, command, { cwd: root, encoding: "utf8" });
    return { text: stdout + stderr, code };
  };
  t.regex(show("rated").text, /Risk profile: rated\nRequests: +3 of 3 in 1h\n/);
  t.regex(show("broken").text, /Breaker: +Open until \S+ \(opens at 3 denials in 1h, for 1h\)/);
  t.like(JSON.parse(show("risky", "-o", "json").text), {
    name: "risky",
    cumulativeRisk: { score: 90, class: "critical", escalateAt: 30, denyAt: 75, windowSeconds: 7_200 },
  });
  t.deepEqual(show("nobody").code, 1);
  const { items } = await cluster.adminClient.list<RiskProfile>({ ...AGENTS, plural: "riskprofiles" });
  for (const { metadata, status: found } of items) {
    t.is(found?.conditions?.find(({ type }) => type === "Ready")?.reason, "Accepted", metadata.name);
  }
});
