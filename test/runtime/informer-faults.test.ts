import test from "ava";
import { harness } from "./informer-harness.ts";
import { configMap, event, failWith, json, type Step, say, until } from "./scripted-server.ts";

test("a list that fails once is tried again", async (t) => {
  const h = await harness(t);
  h.api.state.items = [configMap("a", 1)];
  h.api.nextList(failWith(500, "InternalError"));
  h.start();
  await h.informer.synced;
  t.deepEqual(h.told, ["add a@1"]);
  t.is(h.api.count("list"), 2);
});

test("a watch that is refused once is opened again from the same version, without a new list", async (t) => {
  const h = await harness(t);
  h.api.nextWatch(failWith(503, "ServiceUnavailable"));
  h.start();
  await until(() => h.api.watches.size === 1, "the second watch");
  h.api.send("ADDED", configMap("b", 101));
  await until(() => h.told.length === 1, "the event");
  t.is(h.api.count("list"), 1);
  t.deepEqual(
    h.api.seen.filter((one) => one.query.has("watch")).map((one) => one.query.get("resourceVersion")),
    ["100", "100"],
  );
});

test("a connection that is reset in the middle of an event goes on from the last whole one", async (t) => {
  const h = await harness(t);
  h.api.nextWatch((_seen, response) => {
    response.writeHead(200);
    response.write(event("ADDED", configMap("a", 101)) + event("ADDED", configMap("b", 102)).slice(0, 40));
    setTimeout(() => response.socket?.resetAndDestroy(), 50);
  });
  h.start();
  await until(() => h.api.count("watch") === 2, "the second watch");
  await until(() => h.api.watches.size === 1, "the second watch to open");
  h.api.send("ADDED", configMap("b", 102));
  await until(() => h.told.length === 2, "both events");
  t.deepEqual(h.told, ["add a@101", "add b@102"]);
  t.is(h.api.seen.findLast((one) => one.query.has("watch"))?.query.get("resourceVersion"), "101");
  t.is(h.api.count("list"), 1);
});

test("a handler that throws or rejects stops nothing and is counted", async (t) => {
  const h = await harness(t);
  h.api.state.items = [configMap("a", 1)];
  const seen: string[] = [];
  h.informer.on({
    add: () => {
      throw new Error("bad handler");
    },
    update: () => Promise.reject(new Error("bad asynchronous handler")),
  });
  h.informer.on({
    add: (object) => void seen.push(`add ${object.metadata.name}`),
    update: () => void seen.push("update"),
  });
  h.start();
  await h.informer.synced;
  await until(() => h.api.watches.size === 1, "the watch");
  h.api.send("MODIFIED", configMap("a", 101));
  h.api.send("ADDED", configMap("b", 102));
  await until(() => h.told.length === 3, "all events");
  await until(() => seen.length === 3, "the second handler");
  t.deepEqual(h.told, ["add a@1", "update a@101", "add b@102"]);
  t.deepEqual(seen, ["add a", "update", "add b"]);
  t.is(await h.value("handler_errors_total"), 3);
  t.is(h.informer.resourceVersion, "102");
});

