import test from "ava";
import {
  createMetrics,
  createMetricsServer,
  createProbes,
  createStallWatch,
  progressCheck,
  syncedCheck,
} from "../../controller/runtime/index.ts";
import { parseAddress } from "../../controller/runtime/side-server.ts";
import { configMaps } from "./informer-harness.ts";

test("health and readiness by name, with exclusions", async (t) => {
  let ready: boolean | string = "caches are cold";
  const probes = createProbes({
    address: "127.0.0.1:0",
    checks: {
      health: { ping: () => true },
      ready: {
        caches: () => ready,
        guard: async () => true,
        thrower: () => {
          throw new Error("bad\nline");
        },
      },
    },
  });
  const url = await probes.start();
  t.teardown(() => probes.stop());
  const ask = async (path: string) => {
    const response = await fetch(url + path);
    return [response.status, await response.text()] as const;
  };
  t.deepEqual(await ask("/healthz"), [200, "ok"]);
  t.deepEqual(await ask("/livez"), [200, "ok"]);
  t.deepEqual(await ask("/readyz"), [
    503,
    "[-]caches failed: caches are cold\n[+]guard ok\n[-]thrower failed: bad line\n",
  ]);
  t.deepEqual(await ask("/readyz/guard"), [200, "ok"]);
  t.is((await ask("/readyz/caches"))[0], 503);
  ready = true;
  t.is((await ask("/readyz"))[0], 503);
  t.deepEqual(await ask("/readyz?exclude=thrower"), [200, "ok"]);
  t.deepEqual(await ask("/readyz?exclude=thrower&exclude=guard&verbose"), [
    200,
    "[+]caches ok\n[+]thrower excluded\n".replace("[+]thrower", "[+]guard excluded\n[+]thrower"),
  ]);
  for (const path of ["/", "/readyz/none", "/readyz/toString", "/toString", "/readyz/guard/x"])
    t.is((await ask(path))[0], 404, path);
  t.is((await fetch(`${url}/healthz`, { method: "POST" })).status, 405);
});

test("a check that never answers is a failure", async (t) => {
  const probes = createProbes({
    address: "127.0.0.1:0",
    checks: { health: { stuck: () => new Promise(() => undefined) }, ready: {} },
  });
  const url = await probes.start();
  t.teardown(() => probes.stop());
  const response = await fetch(`${url}/healthz`);
  t.is(response.status, 503);
  t.regex(await response.text(), /no answer/);
});

test("metrics are served as text", async (t) => {
  const metrics = createMetrics();
  const server = createMetricsServer({ address: "127.0.0.1:0", registry: metrics.registry });
  const url = await server.start();
  t.teardown(() => server.stop());
  const text = await (await fetch(`${url}/metrics`)).text();
  t.regex(text, /^agentsafe_events_total\{result="dropped"\} 0$/m);
  t.regex(text, /^process_cpu_seconds_total /m);
  t.is((await fetch(`${url}/other`)).status, 404);
});

test("an address that is taken or malformed is an error", async (t) => {
  const first = createProbes({ address: "127.0.0.1:0", checks: { health: {}, ready: {} } });
  const url = await first.start();
  t.teardown(() => first.stop());
  const second = createProbes({ address: url.replace("http://", ""), checks: { health: {}, ready: {} } });
  await t.throwsAsync(second.start(), { code: "EADDRINUSE" });
  t.deepEqual(parseAddress(":8080"), { port: 8_080 });
  t.deepEqual(parseAddress("[::1]:80"), { host: "::1", port: 80 });
  for (const bad of ["8080", "host", "a:99999", "a:b", ""])
    t.throws(() => parseAddress(bad), { message: /no address/ }, bad);
});

test("readiness knows cold caches, health knows caches that hear nothing", (t) => {
  let now = 0;
  const cache = { resource: configMaps, hasSynced: false, lastEventAt: 0 };
  const synced = syncedCheck([cache]);
  const progress = progressCheck([cache], () => now, 1_000);
  t.is(synced(), "not synced: configmaps");
  t.is(progress(), true);
  now = 1_500;
  t.is(progress(), "nothing heard of: configmaps");
  cache.lastEventAt = 1_000;
  cache.hasSynced = true;
  t.is(synced(), true);
  t.is(progress(), true);
});

test("a held-up event loop is seen, and forgotten after a while", async (t) => {
  const watch = createStallWatch({ maxStallMs: 300, windowMs: 1_500 });
  t.teardown(() => watch.stop());
  const end = performance.now() + 600;
  while (performance.now() < end);
  t.regex(String(watch.check()), /stood still/);
  await new Promise((resolve) => setTimeout(resolve, 10));
  t.regex(String(watch.check()), /stood still/);
  const deadline = performance.now() + 20_000;
  while (watch.check() !== true && performance.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 100));
  t.is(watch.check(), true);
});
