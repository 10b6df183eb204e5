import test from "ava";
import canonicalize from "canonicalize";
import fc from "fast-check";
import { auditable, canonical, MAX_DEPTH } from "../../controller/audit/canonical.ts";
import { type EventInput, parseEvent, prepareEvent, sealEvent, uuidv7 } from "../../controller/audit/event.ts";
import { EVENT_TYPES } from "../../controller/audit/event-types.ts";
import { ZERO_HASH } from "../../controller/audit/hash.ts";

const random = Buffer.alloc(10, 7);
const place = { origin: "agent-safe/u/controller", epoch: 3, seq: 9, prev: ZERO_HASH };

function seal(input: EventInput): string {
  return sealEvent(prepareEvent(input, { time: 1_795_000_000_123, random, blobs: [] }), place);
}

test("RFC 8785 §3.2.3: keys are sorted by UTF-16 code units, not by code points", (t) => {
  const value = {
    "\u20ac": "Euro Sign",
    "\r": "Carriage Return",
    "\ufb33": "Hebrew Letter Dalet With Dagesh",
    "1": "One",
    "\ud83d\ude00": "Emoji: Grinning Face",
    "\u0080": "Control",
    "\u00f6": "Latin Small Letter O With Diaeresis",
  };
  const names = Object.values(
    JSON.parse(
      `[${canonical(value)
        .slice(1, -1)
        .replace(/"(?:[^"\\]|\\.)*":/gu, "")}]`,
    ),
  );
  t.deepEqual(names, [
    "Carriage Return",
    "One",
    "Control",
    "Latin Small Letter O With Diaeresis",
    "Euro Sign",
    "Emoji: Grinning Face",
    "Hebrew Letter Dalet With Dagesh",
  ]);
});

test("RFC 8785 §3.2.2.2: strings are escaped in the one short way", (t) => {
  t.is(canonical({ string: '\u20ac$\u000f\nA\'B"\\\\"/' }), '{"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}');
  t.is(canonical({ literals: [null, true, false] }), '{"literals":[null,true,false]}');
});

test("any value has the form that another implementation of RFC 8785 gives it", (t) => {
  const key = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("__proto__", "1", "10", "9", "toString"));
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      fc.maxSafeInteger(),
      fc.boolean(),
      fc.constant(null),
      fc.string({ unit: "binary" }),
      fc.array(tie("value"), { maxLength: 5 }),
      fc.dictionary(key, tie("value"), { maxKeys: 6 }),
    ),
  }));
  fc.assert(
    fc.property(value, (v) => t.is(canonical(v), canonicalize(v) ?? "")),
    { numRuns: 500 },
  );
});

test("only integers within 2^53 are numbers", (t) => {
  t.is(canonical([0, -1, Number.MAX_SAFE_INTEGER]), "[0,-1,9007199254740991]");
  t.is(canonical(-0), "0");
  for (const bad of [0.5, 1e300, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY]) {
    t.throws(() => canonical({ a: { b: [bad] } }, "data"), { code: "BAD_EVENT", message: /data\.a\.b\[0\]/u });
  }
});

test("what has no JSON form is refused with its path", (t) => {
  for (const bad of [1n, () => 1, Symbol("x"), new Date(0), new Map(), "\ud800"]) {
    t.throws(() => canonical({ a: bad }), { code: "BAD_EVENT" });
  }
});

test("deep nesting is refused, however deep, without exhausting the stack", (t) => {
  for (const depth of [MAX_DEPTH + 1, 5_000]) {
    let value: unknown = 1;
    for (let i = 0; i < depth; i++) value = i % 2 ? [value] : { a: value };
    t.throws(() => canonical(value), { code: "BAD_EVENT", message: /nested deeper/u });
    t.notThrows(() => canonical({ data: auditable(value) }));
  }
});

test("auditable makes any JSON value fit and changes nothing that fits", (t) => {
  const fits = { a: [1, "x", null, true], b: { c: -5 } };
  t.is(canonical(auditable(fits)), canonical(fits));
  const odd = JSON.parse('{"cpu":0.5,"big":1e21,"__proto__":{"x":1},"bad":"\\ud800!"}');
  t.is(canonical(auditable(odd)), '{"__proto__":{"x":1},"bad":"\ufffd!","big":"1e+21","cpu":"0.5"}');
});

test("an event's text is the canonical form of the event", (t) => {
  const inputs: EventInput[] = [
    { type: "decision.made", data: {} },
    {
      type: "execution.intent",
      data: { z: 1, a: { "\u20ac": 2, "1": [{}] }, gone: undefined },
      action: { uid: "u", ns: "agents", name: "n", ref: "x", attempt: 2 },
      actor: { kind: "agent", username: "system:serviceaccount:a:b", chain: ["x", "y"] },
      target: { id: "prod/api", kind: "Deployment" },
    },
  ];
  for (const input of inputs) {
    const text = seal(input);
    t.is(text, canonicalize(JSON.parse(text)) ?? "");
    const event = parseEvent(Buffer.from(text));
    t.is(event.seq, 9);
    t.is(event.epoch, 3);
    t.is(event.time, new Date(1_795_000_000_123).toISOString());
    t.regex(event.id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/u);
  }
});

test("an event is one line, whatever the agent wrote", (t) => {
  const text = seal({ type: "decision.made", data: { reason: 'a\nb\r\n{"seq":0}\u2028\u001b[31m\u0000' } });
  t.notRegex(text, /\p{Cc}/u);
  t.is(parseEvent(Buffer.from(text)).data.reason, 'a\nb\r\n{"seq":0}\u2028\u001b[31m\u0000');
});

test("the set of types is closed", (t) => {
  t.is(new Set(EVENT_TYPES).size, EVENT_TYPES.length);
  const foreign: EventInput = JSON.parse('{"type":"decision.forged","data":{}}');
  t.throws(() => seal(foreign), { code: "BAD_EVENT", message: /decision\.forged/u });
});

test("an entry is at most 65,535 bytes", (t) => {
  t.throws(() => seal({ type: "decision.made", data: { x: "y".repeat(65_000) } }), { code: "ENTRY_TOO_LARGE" });
  t.throws(() => seal({ type: "decision.made", data: { x: "€".repeat(21_800) } }), { code: "ENTRY_TOO_LARGE" });
  t.true(Buffer.byteLength(seal({ type: "decision.made", data: { x: "y".repeat(64_000) } })) < 65_536);
});

test("ids are UUIDv7 and sort by time", (t) => {
  t.is(uuidv7(0x0123_4567_89ab, Buffer.alloc(10, 0xff)), "01234567-89ab-7fff-bfff-ffffffffffff");
  t.true(uuidv7(2 ** 32, random) < uuidv7(2 ** 32 + 1, random));
});
