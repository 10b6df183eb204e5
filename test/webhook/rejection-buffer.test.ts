import test from "ava";
import { BATCH_LIMIT, parseBatch } from "../../controller/runtime/rejections.ts";
import { createRejectionBuffer } from "../../webhook/rejections/buffer.ts";

const refusal = {
  kind: "ActionRequest",
  namespace: "agents",
  username: "system:serviceaccount:agents:deploy-bot",
  subject: "restart-deployment",
  target: "dev/web",
  codes: ["UnknownParameter"],
  message: "spec.params.x: not a parameter",
};

test("refusals that are alike are counted together", (t) => {
  let now = Date.UTC(2026, 0, 1);
  const buffer = createRejectionBuffer({ clock: () => now });
  buffer.add(refusal);
  now += 1000;
  buffer.add(refusal);
  buffer.add({ ...refusal, target: "dev/api" });
  const batch = buffer.next();
  t.deepEqual(
    batch?.rejections.map(({ target, count, firstAt, lastAt }) => [target, count, firstAt, lastAt]),
    [
      ["dev/web", 2, "2026-01-01T00:00:00.000Z", "2026-01-01T00:00:01.000Z"],
      ["dev/api", 1, "2026-01-01T00:00:01.000Z", "2026-01-01T00:00:01.000Z"],
    ],
  );
});

test("a batch keeps its id until it was taken, and new refusals wait behind it", (t) => {
  const buffer = createRejectionBuffer({ clock: Date.now });
  t.is(buffer.next(), undefined);
  buffer.add(refusal);
  const batch = buffer.next();
  buffer.add(refusal);
  t.is(buffer.next(), batch);
  buffer.accepted(batch?.id ?? "");
  const next = buffer.next();
  t.not(next?.id, batch?.id);
  t.is(next?.rejections[0]?.count, 1);
  t.is(buffer.lost, 0);
});

test("the buffer is bounded, and what is lost is counted", (t) => {
  const told: number[] = [];
  const buffer = createRejectionBuffer({ clock: Date.now, onLost: (count) => told.push(count) });
  for (let index = 0; index < BATCH_LIMIT + 5; index++) buffer.add({ ...refusal, subject: `action-${index}` });
  t.is(buffer.lost, 5);
  const batch = buffer.next();
  t.is(batch?.rejections.length, BATCH_LIMIT);
  buffer.refused(batch?.id ?? "");
  t.is(buffer.lost, BATCH_LIMIT + 5);
  t.deepEqual(told, [1, 1, 1, 1, 1, ...Array(BATCH_LIMIT).fill(1)]);
  t.is(buffer.next(), undefined);
});

test("whatever a user wrote, the receiver takes the batch", (t) => {
  const buffer = createRejectionBuffer({ clock: Date.now });
  const wild = "\u0000\u202e".repeat(5000);
  buffer.add({ ...refusal, username: wild, namespace: wild, subject: wild, target: wild, message: wild, kind: wild });
  const batch = buffer.next();
  t.deepEqual(parseBatch(JSON.stringify(batch)), batch);
});

test("a batch with anything missing or out of bounds is no batch", (t) => {
  const buffer = createRejectionBuffer({ clock: Date.now });
  buffer.add(refusal);
  const batch = JSON.parse(JSON.stringify(buffer.next()));
  const [good] = batch.rejections;
  t.truthy(parseBatch(JSON.stringify(batch)));
  t.is(parseBatch("no"), undefined);
  t.is(parseBatch("null"), undefined);
  t.is(parseBatch(JSON.stringify({ ...batch, id: "x" })), undefined);
  for (const bad of [
    { count: 0 },
    { count: 1.5 },
    { codes: ["a b"] },
    { codes: "x" },
    { firstAt: "yesterday" },
    { username: "u".repeat(257) },
    { message: undefined },
  ])
    t.is(parseBatch(JSON.stringify({ ...batch, rejections: [{ ...good, ...bad }] })), undefined);
  t.is(parseBatch(JSON.stringify({ ...batch, rejections: Array(BATCH_LIMIT + 1).fill(good) })), undefined);
});
