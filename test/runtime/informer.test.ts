import test from "ava";
import { dropManagedFields, type KubeObject } from "../../controller/runtime/index.ts";
import { harness } from "./informer-harness.ts";
import { configMap, json, until } from "./scripted-server.ts";

test("adds, updates and deletions are told in order; the cache follows", async (t) => {
  const h = await harness(t);
  h.api.state.items = [configMap("a", 1), configMap("b", 2)];
  h.start();
  await h.informer.synced;
  t.true(h.informer.hasSynced);
  await until(() => h.api.watches.size === 1, "the watch");
  h.api.send("MODIFIED", configMap("a", 101));
  h.api.send("ADDED", configMap("c", 102));
  h.api.send("DELETED", configMap("b", 103));
  await h.informer.waitForResourceVersion("103");
  t.deepEqual(h.told, ["add a@1", "add b@2", "update a@101", "add c@102", "delete b@103"]);
  t.deepEqual(
    h.informer.list().map((object) => object.metadata.name),
    ["a", "c"],
  );
  t.is(h.informer.size, 2);
});

test("lists are paged, and watches carry selectors, bookmarks and a jittered end", async (t) => {
  const h = await harness(t, {
    fieldSelector: "status.settled!=true",
    labelSelector: "a in (b,c)",
    pageSize: 2,
    random: () => 0.5,
  });
  h.api.nextList(
    (_seen, response) =>
      json(response, 200, { metadata: { resourceVersion: "9", continue: "tok/en=" }, items: [configMap("a", 1)] }),
    (_seen, response) => json(response, 200, { metadata: { resourceVersion: "9" }, items: [configMap("b", 2)] }),
  );
  h.start();
  await until(() => h.api.watches.size === 1, "the watch");
  const [first, second, watch] = h.api.seen;
  t.is(first?.path, "/api/v1/namespaces/default/configmaps");
  t.is(first?.query.get("limit"), "2");
  t.is(second?.query.get("continue"), "tok/en=");
  for (const one of [first, second, watch]) {
    t.is(one?.query.get("fieldSelector"), "status.settled!=true");
    t.is(one?.query.get("labelSelector"), "a in (b,c)");
  }
  t.is(watch?.query.get("resourceVersion"), "9");
  t.is(watch?.query.get("allowWatchBookmarks"), "true");
  t.is(watch?.query.get("timeoutSeconds"), "450");
});

test("a page that expires while listing begins the list anew", async (t) => {
  const h = await harness(t);
  h.api.nextList(
    (_seen, response) =>
      json(response, 200, { metadata: { resourceVersion: "9", continue: "old" }, items: [configMap("ghost", 1)] }),
    (_seen, response) => json(response, 410, { kind: "Status", code: 410, reason: "Expired" }),
  );
  h.api.state.items = [configMap("a", 5)];
  h.start();
  await h.informer.synced;
  t.deepEqual(h.told, ["add a@5"]);
  t.is(h.api.count("list"), 3);
});

test("indexes follow changes", async (t) => {
  const h = await harness(t);
  const colour = (object: KubeObject) => [object.metadata.labels?.colour ?? "none"];
  const coloured = (name: string, version: number, value: string) => {
    const object = configMap(name, version);
    object.metadata.labels = { colour: value };
    return object;
  };
  const red = () => h.informer.byIndex("colour", "red").map((object) => object.metadata.name);
  h.informer.addIndex("colour", colour);
  h.api.state.items = [coloured("a", 1, "red"), coloured("b", 2, "blue")];
  h.start();
  await until(() => h.api.watches.size === 1, "the watch");
  t.deepEqual(red(), ["a"]);
  h.api.send("MODIFIED", coloured("b", 101, "red"));
  h.api.send("MODIFIED", coloured("a", 102, "blue"));
  h.api.send("DELETED", coloured("b", 103, "red"));
  await h.informer.waitForResourceVersion("102");
  await h.informer.waitForResourceVersion("103");
  t.deepEqual(red(), []);
  t.deepEqual(
    h.informer.byIndex("colour", "blue").map((object) => object.metadata.name),
    ["a"],
  );
  h.informer.addIndex("late", colour);
  t.is(h.informer.byIndex("late", "blue").length, 1);
});

test("waiting for a version ends only when handlers have seen it", async (t) => {
  const h = await harness(t);
  let handled = false;
  h.informer.on({
    async add() {
      await new Promise((resolve) => setTimeout(resolve, 50));
      handled = true;
    },
  });
  h.start();
  await until(() => h.api.watches.size === 1, "the watch");
  const seen = h.informer.waitForResourceVersion("101");
  h.api.send("ADDED", configMap("a", 101));
  await seen;
  t.true(handled);
});

test("waiting for a version can be given up, and refuses what is no version", async (t) => {
  const h = await harness(t);
  h.start();
  await h.informer.synced;
  await t.throwsAsync(h.informer.waitForResourceVersion("999", { signal: AbortSignal.timeout(20) }), {
    code: "ABORTED",
  });
  await t.throwsAsync(h.informer.waitForResourceVersion("latest"), { code: "CONFIG" });
  await t.notThrowsAsync(h.informer.waitForResourceVersion("100"));
});

test("a handler that comes late is told what is there, as initial", async (t) => {
  const h = await harness(t);
  h.api.state.items = [configMap("a", 1)];
  h.start();
  await until(() => h.api.watches.size === 1, "the watch");
  const told: string[] = [];
  const off = h.informer.on({ add: (object, info) => void told.push(`${object.metadata.name} ${info.initial}`) });
  h.api.send("ADDED", configMap("b", 101));
  await h.informer.waitForResourceVersion("101");
  off();
  h.api.send("ADDED", configMap("c", 102));
  await h.informer.waitForResourceVersion("102");
  t.deepEqual(told, ["a true", "b false"]);
});

test("a transform runs before anything is kept", async (t) => {
  const h = await harness(t, { transform: dropManagedFields });
  const fat = configMap("a", 1);
  fat.metadata.managedFields = [{ manager: "x" }];
  h.api.state.items = [fat];
  h.start();
  await h.informer.synced;
  t.false("managedFields" in (h.informer.get("default/a")?.metadata ?? {}));
});

test("an answer that is too large is asked for in smaller pages", async (t) => {
  const h = await harness(t);
  h.api.nextList((_seen, response) => {
    response.writeHead(200);
    const block = "x".repeat(1024 * 1024);
    const write = () => {
      while (!response.destroyed && response.write(block));
    };
    response.on("drain", write);
    write();
  });
  h.start();
  await h.informer.synced;
  t.deepEqual(
    h.api.seen.filter((one) => !one.query.has("watch")).map((one) => one.query.get("limit")),
    ["500", "125"],
  );
});
