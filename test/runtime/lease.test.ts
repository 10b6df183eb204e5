import test, { type ExecutionContext } from "ava";
import {
  createClient,
  createLease,
  createTransport,
  type KubeObject,
  type Lease,
  type LeaseOptions,
} from "../../controller/runtime/index.ts";
import { failWith, json, type ScriptedServer, type Step, startScriptedServer, until } from "./scripted-server.ts";

interface Stored extends KubeObject {
  spec: { holderIdentity: string; renewTime: string; leaseTransitions: number; leaseDurationSeconds: number };
}

/** One Lease kept as the API server keeps it: writes with an old version are refused. */
function storeOf(): { step: Step; lease: () => Stored | undefined } {
  let lease: Stored | undefined;
  let version = 0;
  const step: Step = (seen, response) => {
    if (seen.method === "GET") return lease ? json(response, 200, lease) : failWith(404, "NotFound")(seen, response);
    const sent: Stored = JSON.parse(seen.body);
    if (seen.method === "POST" && lease) return failWith(409, "AlreadyExists")(seen, response);
    if (seen.method === "PUT" && sent.metadata.resourceVersion !== lease?.metadata.resourceVersion) {
      return failWith(409, "Conflict")(seen, response);
    }
    version += 1;
    lease = { ...sent, metadata: { ...sent.metadata, resourceVersion: String(version) } };
    return json(response, 200, lease);
  };
  return { step, lease: () => lease };
}

interface Setting {
  api: ScriptedServer;
  store: ReturnType<typeof storeOf>;
  lost: string[];
  make(identity: string, options?: Partial<LeaseOptions>): Lease;
}

async function setUp(t: ExecutionContext): Promise<Setting> {
  const api = await startScriptedServer();
  const store = storeOf();
  api.answer = store.step;
  const transport = createTransport({ userAgent: "t", access: api.access });
  const made: Lease[] = [];
  const lost: string[] = [];
  t.teardown(async () => {
    await Promise.all(made.map((lease) => lease.stop()));
    await transport.close();
    await api.close();
  });
  return {
    api,
    store,
    lost,
    make(identity, options = {}) {
      const lease = createLease({
        client: createClient(transport),
        namespace: "agent-safe-system",
        name: "agent-safe-controller",
        identity,
        clock: Date.now,
        monotonic: () => performance.now(),
        onLost: () => void lost.push(identity),
        durationMs: 60_000,
        renewDeadlineMs: 50_000,
        retryMs: 50,
        ...options,
      });
      made.push(lease);
      return lease;
    },
  };
}

test("of two only one leads; the other follows when the lease is given up, without waiting for its end", async (t) => {
  const { make, store, lost } = await setUp(t);
  const a = make("a");
  const b = make("b");
  await a.start();
  const second = b.start();
  await new Promise((resolve) => setTimeout(resolve, 300));
  t.true(a.isLeader());
  t.false(b.isLeader());
  t.is(b.holder, "a");
  await a.stop();
  t.false(a.isLeader());
  await second;
  t.true(b.isLeader());
  t.is(store.lease()?.spec.holderIdentity, "b");
  t.deepEqual(lost, []);
});

test("times are written with six fractional digits, and transitions are counted", async (t) => {
  const { make, store } = await setUp(t);
  const a = make("a", { clock: () => Date.UTC(2026, 0, 2, 3, 4, 5, 6) });
  await a.start();
  t.is(store.lease()?.spec.renewTime, "2026-01-02T03:04:05.006000Z");
  t.is(store.lease()?.spec.leaseTransitions, 0);
  await a.stop();
  t.is(store.lease()?.spec.holderIdentity, "");
  const b = make("b");
  await b.start();
  t.is(store.lease()?.spec.leaseTransitions, 1);
});

test("a holder that died is followed when its time is over, as measured here and not by its clock", async (t) => {
  const { make, store, api } = await setUp(t);
  // A holder whose clock is a year ahead.
  const seen = { method: "POST", path: "", query: new URLSearchParams(), headers: {}, at: 0, body: "" };
  const dead = {
    metadata: { name: "agent-safe-controller", namespace: "agent-safe-system" },
    spec: {
      holderIdentity: "dead",
      leaseDurationSeconds: 15,
      renewTime: "2099-01-01T00:00:00.000000Z",
      leaseTransitions: 3,
    },
  };
  await fetch(`${api.access.server}/x`, { method: "POST", body: JSON.stringify(dead) });
  t.is(store.lease()?.spec.holderIdentity, "dead", seen.path);
  const b = make("b", { durationMs: 400, renewDeadlineMs: 300 });
  const startedAt = performance.now();
  await b.start();
  t.true(performance.now() - startedAt >= 400);
  t.is(store.lease()?.spec.leaseTransitions, 4);
});

test("a lease that cannot be renewed is lost at the deadline, once", async (t) => {
  const { make, api, lost } = await setUp(t);
  const a = make("a", { durationMs: 1_500, renewDeadlineMs: 1_000 });
  await a.start();
  api.answer = failWith(503, "ServiceUnavailable");
  const startedAt = performance.now();
  await until(() => lost.length > 0, "the loss");
  t.true(performance.now() - startedAt >= 500);
  t.false(a.isLeader());
  await new Promise((resolve) => setTimeout(resolve, 200));
  t.deepEqual(lost, ["a"]);
});

test("a server that answers nothing at all cannot keep a lease alive", async (t) => {
  const { make, api, lost } = await setUp(t);
  const a = make("a", { durationMs: 1_500, renewDeadlineMs: 1_000 });
  await a.start();
  api.answer = () => undefined;
  await until(() => !a.isLeader(), "the end of leading");
  await until(() => lost.length === 1, "the loss");
  t.pass();
});

test("a passing failure of a renewal loses nothing", async (t) => {
  const { make, api, store, lost } = await setUp(t);
  const a = make("a");
  await a.start();
  api.answer = failWith(500, "InternalError");
  await new Promise((resolve) => setTimeout(resolve, 200));
  api.answer = store.step;
  await new Promise((resolve) => setTimeout(resolve, 500));
  t.true(a.isLeader());
  t.deepEqual(lost, []);
});

test("another holder in the lease is a loss at once", async (t) => {
  const { make, api, store, lost } = await setUp(t);
  const a = make("a");
  await a.start();
  const stolen = { ...store.lease(), spec: { ...store.lease()?.spec, holderIdentity: "thief" } };
  // A write of our own may come in between: then the version is old, and it is tried again.
  await until(() => {
    stolen.metadata = { ...store.lease()?.metadata };
    void fetch(`${api.access.server}/x`, { method: "PUT", body: JSON.stringify(stolen) }).catch(() => undefined);
    return store.lease()?.spec.holderIdentity === "thief" || lost.length > 0;
  }, "the theft");
  await until(() => lost.length === 1, "the loss");
  t.false(a.isLeader());
});

test("a process that stood still is not the leader when it wakes up, and says so before anything is renewed", async (t) => {
  const { make, lost } = await setUp(t);
  let stalledMs = 0;
  const a = make("a", { monotonic: () => performance.now() + stalledMs });
  await a.start();
  t.true(a.isLeader());
  stalledMs = 60_000;
  t.false(a.isLeader());
  await until(() => lost.length === 1, "the loss");
});

test("stopping before the lease is had ends the waiting and leaves it to its holder", async (t) => {
  const { make, store } = await setUp(t);
  await make("a").start();
  const b = make("b");
  const waiting = t.throwsAsync(b.start(), { code: "ABORTED" });
  await b.stop();
  await waiting;
  t.is(store.lease()?.spec.holderIdentity, "a");
});
