import test from "ava";
import {
  type ControllerOptions,
  createController,
  createGate,
  createMetrics,
  createQueue,
  KubeError,
  type SetTimer,
  TerminalError,
} from "../../controller/runtime/index.ts";
import { until } from "./scripted-server.ts";

function setUp(options: Pick<ControllerOptions, "reconcile"> & Partial<ControllerOptions>, baseDelayMs = 5) {
  const metrics = createMetrics({ defaults: false });
  const queue = createQueue({ clock: Date.now, baseDelayMs, name: "test", metrics: metrics.queue });
  const controller = createController({ name: "test", queue, metrics: metrics.controller, ...options });
  const value = async (metric: string, labels: Record<string, string> = {}) => {
    const found = await metrics.registry.getSingleMetric(metric)?.get();
    const same = (entry: { labels: object }) =>
      Object.entries(labels).every(([name, text]) =>
        Object.entries(entry.labels).some(([n, v]) => n === name && v === text),
      );
    return found?.values.find(same)?.value;
  };
  return { queue, controller, metrics, value };
}

test("a failing key is tried again until it succeeds, whatever was thrown", async (t) => {
  const thrown: unknown[] = [new Error("first"), "a string", undefined, new TypeError("a fault")];
  let calls = 0;
  const { queue, controller, value } = setUp({
    async reconcile() {
      calls += 1;
      if (thrown.length > 0) throw thrown.shift();
    },
  });
  controller.start();
  queue.add("a");
  await until(() => calls === 5, "five calls");
  await until(() => queue.running === 0, "the end");
  t.is(queue.failures("a"), 0);
  await controller.stop();
  t.is(await value("controller_runtime_reconcile_errors_total"), 4);
  t.is(await value("controller_runtime_reconcile_panics_total"), 3);
  t.is(await value("controller_runtime_reconcile_total", { result: "success" }), 1);
  t.is(await value("workqueue_retries_total"), 4);
});

test("a terminal error is not tried again", async (t) => {
  let calls = 0;
  const { queue, controller, value } = setUp({
    reconcile() {
      calls += 1;
      throw new TerminalError("no use");
    },
  });
  controller.start();
  queue.add("a");
  await until(() => calls === 1 && queue.running === 0, "the call");
  await new Promise((resolve) => setTimeout(resolve, 50));
  t.is(calls, 1);
  t.is(queue.delayed, 0);
  t.is(await value("controller_runtime_terminal_reconcile_errors_total"), 1);
  await controller.stop();
});

test("requeueAfterMs brings the key back, jittered by 5 % at most", async (t) => {
  for (const [random, least, most] of [
    [0, 190, 190],
    [1, 210, 210],
  ] as const) {
    const delays: number[] = [];
    const setTimer: SetTimer = (_run, delayMs) => {
      delays.push(delayMs);
      return () => undefined;
    };
    const queue = createQueue({ clock: () => 0, setTimer });
    const controller = createController({
      name: "t",
      queue,
      random: () => random,
      reconcile: async () => ({ requeueAfterMs: 200 }),
    });
    controller.start();
    queue.add("a");
    await until(() => delays.length === 1, "the delay");
    t.true((delays[0] ?? 0) >= least && (delays[0] ?? 0) <= most + 0.001, String(delays[0]));
    await controller.stop();
  }
});

test("a reconcile that takes too long is aborted, counted and tried again, never doubled", async (t) => {
  let running = 0;
  let most = 0;
  let calls = 0;
  const { queue, controller, value } = setUp({
    timeoutMs: 30,
    workers: 4,
    async reconcile(_key, signal) {
      calls += 1;
      running += 1;
      most = Math.max(most, running);
      // A slow one that heeds its signal late.
      await new Promise((resolve) => signal.addEventListener("abort", () => setTimeout(resolve, 60)));
      running -= 1;
    },
  });
  controller.start();
  queue.add("a");
  const again = setInterval(() => queue.add("a"), 10);
  await until(() => calls >= 3, "three calls");
  clearInterval(again);
  t.is(most, 1);
  t.true(((await value("controller_runtime_reconcile_timeouts_total")) ?? 0) >= 2);
  // Its signal was aborted: what it answered is not to be trusted.
  t.true(((await value("controller_runtime_reconcile_errors_total")) ?? 0) >= 2);
  t.is(await value("controller_runtime_reconcile_total", { result: "success" }), 0);
  await controller.stop();
});

