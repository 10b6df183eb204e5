import test from "ava";
import type { Action, ActionPolicy, Target } from "../../controller/api/types.ts";
import { AgentIndex } from "../../controller/identity/agent-index.ts";
import { PolicyEngine } from "../../controller/policy/engine.ts";
import { createFreshness } from "../../controller/reconcilers/freshness.ts";
import type { LiveReads } from "../../controller/reconcilers/live-reads.ts";
import type { Informer, KubeClient } from "../../controller/runtime/index.ts";

/** A watch that has not brought anything yet, and delivers up to a version when the test says so. */
function slowWatch() {
  const waiting: { version: string; arrive: () => void; fail: (error: Error) => void }[] = [];
  const informer = {
    waitForResourceVersion: (version: string, { signal }: { signal?: AbortSignal } = {}) =>
      new Promise<void>((arrive, fail) => {
        waiting.push({ version, arrive, fail });
        signal?.addEventListener("abort", () => fail(signal.reason), { once: true });
      }),
  };
  return { informer: informer as never, waiting };
}

function world(live: Partial<LiveReads> = {}) {
  const policies = slowWatch();
  const targets = slowWatch();
  const patches: { plural: string; name: string; body: unknown }[] = [];
  const client = {
    patch: async (resource: { plural: string }, ref: { name: string }, body: unknown) => {
      patches.push({ plural: resource.plural, name: ref.name, body });
      return { metadata: { resourceVersion: String(100 + patches.length) } };
    },
  } as unknown as KubeClient;
  const engine = new PolicyEngine({ profile: "strict" });
  const agents = new AgentIndex();
  const none = async () => undefined;
  const reads: LiveReads = {
    action: none,
    agent: none,
    agents: async () => [],
    target: none,
    targets: async () => [],
    ...live,
  };
  let nonce = 0;
  const freshness = createFreshness({
    ...{ client, reads, engine, agents, timeoutMs: 200, nonce: () => `nonce-${++nonce}` },
    policies: policies.informer as Informer<ActionPolicy>,
    targets: targets.informer as Informer<Target>,
  });
  return { freshness, engine, policies, targets, patches };
}

const subject = { action: "restart", target: "dev/web", agent: "bot" };
const turn = () => new Promise((resolve) => setImmediate(resolve));

test("it is not fresh before both watches have brought back the mark that was just made", async (t) => {
  const { freshness, policies, targets, patches } = world();
  let done = false;
  const fresh = freshness(subject).then(() => {
    done = true;
  });
  await turn();
  t.deepEqual(
    patches.map(({ plural, name }) => [plural, name]),
    [
      ["actionpolicies", "agent-safe-sentinel"],
      ["targets", "agent-safe-sentinel"],
    ],
  );
  t.deepEqual(
    [policies.waiting[0]?.version, targets.waiting[0]?.version],
    ["101", "102"],
    "the versions of its own writes",
  );
  policies.waiting[0]?.arrive();
  await turn();
  t.false(done, "one watch is not enough");
  targets.waiting[0]?.arrive();
  await fresh;
  t.true(done);
});

test("each mark is new, or the API server would not write it and no watch would bring it", async (t) => {
  const { freshness, policies, targets, patches } = world();
  for (let round = 0; round < 2; round += 1) {
    const fresh = freshness(subject);
    await turn();
    policies.waiting[round]?.arrive();
    targets.waiting[round]?.arrive();
    await fresh;
  }
  t.is(new Set(patches.map(({ body }) => JSON.stringify(body))).size, 4);
});

test("a watch that stays silent means that nothing is decided", async (t) => {
  const { freshness, policies } = world();
  const fresh = freshness(subject);
  await turn();
  policies.waiting[0]?.arrive();
  // The time limit's own timer does not keep a process alive.
  const alive = setInterval(() => undefined, 50);
  await t.throwsAsync(fresh, { name: "TimeoutError" });
  clearInterval(alive);
});

test("what was read live is what is judged by; what is gone is forgotten", async (t) => {
  const action = {
    metadata: { name: "restart", uid: "a", resourceVersion: "7" },
    spec: { riskClass: "high" },
  } as unknown as Action;
  const gone = { metadata: { name: "gone", uid: "b", resourceVersion: "3" }, spec: {} } as unknown as Action;
  const { freshness, engine, policies, targets } = world({
    action: async (name) => (name === "restart" ? action : undefined),
  });
  engine.upsertAction(gone);
  const arrive = async (round: number, name: string) => {
    const fresh = freshness({ ...subject, action: name });
    await turn();
    policies.waiting[round]?.arrive();
    targets.waiting[round]?.arrive();
    await fresh;
  };
  await arrive(0, "restart");
  await arrive(1, "gone");
  t.is(engine.getAction("restart"), action);
  t.is(engine.getAction("gone"), undefined);
});
