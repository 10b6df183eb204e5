import test from "ava";
import fc from "fast-check";
import {
  assertStatusInvariants,
  type Condition,
  getCondition,
  isTrue,
  removeCondition,
  setCondition,
  statusViolations,
  summarise,
} from "../../controller/runtime/index.ts";

const before = "2026-01-01T00:00:00Z";
const now = "2026-01-02T00:00:00Z";
const ready = { type: "Ready", status: "True", reason: "Succeeded", message: "", observedGeneration: 1 } as const;

test("a condition's time moves only when its status does", (t) => {
  const list = setCondition([], ready, before);
  t.is(
    getCondition(setCondition(list, { ...ready, reason: "Other", message: "new" }, now), "Ready")?.lastTransitionTime,
    before,
  );
  t.is(getCondition(setCondition(list, { ...ready, status: "False" }, now), "Ready")?.lastTransitionTime, now);
});

test("setting and removing leave the list that was given as it is", (t) => {
  const list = Object.freeze(setCondition([], ready, before).map(Object.freeze)) as Condition[];
  const longer = setCondition(list, { ...ready, type: "Approved" }, now);
  t.deepEqual(
    longer.map((entry) => entry.type),
    ["Ready", "Approved"],
  );
  t.deepEqual(removeCondition(longer, "Ready").length, 1);
  t.is(list.length, 1);
  t.true(isTrue(list, "Ready"));
  t.false(isTrue(undefined, "Ready"));
});

test("a state in sum: abnormal conditions are there only while True, and the generation moves on only when settled", (t) => {
  const started = summarise(
    undefined,
    { state: "reconciling", reason: "Evaluating", message: "m", ready: "Unknown", generation: 1 },
    before,
  );
  t.is(started.observedGeneration, -1);
  t.is(getCondition(started.conditions, "Ready")?.status, "Unknown");
  t.true(isTrue(started.conditions, "Reconciling"));
  const stalled = summarise(started, { state: "stalled", reason: "Denied", message: "no", generation: 1 }, now);
  t.is(stalled.observedGeneration, 1);
  t.is(getCondition(stalled.conditions, "Ready")?.status, "False");
  t.is(getCondition(stalled.conditions, "Reconciling"), undefined);
  t.true(isTrue(stalled.conditions, "Stalled"));
  const done = summarise(stalled, { state: "ready", reason: "Succeeded", message: "", generation: 2 }, now);
  t.deepEqual(
    done.conditions.map((entry) => [entry.type, entry.status, entry.observedGeneration]),
    [["Ready", "True", 2]],
  );
});

test("whatever the states, their sum keeps the invariants", (t) => {
  const state = fc.record({
    state: fc.constantFrom("ready", "reconciling", "stalled"),
    ready: fc.constantFrom("False", "Unknown"),
    reason: fc.constantFrom("A", "AwaitingApproval"),
    message: fc.string(),
    bump: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(state, { minLength: 1, maxLength: 12 }), (states) => {
      let generation = 1;
      let status: { conditions: Condition[]; observedGeneration: number } | undefined;
      for (const { bump, ...one } of states) {
        if (bump) generation += 1;
        status = summarise(status, { ...one, generation } as Parameters<typeof summarise>[1], now);
        assertStatusInvariants({ metadata: { name: "x", generation }, status });
      }
    }),
  );
  t.pass();
});

function conditions(...entries: [string, string, number?][]): Condition[] {
  return entries.map(([type, status, observedGeneration = 1]) => ({
    type,
    status: status as Condition["status"],
    reason: "Because",
    message: "",
    observedGeneration,
    lastTransitionTime: now,
  }));
}

const broken: [string, Condition[], number, RegExp][] = [
  ["no Ready", conditions(["Executed", "True"]), 1, /Ready is missing/],
  [
    "ready and reconciling",
    conditions(["Ready", "True"], ["Reconciling", "True"]),
    1,
    /Ready and Reconciling are both True/,
  ],
  ["ready and stalled", conditions(["Ready", "True"], ["Stalled", "True"]), 1, /Ready and Stalled are both True/],
  [
    "both abnormal",
    conditions(["Ready", "False"], ["Reconciling", "True"], ["Stalled", "True"]),
    1,
    /Reconciling and Stalled are both/,
  ],
  ["abnormal but False", conditions(["Ready", "True"], ["Stalled", "False"]), 1, /Stalled is there but not True/],
  ["stalled with Ready Unknown", conditions(["Ready", "Unknown"], ["Stalled", "True"]), 1, /Ready is not False/],
  ["unknown without progress", conditions(["Ready", "Unknown"]), 1, /Unknown without Reconciling/],
  ["not ready without why", conditions(["Ready", "False"]), 1, /neither Reconciling nor Stalled/],
  ["observed ahead", conditions(["Ready", "True"]), 5, /ahead of generation 2/],
  ["condition ahead", conditions(["Ready", "True", 5]), 1, /Ready is ahead of generation 2/],
  [
    "ready but conditions of another generation",
    conditions(["Ready", "True", 2], ["Executed", "True", 1]),
    2,
    /Executed observed 1, the object 2/,
  ],
  [
    "approved and denied",
    conditions(["Ready", "False"], ["Stalled", "True"], ["Approved", "True"], ["Denied", "True"]),
    1,
    /Approved and Denied/,
  ],
  ["denied but ready", conditions(["Ready", "True"], ["Denied", "True"]), 1, /Denied, but Ready/],
  [
    "finished but reconciling",
    conditions(["Ready", "False"], ["Reconciling", "True"], ["Finished", "True"]),
    1,
    /Finished, but Reconciling/,
  ],
  ["a type twice", conditions(["Ready", "True"], ["Ready", "True"]), 1, /Ready is there twice/],
  ["no reason", [{ ...conditions(["Ready", "True"])[0], reason: "" } as Condition], 1, /no proper reason/],
  [
    "no time",
    [{ ...conditions(["Ready", "True"])[0], lastTransitionTime: "" } as Condition],
    1,
    /no lastTransitionTime/,
  ],
];

for (const [what, list, observedGeneration, message] of broken) {
  test(`a status is refused: ${what}`, (t) => {
    const object = { metadata: { name: "x", generation: 2 }, status: { conditions: list, observedGeneration } };
    t.regex(statusViolations(object).join("\n"), message);
    t.throws(() => assertStatusInvariants(object), { code: "STATUS_INVARIANT" });
  });
}

test("an object that no controller has seen yet, and a settled one that is well, pass", (t) => {
  t.deepEqual(statusViolations({ metadata: { generation: 1 }, status: { observedGeneration: -1 } }), []);
  const list = conditions(["Ready", "False"], ["Stalled", "True"], ["Denied", "True"], ["Finished", "True"]);
  t.deepEqual(
    statusViolations({
      metadata: { generation: 1 },
      status: { observedGeneration: 1, conditions: list, settled: true },
    }),
    [],
  );
});