test("keys are worked on side by side, up to the number of workers", async (t) => {
  let running = 0;
  let most = 0;
  let done = 0;
  const { queue, controller } = setUp({
    workers: 3,
    async reconcile() {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 20));
      running -= 1;
      done += 1;
    },
  });
  controller.start();
  for (let i = 0; i < 10; i += 1) queue.add(`k${i}`);
  await until(() => done === 10, "all");
  t.is(most, 3);
  await controller.stop();
});

test("stopping aborts what runs and waits for it; nothing starts after", async (t) => {
  const events: string[] = [];
  const { queue, controller } = setUp({
    async reconcile(key, signal) {
      events.push(`start ${key}`);
      await new Promise((resolve) => signal.addEventListener("abort", () => setTimeout(resolve, 30)));
      events.push(`end ${key}`);
    },
  });
  controller.start();
  queue.add("a");
  queue.add("b");
  await until(() => events.length === 1, "the start");
  await controller.stop();
  t.deepEqual(events, ["start a", "end a"]);
});

test("the gate holds a key until the cache has seen what was written, and lets others pass", async (t) => {
  const waits: { version: string; resolve: () => void; reject: (error: Error) => void }[] = [];
  const source = {
    resourceVersion: "10",
    waitForResourceVersion: (version: string) =>
      new Promise<void>((resolve, reject) => void waits.push({ version, resolve, reject })),
  };
  const gate = createGate(source);
  const worked: string[] = [];
  const { queue, controller } = setUp({
    gate,
    async reconcile(key) {
      worked.push(key);
    },
  });
  gate.expect("seen", "9");
  gate.expect("a", "20");
  gate.expect("a", "15");
  gate.expect("gone", "30");
  t.is(gate.size, 2);
  controller.start();
  for (const key of ["a", "b", "seen", "gone"]) queue.add(key);
  await until(() => worked.length === 2, "the keys that are free");
  t.deepEqual(worked, ["b", "seen"]);
  t.is(waits[0]?.version, "20");
  waits[0]?.resolve();
  await until(() => worked.length === 3, "the held key");
  // After the server's history went back, the awaited version will never come.
  waits[1]?.reject(new KubeError({ code: "GONE", message: "rewound" }));
  await until(() => worked.length === 4, "the key whose write is gone");
  t.is(gate.size, 0);
  await controller.stop();
});

test("the names that dashboards know are there from the start, at 0", async (t) => {
  const { controller, metrics } = setUp({ reconcile: async () => undefined, workers: 2 });
  const text = await metrics.registry.metrics();
  for (const line of [
    'controller_runtime_reconcile_total{controller="test",result="error"} 0',
    'controller_runtime_reconcile_total{controller="test",result="requeue_after"} 0',
    'controller_runtime_reconcile_total{controller="test",result="success"} 0',
    'controller_runtime_reconcile_errors_total{controller="test"} 0',
    'controller_runtime_terminal_reconcile_errors_total{controller="test"} 0',
    'controller_runtime_reconcile_panics_total{controller="test"} 0',
    'controller_runtime_reconcile_timeouts_total{controller="test"} 0',
    'controller_runtime_reconcile_time_seconds_count{controller="test"} 0',
    'controller_runtime_active_workers{controller="test"} 0',
    'controller_runtime_max_concurrent_reconciles{controller="test"} 2',
    'workqueue_depth{name="test"} 0',
    'workqueue_adds_total{name="test"} 0',
    'workqueue_retries_total{name="test"} 0',
    'workqueue_queue_duration_seconds_count{name="test"} 0',
    'workqueue_work_duration_seconds_count{name="test"} 0',
    'workqueue_unfinished_work_seconds{name="test"} 0',
    'workqueue_longest_running_processor_seconds{name="test"} 0',
  ]) {
    t.true(text.includes(line), line);
  }
  await controller.stop();
});