test("an asynchronous handler is waited for: events never overtake each other", async (t) => {
  const h = await harness(t);
  const order: string[] = [];
  h.informer.on({
    async add(object) {
      order.push(`start ${object.metadata.name}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
      order.push(`end ${object.metadata.name}`);
    },
    delete: (object) => void order.push(`delete ${object.metadata.name}`),
  });
  h.start();
  await until(() => h.api.watches.size === 1, "the watch");
  h.api.send("ADDED", configMap("a", 101));
  h.api.send("DELETED", configMap("a", 102));
  await until(() => order.length === 3, "all events");
  t.deepEqual(order, ["start a", "end a", "delete a"]);
  t.is(h.informer.size, 0);
});

test("stopping while a watch is connecting leaves no watch and delivers nothing more", async (t) => {
  const h = await harness(t);
  let release: (() => void) | undefined;
  h.api.nextWatch((_seen, response) => {
    release = () => {
      response.writeHead(200);
      response.write(event("ADDED", configMap("late", 101)));
    };
  });
  h.start();
  await until(() => release !== undefined, "the watch to arrive");
  await h.stop();
  release?.();
  await new Promise((resolve) => setTimeout(resolve, 100));
  t.deepEqual(h.told, []);
  t.is(h.api.count("watch"), 1);
  t.is(h.api.watches.size, 0);
});

test("stopping before the first list rejects `synced` and leaves no waiter", async (t) => {
  const h = await harness(t);
  h.api.nextList(() => undefined);
  h.start();
  await until(() => h.api.count("list") === 1, "the list");
  const waiting = h.informer.waitForResourceVersion("5");
  await Promise.all([
    t.throwsAsync(h.informer.synced, { code: "ABORTED" }),
    t.throwsAsync(waiting, { code: "ABORTED" }),
    h.stop(),
  ]);
});

test("stopping waits for no handler, tells nothing more, and leaves what comes later untold", async (t) => {
  const h = await harness(t);
  h.api.state.items = [configMap("a", 1), configMap("b", 2), configMap("c", 3)];
  h.informer.on({ add: () => new Promise(() => undefined) });
  h.start();
  await until(() => h.told.length === 1, "the first object");
  await h.stop();
  t.deepEqual(h.told, ["add a@1"]);
  t.false(h.informer.hasSynced);
});

test("after a connection broke the live version is checked at once", async (t) => {
  const h = await harness(t);
  h.api.state.items = [configMap("a", 90)];
  h.api.answer = (_seen, response) =>
    json(response, 200, { metadata: { resourceVersion: h.api.state.resourceVersion }, items: [] });
  h.api.nextWatch((_seen, response) => {
    response.writeHead(200);
    response.write(event("ADDED", configMap("b", 101)));
    setTimeout(() => {
      h.api.state = { items: [configMap("a", 40)], resourceVersion: "50" };
      response.socket?.resetAndDestroy();
    }, 50);
  });
  h.start();
  await until(() => h.informer.rewinds === 1, "the rewind");
  await until(() => h.informer.size === 1, "the older state");
  t.is(h.informer.get("default/a")?.metadata.resourceVersion, "40");
});

const gone: Step = say([
  "ERROR",
  { kind: "Status", code: 410, reason: "Expired", message: "too old resource version" },
]);

test("after 410 an object that was recreated meanwhile is a deletion and an addition", async (t) => {
  const h = await harness(t);
  h.api.state.items = [configMap("a", 1, "first"), configMap("gone", 2), configMap("same", 3), configMap("changed", 4)];
  h.api.nextWatch((seen, response) => {
    h.api.state = {
      items: [configMap("a", 150, "second"), configMap("same", 3), configMap("changed", 151), configMap("new", 152)],
      resourceVersion: "200",
    };
    return gone(seen, response);
  });
  h.start();
  await until(() => h.api.watches.size === 1, "the second watch");
  t.deepEqual(h.told.slice(4).sort(), [
    "add a@150",
    "add new@152",
    "delete a@1",
    "delete gone@2",
    "update changed@151",
  ]);
  t.true(h.told.indexOf("delete a@1") < h.told.indexOf("add a@150"));
  t.is(h.informer.resourceVersion, "200");
});

test("410 as the answer to the watch itself leads to a new list as well", async (t) => {
  const h = await harness(t);
  h.api.nextWatch(failWith(410, "Expired"));
  h.start();
  await until(() => h.api.watches.size === 1, "the second watch");
  t.is(h.api.count("list"), 2);
});

test("a server that answers 410 for ever is not asked in a tight loop", async (t) => {
  const h = await harness(t, { timings: { backoffBaseMs: 40, backoffMaxMs: 200 } });
  h.api.nextWatch(...Array.from({ length: 200 }, () => gone));
  const startedAt = performance.now();
  h.start();
  await until(() => h.api.count("list") === 8, "eight lists");
  // The first two come at once, the rest after 20, 40, 80, 100, 100 and 100 ms at least.
  t.true(performance.now() - startedAt > 350);
});

test("another object under the same name within one watch is a deletion and an addition", async (t) => {
  const h = await harness(t);
  h.api.state.items = [configMap("a", 1, "first")];
  h.start();
  await until(() => h.api.watches.size === 1, "the watch");
  h.api.send("ADDED", configMap("a", 101, "second"));
  h.api.send("DELETED", configMap("a", 102, "first"));
  h.api.send("BOOKMARK", { metadata: { resourceVersion: "103" } });
  await h.informer.waitForResourceVersion("103");
  t.deepEqual(h.told, ["add a@1", "delete a@1", "add a@101"]);
  t.is(h.informer.get("default/a")?.metadata.uid, "second");
});

test("clean ends of a quiet watch do not grow the gaps", async (t) => {
  const h = await harness(t, { timings: { backoffBaseMs: 60_000, backoffMaxMs: 60_000, minWatchMs: 50 } });
  h.api.nextWatch(...Array.from({ length: 6 }, () => say()));
  h.start();
  await until(() => h.api.count("watch") === 7, "seven watches");
  t.is(h.api.count("list"), 1);
  t.is(await h.value("failures_total"), 0);
});

test("a watch that falls silent is opened again from the last version", async (t) => {
  const h = await harness(t, { timings: { silenceMs: 150 } });
  h.start();
  await until(() => h.api.watches.size === 1, "the watch");
  h.api.send("BOOKMARK", { metadata: { resourceVersion: "120" } });
  await until(() => h.api.count("watch") >= 2, "the second watch");
  t.is(h.api.seen.findLast((one) => one.query.has("watch"))?.query.get("resourceVersion"), "120");
  t.is(h.api.count("list"), 1);
  t.true((await h.value("silences_total")) >= 1);
});

test("bookmarks keep a watch from counting as silent", async (t) => {
  const h = await harness(t, { timings: { silenceMs: 1_000 } });
  h.start();
  await until(() => h.api.watches.size === 1, "the watch");
  for (let version = 101; version < 121; version += 1) {
    h.api.send("BOOKMARK", { metadata: { resourceVersion: String(version) } });
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  t.is(h.api.count("watch"), 1);
  t.is(h.informer.resourceVersion, "120");
});

test("history that went back is found by the check of the live version and leads to a new list", async (t) => {
  const h = await harness(t, { timings: { checkMs: 30 } });
  h.api.state = { items: [configMap("a", 90), configMap("b", 95)], resourceVersion: "100" };
  h.api.answer = (_seen, response) =>
    json(response, 200, { metadata: { resourceVersion: h.api.state.resourceVersion }, items: [] });
  h.start();
  await until(() => h.api.watches.size === 1, "the watch");
  const waiting = t.throwsAsync(h.informer.waitForResourceVersion("150"), { code: "GONE" });
  h.api.state = { items: [configMap("a", 40)], resourceVersion: "50" };
  await until(() => h.informer.rewinds === 1, "the rewind");
  await waiting;
  await until(() => h.told.length === 5, "the changes");
  t.deepEqual(h.told, ["add a@90", "add b@95", "rewind", "delete b@95", "update a@40"]);
  t.is(h.informer.resourceVersion, "50");
  await t.notThrowsAsync(h.informer.waitForResourceVersion("45"));
});

test("an event with an older version than the last leads to a new list", async (t) => {
  const h = await harness(t);
  h.api.state.items = [configMap("a", 90)];
  h.start();
  await until(() => h.api.watches.size === 1, "the watch");
  h.api.state = { items: [configMap("a", 30), configMap("c", 31)], resourceVersion: "31" };
  h.api.send("ADDED", configMap("c", 31));
  await until(() => h.informer.rewinds === 1 && h.told.length === 4, "the rewind");
  t.deepEqual(h.told.slice(1), ["rewind", "update a@30", "add c@31"]);
});

test("a character that is cut in two by the network stays whole", async (t) => {
  const h = await harness(t);
  const object = { ...configMap("a", 101), data: { text: "grün 🟢 日本" } };
  const bytes = Buffer.from(event("ADDED", object));
  h.api.nextWatch(async (_seen, response) => {
    response.writeHead(200);
    for (const byte of bytes) {
      response.write(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
  });
  h.start();
  await until(() => h.told.length === 1, "the event");
  t.deepEqual(h.informer.get("default/a"), object);
});

test("a line above the bound is not kept in memory; the informer lists anew and lives", async (t) => {
  const h = await harness(t, { maxLineBytes: 10_000 });
  h.api.nextWatch((_seen, response) => {
    response.writeHead(200);
    response.write(`{"type":"ADDED","object":{"x":"${"y".repeat(50_000)}`);
  });
  h.start();
  await until(() => h.api.watches.size === 1, "the second watch");
  t.is(h.api.count("list"), 2);
  h.api.send("ADDED", configMap("b", 101));
  await until(() => h.told.length === 1, "the event");
});

for (const [what, line] of [
  ["that is not JSON", "{not json}\n"],
  ["that is no event", '{"type":"WHAT","object":{}}\n'],
  ["without an object", '{"type":"ADDED"}\n'],
  ["without a version", '{"type":"ADDED","object":{"metadata":{"name":"x"}}}\n'],
  ["that is null", "null\n"],
] as const) {
  test(`a line ${what} ends the watch, not the informer, and nothing is lost`, async (t) => {
    const h = await harness(t);
    h.api.nextWatch((_seen, response) => {
      response.writeHead(200);
      response.write(event("ADDED", configMap("a", 101)) + line + event("ADDED", configMap("ghost", 103)));
    });
    h.start();
    await until(() => h.api.watches.size === 1, "the second watch");
    t.is(h.api.seen.findLast((one) => one.query.has("watch"))?.query.get("resourceVersion"), "101");
    h.api.send("ADDED", configMap("b", 102));
    await until(() => h.told.length === 2, "the events");
    t.deepEqual(h.told, ["add a@101", "add b@102"]);
  });
}

test("an error event that is not 410 is tried again and in the end answered by a new list", async (t) => {
  const h = await harness(t);
  const error = say(["ERROR", { kind: "Status", code: 500, reason: "InternalError", message: "etcd is unwell" }]);
  h.api.nextWatch(error, error, error, error, error);
  h.start();
  await until(() => h.api.watches.size === 1, "the last watch");
  t.true(h.api.count("list") >= 2);
  t.is(await h.value("failures_total"), 5);
});

test("a server that was away is listed again, for it may have come back with another store", async (t) => {
  const h = await harness(t);
  // A read is repeated once by itself, so these are two failures.
  h.api.nextWatch(
    ...Array.from({ length: 4 }, (): Step => (_seen, response) => void response.socket?.resetAndDestroy()),
  );
  h.start();
  await until(() => h.api.watches.size === 1, "the last watch");
  t.is(h.api.count("list"), 2);
});
