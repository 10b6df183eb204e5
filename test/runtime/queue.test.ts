import test from "ava";
import fc from "fast-check";
import {
  createQueue,
  priority,
  type QueueOptions,
  type SetTimer,
  type WorkQueue,
} from "../../controller/runtime/index.ts";

/** Time that moves only when told to. */
function fakeTime() {
  let now = 0;
  let timers: { at: number; run: () => void }[] = [];
  const setTimer: SetTimer = (run, delayMs) => {
    const timer = { at: now + delayMs, run };
    timers.push(timer);
    return () => {
      timers = timers.filter((other) => other !== timer);
    };
  };
  return {
    clock: () => now,
    setTimer,
    pending: () => timers.length,
    advance(ms: number): void {
      const end = now + ms;
      for (;;) {
        const due = timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
        if (!due) break;
        timers = timers.filter((timer) => timer !== due);
        now = Math.max(now, due.at);
        due.run();
      }
      now = end;
    },
  };
}

function setUp(options: Partial<QueueOptions> = {}) {
  const time = fakeTime();
  return { time, queue: createQueue({ clock: time.clock, setTimer: time.setTimer, ...options }) };
}

/** Everything that can be taken now, each done at once. */
async function drain(queue: WorkQueue): Promise<string[]> {
  const keys: string[] = [];
  while (queue.depth > 0) {
    const key = (await queue.take()) ?? "";
    keys.push(key);
    queue.done(key);
  }
  return keys;
}

test("a key that is added often is given out once", async (t) => {
  const { queue } = setUp();
  for (const key of ["a", "b", "a", "a"]) queue.add(key);
  t.is(queue.depth, 2);
  t.deepEqual(await drain(queue), ["a", "b"]);
});

test("a key that is added while it is worked on comes back after done, once", async (t) => {
  const { queue } = setUp();
  queue.add("a");
  t.is(await queue.take(), "a");
  queue.add("a");
  queue.add("a");
  t.is(queue.depth, 0);
  queue.done("a");
  t.is(queue.depth, 1);
  t.deepEqual(await drain(queue), ["a"]);
});

test("a waiting taker gets the next key", async (t) => {
  const { queue } = setUp();
  const first = queue.take();
  const second = queue.take();
  queue.add("a");
  queue.add("b");
  t.deepEqual(await Promise.all([first, second]), ["a", "b"]);
});

test("higher priority goes first; adding again raises it, never lowers it", async (t) => {
  const { queue } = setUp();
  queue.add("old1", { priority: priority.initial });
  queue.add("old2", { priority: priority.initial });
  queue.add("fresh");
  queue.add("old2");
  queue.add("fresh", { priority: priority.initial });
  t.deepEqual(await drain(queue), ["fresh", "old2", "old1"]);
});

test("steady fresh work does not starve what ranks low", async (t) => {
  const { queue } = setUp();
  queue.add("low", { priority: priority.initial });
  const taken: string[] = [];
  for (let i = 0; i < 20 && !taken.includes("low"); i += 1) {
    queue.add(`fresh${i}a`);
    queue.add(`fresh${i}b`);
    const key = (await queue.take()) ?? "";
    taken.push(key);
    queue.done(key);
  }
  t.true(taken.includes("low"));
});

test("a delayed key comes at its time; the earlier of two times wins; an addition without delay wins over both", async (t) => {
  const { queue, time } = setUp();
  queue.add("a", { delayMs: 1_000 });
  queue.add("a", { delayMs: 400 });
  queue.add("a", { delayMs: 2_000 });
  queue.add("b", { delayMs: 600 });
  t.is(queue.delayed, 2);
  time.advance(399);
  t.is(queue.depth, 0);
  time.advance(1);
  t.deepEqual(await drain(queue), ["a"]);
  queue.add("b");
  t.deepEqual(await drain(queue), ["b"]);
  time.advance(5_000);
  t.is(queue.depth, 0);
  t.is(time.pending(), 0);
});

