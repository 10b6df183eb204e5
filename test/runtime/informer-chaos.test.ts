import type { ServerResponse } from "node:http";
import test from "ava";
import fc from "fast-check";
import { createCache } from "../../controller/runtime/cache.ts";
import { type KubeObject, keyOf } from "../../controller/runtime/index.ts";
import { harness } from "./informer-harness.ts";
import { configMap, event, failWith, json, type Step, until } from "./scripted-server.ts";

/** A number generator with a seed, so that a failing run can be repeated. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

for (const seed of [1, 2, 3, 4]) {
  test(`whatever the server does to lists and watches, the cache ends up right and handlers saw a true story (seed ${seed})`, async (t) => {
    const random = seeded(seed);
    const told = new Map<string, KubeObject>();
    const lies: string[] = [];
    const h = await harness(t, { pageSize: 500, timings: { silenceMs: 200, checkMs: 40 }, maxLineBytes: 5_000 });
    h.informer.on({
      add(object) {
        if (told.has(keyOf(object))) lies.push(`added twice: ${keyOf(object)}`);
        told.set(keyOf(object), object);
      },
      update(object, old) {
        if (told.get(keyOf(object)) !== old) lies.push(`updated from something else: ${keyOf(object)}`);
        if (old.metadata.uid !== object.metadata.uid) lies.push(`updated into another object: ${keyOf(object)}`);
        told.set(keyOf(object), object);
      },
      delete(object) {
        if (!told.delete(keyOf(object))) lies.push(`deleted what was not there: ${keyOf(object)}`);
      },
    });

    let version = 100;
    let compacted = 100;
    let uid = 0;
    const objects = new Map<string, KubeObject>();
    const history: { version: number; line: string }[] = [];
    const live = new Set<ServerResponse>();
    const record = (type: string, object: KubeObject) => {
      const line = event(type, object);
      history.push({ version, line });
      for (const response of live) response.write(line);
    };
    const change = () => {
      version += 1;
      const name = `c${Math.floor(random() * 8)}`;
      const old = objects.get(name);
      if (old && random() < 0.4) {
        objects.delete(name);
        record("DELETED", { ...old, metadata: { ...old.metadata, resourceVersion: String(version) } });
        return;
      }
      if (!old) uid += 1;
      const object = configMap(name, version, old?.metadata.uid ?? `uid${uid}`);
      objects.set(name, object);
      record(old ? "MODIFIED" : "ADDED", object);
    };
    const list: Step = (seen, response) => {
      if (random() < 0.2) return failWith(500, "InternalError")(seen, response);
      json(response, 200, { metadata: { resourceVersion: String(version) }, items: [...objects.values()] });
    };
    const watch: Step = (seen, response) => {
      const from = Number(seen.query.get("resourceVersion"));
      const fate = random();
      if (fate < 0.1) return failWith(503, "ServiceUnavailable")(seen, response);
      if (fate < 0.15) return void response.socket?.resetAndDestroy();
      if (from < compacted) return failWith(410, "Expired")(seen, response);
      response.writeHead(200);
      response.flushHeaders();
      for (const past of history) if (past.version > from) response.write(past.line);
      live.add(response);
      response.on("close", () => live.delete(response));
    };
    const disturb = () => {
      const victim = [...live][0];
      const what = Math.floor(random() * 7);
      if (what === 0) compacted = version - Math.floor(random() * 3);
      if (!victim) return;
      if (what === 1 || what === 2) live.delete(victim);
      if (what === 1) victim.end();
      if (what === 2) victim.socket?.resetAndDestroy();
      if (what === 3) victim.write('{"type":"ADDED","object":{"meta');
      // A watch that the server has forgotten: it stays open and hears nothing.
      if (what === 4) live.delete(victim);
      if (what === 5) victim.write(event("ERROR", { kind: "Status", code: 410, reason: "Expired" }));
      if (what === 6) victim.write(event("BOOKMARK", { metadata: { resourceVersion: String(version) } }));
    };

    h.api.answer = (_seen, response) =>
      json(response, 200, { metadata: { resourceVersion: String(version) }, items: [] });
    h.api.nextList(...Array.from({ length: 5_000 }, () => list));
    h.api.nextWatch(...Array.from({ length: 5_000 }, () => watch));
    for (let i = 0; i < 10; i += 1) change();
    h.start();
    for (let i = 0; i < 300; i += 1) {
      change();
      if (random() < 0.15) disturb();
      if (random() < 0.5) await new Promise((resolve) => setTimeout(resolve, random() * 10));
    }
    const show = (all: Iterable<KubeObject>) =>
      [...all]
        .map((object) => `${object.metadata.name} ${object.metadata.uid} ${object.metadata.resourceVersion}`)
        .sort();
    const right = show(objects.values());
    await until(() => JSON.stringify(show(h.informer.list())) === JSON.stringify(right), "the cache", 60_000);
    await until(() => JSON.stringify(show(told.values())) === JSON.stringify(right), "the handlers", 60_000);
    t.deepEqual(lies, []);
    t.is(h.informer.rewinds, 0);
  });
}

const someObject = fc
  .record({
    name: fc.constantFrom("a", "b", "c"),
    uid: fc.constantFrom("u1", "u2"),
    version: fc.integer({ min: 1, max: 5 }),
  })
  .map(({ name, uid, version }) => configMap(name, version, uid));

test("whatever lists follow each other, the changes between them lead from one to the next", (t) => {
  const lists = fc.array(fc.uniqueArray(someObject, { selector: (object) => object.metadata.name ?? "" }), {
    maxLength: 6,
  });
  fc.assert(
    fc.property(lists, (sequence) => {
      const cache = createCache<KubeObject>();
      cache.addIndex("uid", (object) => [object.metadata.uid ?? ""]);
      const followed = new Map<string, KubeObject>();
      for (const list of sequence) {
        for (const one of cache.replace(list)) {
          const key = keyOf(one.object);
          if (one.type === "add" && followed.has(key)) throw new Error("added twice");
          if (one.type === "update" && followed.get(key)?.metadata.uid !== one.object.metadata.uid)
            throw new Error("not the same object");
          if (one.type === "delete") followed.delete(key);
          else followed.set(key, one.object);
        }
        const byKey = (objects: KubeObject[]) => objects.map((object) => JSON.stringify(object.metadata)).sort();
        t.deepEqual(byKey([...followed.values()]), byKey(list));
        t.deepEqual(byKey(cache.list()), byKey(list));
        for (const uid of ["u1", "u2"]) {
          t.deepEqual(byKey(cache.byIndex("uid", uid)), byKey(list.filter((object) => object.metadata.uid === uid)));
        }
      }
    }),
  );
  t.pass();
});
