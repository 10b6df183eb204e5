import test from "ava";
import type { EventInput } from "../../controller/audit/event.ts";
import { verifyAuditLog } from "../../controller/audit/verify.ts";
import { folder, intent, newSigner, openLog, outcome } from "./support.ts";

const T0 = 1_795_000_000_000;
const used = (ticket: string): EventInput => ({ type: "ticket.used", data: { ticket } });
const recovered = (uid: string): EventInput => ({ ...outcome(uid), data: { result: "FAILURE", recovered: true } });

const cases: [name: string, events: [EventInput, number?][], kind: string | undefined, seq: number][] = [
  [
    "sound",
    [[intent("a")], [outcome("a")], [intent("a", 2)], [outcome("a", 2)], [used("t1")], [used("t2")], [intent("open")]],
    undefined,
    0,
  ],
  ["an outcome without an intent", [[intent("a")], [outcome("b")]], "outcome-without-intent", 3],
  [
    "what a recovery found out, without an intent here",
    [[recovered("a")], [intent("b")], [recovered("b")]],
    undefined,
    0,
  ],
  ["an execution that is not known", [[{ type: "execution.unknown", action: { uid: "a" }, data: {} }]], undefined, 0],
  ["an outcome of another attempt", [[intent("a")], [outcome("a", 2)]], "outcome-without-intent", 3],
  ["an outcome before its intent", [[outcome("a")], [intent("a")]], "outcome-without-intent", 2],
  ["two intents for one attempt", [[intent("a")], [outcome("a")], [intent("a")]], "duplicate-intent", 4],
  ["a ticket used twice", [[used("t1")], [used("t2")], [used("t1")]], "ticket-reused", 4],
  [
    "one ticket for two executions",
    [[intent("a", 1, { ticket: "t1" })], [intent("b", 1, { ticket: "t1" })]],
    "ticket-reused",
    3,
  ],
  [
    "time going back within the skew",
    [
      [used("a"), 4_000],
      [used("b"), 0],
    ],
    undefined,
    0,
  ],
  [
    "time going back",
    [
      [used("a"), 60_000],
      [used("b"), 0],
    ],
    "time-reversed",
    3,
  ],
];

for (const [name, events, kind, seq] of cases) {
  test(`${name}: ${kind ?? "nothing to find"}`, async (t) => {
    const dir = await folder(t);
    let now = T0;
    const log = await openLog(dir, await newSigner(), { clock: () => now });
    for (const [event, at = 0] of events) {
      now = T0 + at;
      await log.append(event);
    }
    await log.close();
    const result = await verifyAuditLog({ dir });
    t.is(result.exit, kind === undefined ? 0 : 7);
    t.deepEqual(
      result.findings.map((f) => [f.kind, f.seq]),
      kind === undefined ? [] : [[kind, seq]],
    );
  });
}