test("a delay that ends while the key is worked on brings it back after done", async (t) => {
  const { queue, time } = setUp();
  queue.add("a");
  await queue.take();
  queue.add("a", { delayMs: 100 });
  time.advance(200);
  t.is(queue.depth, 0);
  queue.done("a");
  t.is(queue.depth, 1);
});

test("failures double the delay from 750 ms to 15 min, per key, until forgotten", (t) => {
  const { queue } = setUp();
  const delays = Array.from({ length: 13 }, () => queue.addRateLimited("a"));
  t.deepEqual(delays.slice(0, 4), [750, 1_500, 3_000, 6_000]);
  t.is(delays.at(-1), 900_000);
  t.is(queue.addRateLimited("b"), 750);
  t.is(queue.failures("a"), 13);
  queue.forget("a");
  t.is(queue.failures("a"), 0);
  t.is(queue.addRateLimited("a"), 750);
});

test("a full queue refuses new keys, says so, and still takes known ones", (t) => {
  const { queue } = setUp({ maxKeys: 2 });
  t.true(queue.add("a"));
  t.true(queue.add("b", { delayMs: 10 }));
  t.false(queue.add("c"));
  t.is(queue.addRateLimited("d"), 750);
  t.is(queue.failures("d"), 0);
  t.true(queue.add("a"));
  t.true(queue.add("b"));
  t.is(queue.refused, 2);
});

test("closing ends waiting takers, and nothing comes after it", async (t) => {
  const { queue, time } = setUp();
  const waiting = queue.take();
  queue.add("x", { delayMs: 5 });
  queue.close();
  t.is(await waiting, undefined);
  t.false(queue.add("a"));
  t.is(await queue.take(), undefined);
  t.is(time.pending(), 0);
});

type Command =
  | { do: "add"; key: string; delayMs: number; rank: number }
  | { do: "fail"; key: string }
  | { do: "take" }
  | { do: "done" }
  | { do: "advance"; ms: number };

const key = fc.constantFrom("a", "b", "c", "d");
const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({
    do: fc.constant("add" as const),
    key,
    delayMs: fc.constantFrom(0, 0, 1, 50, 1_000),
    rank: fc.constantFrom(-100, 0, 10),
  }),
  fc.record({ do: fc.constant("fail" as const), key }),
  fc.constant({ do: "take" as const }),
  fc.constant({ do: "done" as const }),
  fc.record({ do: fc.constant("advance" as const), ms: fc.integer({ min: 0, max: 2_000 }) }),
);

test("whatever happens: no key runs twice at once, and no addition is lost", async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 80 }), async (commands) => {
      const { queue, time } = setUp();
      const running: string[] = [];
      /** Keys that were added since their last work began: they are owed another run. */
      const owed = new Set<string>();
      const begin = async () => {
        if (queue.depth === 0) return;
        const taken = (await queue.take()) ?? "";
        if (running.includes(taken)) throw new Error(`${taken} runs twice`);
        if (!owed.delete(taken)) throw new Error(`${taken} was given out unasked`);
        running.push(taken);
      };
      const end = () => {
        const one = running.shift();
        if (one) queue.done(one);
      };
      for (const next of commands) {
        if (next.do === "add" && queue.add(next.key, { delayMs: next.delayMs, priority: next.rank }))
          owed.add(next.key);
        if (next.do === "fail" && queue.addRateLimited(next.key) > 0) owed.add(next.key);
        if (next.do === "take") await begin();
        if (next.do === "done") end();
        if (next.do === "advance") time.advance(next.ms);
        if (queue.depth + queue.delayed + queue.running > 8) throw new Error("a key is held more than twice");
      }
      while (running.length > 0) end();
      time.advance(1_000_000);
      while (queue.depth > 0) {
        await begin();
        end();
      }
      t.deepEqual([...owed], []);
      t.is(queue.delayed, 0);
      t.is(time.pending(), 0);
    }),
    { numRuns: 300 },
  );
});
