import test, { type ExecutionContext } from "ava";
import {
  createClient,
  createEvents,
  createMetrics,
  createTransport,
  type EventInput,
  type EventsOptions,
  plainText,
} from "../../controller/runtime/index.ts";
import { failWith, json, type Seen, startScriptedServer, until } from "./scripted-server.ts";

async function setUp(t: ExecutionContext, options: Partial<EventsOptions> = {}) {
  const api = await startScriptedServer();
  api.answer = (_seen, response) => json(response, 201, {});
  const transport = createTransport({ userAgent: "t", access: api.access, retries: 0 });
  t.teardown(async () => {
    await transport.close();
    await api.close();
  });
  const metrics = createMetrics({ defaults: false });
  const events = createEvents({
    client: createClient(transport),
    reportingController: "agentsafe.dev/controller",
    reportingInstance: "controller-0",
    metrics,
    ...options,
  });
  const count = async (result: string) =>
    (await metrics.events.get()).values.find((entry) => entry.labels.result === result)?.value;
  return { api, events, count };
}

function about(note: string, extra: Partial<EventInput> = {}): EventInput {
  const regarding = {
    apiVersion: "agentsafe.dev/v1alpha1",
    kind: "ActionRequest",
    namespace: "agents",
    name: "r1",
    uid: "u1",
  };
  return { regarding, type: "Normal", reason: "Allowed", action: "Decide", note, ...extra };
}

const bodyOf = (seen: Seen | undefined) => JSON.parse(seen?.body ?? "{}");

test("an event holds what events.k8s.io/v1 asks for", async (t) => {
  const { api, events } = await setUp(t, { clock: () => Date.UTC(2026, 0, 1) });
  events.emit(about("allowed by rule x"));
  await events.flush(5_000);
  const body = bodyOf(api.seen[0]);
  t.is(api.seen[0]?.path, "/apis/events.k8s.io/v1/namespaces/agents/events");
  t.like(body, {
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    eventTime: "2026-01-01T00:00:00.000000Z",
    reportingController: "agentsafe.dev/controller",
    reportingInstance: "controller-0",
    type: "Normal",
    reason: "Allowed",
    action: "Decide",
    note: "allowed by rule x",
    regarding: { kind: "ActionRequest", name: "r1", uid: "u1" },
  });
  t.regex(body.metadata.name, /^r1\.[0-9a-f]+$/);
});

test("an event about a cluster-scoped object goes to default", async (t) => {
  const { api, events } = await setUp(t);
  events.emit(about("x", { regarding: { apiVersion: "agentsafe.dev/v1alpha1", kind: "Target", name: "t" } }));
  await events.flush(5_000);
  t.is(bodyOf(api.seen[0]).metadata.namespace, "default");
});

test("equal events become one with a count; after its time a new one begins", async (t) => {
  let now = 1_000_000;
  const { api, events, count } = await setUp(t, { clock: () => now });
  events.emit(about("same"));
  await events.flush(5_000);
  for (let i = 0; i < 9; i += 1) events.emit(about("same"));
  await events.flush(5_000);
  const patches = api.seen.filter((seen) => seen.method === "PATCH");
  t.true(patches.length >= 1 && patches.length < 9);
  t.is(await count("deduplicated"), 9);
  await until(() => bodyOf(api.seen.at(-1)).series?.count >= 2, "the count");
  now += 600_001;
  events.emit(about("same"));
  await events.flush(5_000);
  t.is(api.seen.filter((seen) => seen.method === "POST").length, 2);
});

test("a repeated event that the server has forgotten is created again", async (t) => {
  const { api, events } = await setUp(t);
  events.emit(about("same"));
  await events.flush(5_000);
  api.answer = (seen, response) =>
    seen.method === "PATCH" ? failWith(404, "NotFound")(seen, response) : json(response, 201, {});
  events.emit(about("same"));
  await events.flush(5_000);
  t.deepEqual(
    api.seen.map((seen) => seen.method),
    ["POST", "PATCH", "POST"],
  );
  t.is(bodyOf(api.seen[2]).series.count, 2);
});

test("a server that is slow or refuses costs the caller nothing, and what is too much is dropped and counted", async (t) => {
  const { api, events, count } = await setUp(t, { maxPending: 10, concurrency: 2 });
  api.answer = () => undefined;
  const startedAt = performance.now();
  for (let i = 0; i < 1_000; i += 1) events.emit(about(`note ${i}`));
  t.true(performance.now() - startedAt < 2_000);
  t.is(await count("dropped"), 988);
  await events.flush(50);
  t.true(api.seen.length <= 2);
});

test("a refused event is counted, and the next one is sent", async (t) => {
  const { api, events, count } = await setUp(t);
  api.answer = failWith(403, "Forbidden");
  events.emit(about("one"));
  await events.flush(5_000);
  api.answer = (_seen, response) => json(response, 201, {});
  events.emit(about("two"));
  await events.flush(5_000);
  t.is(await count("failed"), 1);
  t.is(await count("sent"), 1);
});

test("nothing that is emitted throws", async (t) => {
  const { events, count } = await setUp(t);
  t.notThrows(() => events.emit(undefined as unknown as EventInput));
  t.is(await count("failed"), 1);
});

test("a note is plain text of at most a kilobyte", async (t) => {
  const { api, events } = await setUp(t);
  events.emit(about(`\u001b[31mred\u001b[0m\nline\u202Etxt ${"é".repeat(2_000)}`));
  await events.flush(5_000);
  const note: string = bodyOf(api.seen[0]).note;
  t.true(Buffer.byteLength(note) <= 1_024);
  t.true(note.startsWith("[31mred [0m line txt é"));
  t.true(note.endsWith("é…"));
});

test("text is cut at characters, and lone surrogates do no harm", (t) => {
  t.is(plainText("🟢🟢🟢", 11), "🟢🟢…");
  t.is(plainText("short", 1_024), "short");
  t.is(plainText("a\ud800b", 1_024), "a\ufffdb");
});
