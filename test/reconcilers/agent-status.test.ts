import test from "ava";
import type { Agent } from "../../controller/api/types.ts";
import { Ledger } from "../../controller/limits/ledger.ts";
import { limitsOf } from "../../controller/limits/risk-limits.ts";
import { createAgentStatus } from "../../controller/reconcilers/agent-status.ts";
import type { Json } from "../../controller/reconcilers/merge-patch.ts";
import { KubeError } from "../../controller/runtime/errors.ts";
import type { KubeClient } from "../../controller/runtime/index.ts";

const T0 = Date.UTC(2026, 10, 23, 12);
const limits = limitsOf({
  metadata: { name: "p" },
  spec: { rateLimit: { maxRequests: 5 }, circuitBreaker: { threshold: 2 }, cumulativeRisk: {} },
});

/** Agents that a patch changes as the API server would, a ledger, and the writes that were made. */
function world(names: readonly string[]) {
  const agents = new Map(names.map((name) => [name, agentOf(name)]));
  const ledger = new Ledger({ keepMs: 7_200_000 });
  const writes: [string, unknown][] = [];
  const fails: KubeError[] = [];
  let now = T0;
  const patchStatus: KubeClient["patchStatus"] = async <T>(_: unknown, { name }: { name: string }, body: object) => {
    const agent = agents.get(name);
    const failure = fails.shift();
    if (failure) throw failure;
    const { status } = body as { status: Json };
    writes.push([name, status]);
    if (agent) agents.set(name, { ...agent, status: applied((agent.status ?? {}) as Json, status) as Agent["status"] });
    return agent as T;
  };
  const run = createAgentStatus({
    client: { patchStatus },
    agents: { list: () => [...agents.values()] },
    ledger,
    limitsOf: () => limits,
    clock: () => now,
  });
  return {
    ledger,
    agents,
    fails,
    /** What is written at `time`. */
    at: async (time: number) => {
      now = time;
      await run();
      return writes.splice(0);
    },
  };
}

function agentOf(name: string): Agent {
  return {
    apiVersion: "agentsafe.dev/v1alpha1",
    kind: "Agent",
    metadata: { name, resourceVersion: "7" },
    spec: { subjects: [] },
  };
}

/** RFC 7386. */
function applied(to: Json | undefined, patch: Json | undefined): Json | undefined {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const result: { [key: string]: Json | undefined } =
    typeof to === "object" && to !== null && !Array.isArray(to) ? { ...to } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = applied(result[key], value);
  }
  return result;
}

const charge = (agent: string, time: number, denied = false) => ({
  ...{ key: `${agent}-${time}`, agent, time, nth: 0, score: 15, denied, refused: false },
});

test("what an agent has used is written once, and again only when it changes", async (t) => {
  const { ledger, at, agents } = world(["bot", "idle"]);
  t.deepEqual(await at(T0), []);
  ledger.replay([charge("bot", T0), charge("bot", T0 + 1, true), charge("bot", T0 + 2, true)]);
  t.deepEqual(await at(T0 + 10_000), [
    [
      "bot",
      {
        budget: { used: 3, limit: 5, windowSeconds: 60 },
        breaker: { state: "Open", until: "2026-11-23T12:05:00Z" },
        cumulativeRisk: { score: 45, class: "high" },
        lastRequestAt: "2026-11-23T12:00:00Z",
      },
    ],
  ]);
  t.deepEqual(await at(T0 + 20_000), []);
  t.deepEqual(await at(T0 + 70_000), [["bot", { budget: { used: 0 } }]]);
  t.deepEqual(await at(T0 + 400_000), [["bot", { breaker: { state: "Closed", until: null } }]]);
  ledger.prune(T0 + 10_000_000);
  t.deepEqual(await at(T0 + 10_000_000), [["bot", { cumulativeRisk: { score: 0, class: "low" } }]]);
  t.is(agents.get("bot")?.status?.lastRequestAt, "2026-11-23T12:00:00Z");
});

test("another's write in between is left to the next turn; other trouble is told", async (t) => {
  const { ledger, at, fails } = world(["bot"]);
  ledger.replay([charge("bot", T0)]);
  fails.push(new KubeError({ code: "CONFLICT", message: "changed meanwhile" }));
  t.deepEqual(await at(T0), []);
  t.is((await at(T0)).length, 1);
  ledger.replay([charge("bot", T0 + 1)]);
  fails.push(new KubeError({ code: "FORBIDDEN", message: "no" }));
  await t.throwsAsync(at(T0 + 1), { message: "no" });
});

test("an agent goes by its agent id; nothing is written while its limits are not known", async (t) => {
  const { ledger, at, agents } = world(["bot"]);
  agents.set("bot", { ...agentOf("bot"), spec: { agentId: "deploy", subjects: [] } });
  ledger.replay([charge("bot", T0)]);
  t.deepEqual(await at(T0), []);
  ledger.replay([charge("deploy", T0)]);
  t.is((await at(T0)).length, 1);
  const unknown = createAgentStatus({
    client: { patchStatus: () => Promise.reject(new Error("written")) },
    agents: { list: () => [{ ...agentOf("bot") }] },
    ledger,
    limitsOf: () => undefined,
    clock: () => T0,
  });
  await t.notThrowsAsync(unknown());
});
