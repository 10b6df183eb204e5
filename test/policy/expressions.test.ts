import test from "ava";
import fc from "fast-check";
import { ExpressionError } from "../../controller/policy/errors.ts";
import { compileGlob, globProblem } from "../../controller/policy/glob.ts";
import { compilePath, quoteIdentifier } from "../../controller/policy/path.ts";
import { compilePattern } from "../../controller/policy/regex.ts";
import { renderTemplate, templateErrors } from "../../controller/policy/template.ts";
import { compileWindow, inWindow, minutesOf, type TimeWindowSpec } from "../../controller/policy/time.ts";
import { naiveGlob } from "./reference.ts";

test("globs match as a naive matcher does", (t) => {
  const pattern = fc
    .array(fc.constantFrom("a", "b", "-", "*", "?", "[ab]", "[!ab]", "[b]"), { maxLength: 7 })
    .map((parts) => parts.join(""));
  const text = fc.string({ unit: fc.constantFrom("a", "b", "-", "c"), maxLength: 8 });
  fc.assert(
    fc.property(pattern, text, (p, s) => compileGlob(p)(s) === naiveGlob(p, s)),
    { numRuns: 5000 },
  );
  t.pass();
});

for (const [pattern, text, want] of [
  ["restart-*", "restart-deployment", true],
  ["*", "", true],
  ["a?c", "a😀c", true],
  ["[a-c]x", "bx", true],
  ["[!a-c]x", "bx", false],
  ["[]]", "]", true],
  ["[", "[", true],
  ["A*", "abc", false],
  ["a.c", "abc", false],
] as const) {
  test(`glob ${pattern} on ${text}: ${want}`, (t) => t.is(compileGlob(pattern)(text), want));
}

test("a hostile glob takes time in proportion to the text", (t) => {
  const glob = compileGlob(`${"*a".repeat(60)}*b`);
  const started = process.cpuUsage();
  t.false(glob("a".repeat(100_000)));
  t.true(process.cpuUsage(started).user < 5_000_000); // backtracking would not end
  t.is(globProblem("[abc"), 'has a "[" that is never closed');
  t.truthy(globProblem("a".repeat(300)));
});

const at = (iso: string): number => Date.parse(iso);
const window = (spec: TimeWindowSpec, iso: string): boolean => inWindow(compileWindow(spec), at(iso));
for (const [what, spec, iso, want] of [
  ["the start is in", { start: "09:00", end: "17:00" }, "2026-11-23T09:00:00Z", true],
  ["the end is not", { start: "09:00", end: "17:00" }, "2026-11-23T17:00:00Z", false],
  ["the second before it is", { start: "09:00", end: "17:00" }, "2026-11-23T16:59:59Z", true],
  ["24:00 is legal", { start: "23:00", end: "24:00" }, "2026-11-23T23:59:59Z", true],
  ["a day that is not listed", { days: ["tue"] }, "2026-11-23T12:00:00Z", false],
  [
    "past midnight belongs to the day it began",
    { days: ["fri"], start: "22:00", end: "06:00" },
    "2026-11-28T03:00:00Z",
    true,
  ],
  ["and not to the day that it is", { days: ["sat"], start: "22:00", end: "06:00" }, "2026-11-28T03:00:00Z", false],
  ["Sunday night into Monday", { days: ["sun"], start: "22:00", end: "06:00" }, "2026-11-23T05:59:00Z", true],
  ["Berlin in winter", { start: "09:00", end: "10:00", timeZone: "Europe/Berlin" }, "2026-01-15T08:30:00Z", true],
  ["Berlin in summer", { start: "09:00", end: "10:00", timeZone: "Europe/Berlin" }, "2026-07-15T07:30:00Z", true],
  [
    "Berlin in summer, an hour later",
    { start: "09:00", end: "10:00", timeZone: "Europe/Berlin" },
    "2026-07-15T08:30:00Z",
    false,
  ],
  [
    "the hour that comes twice, first",
    { start: "02:00", end: "03:00", timeZone: "Europe/Berlin" },
    "2026-10-25T00:30:00Z",
    true,
  ],
  [
    "the hour that comes twice, again",
    { start: "02:00", end: "03:00", timeZone: "Europe/Berlin" },
    "2026-10-25T01:30:00Z",
    true,
  ],
  [
    "after the hour that comes twice",
    { start: "02:00", end: "03:00", timeZone: "Europe/Berlin" },
    "2026-10-25T02:00:00Z",
    false,
  ],
  [
    "the instant before a spring-forward",
    { start: "01:00", end: "02:00", timeZone: "Europe/Berlin" },
    "2026-03-29T00:59:59.999Z",
    true,
  ],
  [
    "the hour that never comes",
    { start: "02:00", end: "03:00", timeZone: "Europe/Berlin" },
    "2026-03-29T01:00:00Z",
    false,
  ],
  [
    "a zone of quarter hours",
    { start: "12:00", end: "12:01", timeZone: "Asia/Kathmandu" },
    "2026-11-23T06:15:00Z",
    true,
  ],
  ["the day of the zone, not of UTC", { days: ["tue"], timeZone: "Asia/Tokyo" }, "2026-11-23T15:00:00Z", true],
] as const) {
  test(`time window: ${what}`, (t) => t.is(window(spec, iso), want));
}

test("times of day", (t) => {
  t.deepEqual(["00:00", "24:00", "24:01", "9:00", "12:60", "ab:cd"].map(minutesOf), [
    0,
    1440,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

const context = {
  params: { n: 3, s: "{{ params.n }}", list: [1] },
  target: { name: "web", labels: { "a.b/c": "x" } },
  before_state: { r: 0 },
  request: { uid: "u" },
};
for (const [template, want] of [
  ["{{ params.n }}", 3],
  ["{{params.list}}", [1]],
  ["n={{ params.n }}/{{ target.name }}", "n=3/web"],
  ["{{ params.s }}", "{{ params.n }}"],
  ["{{ before_state.r }}", 0],
  ['{{ target.labels["a.b/c"] }}', "x"],
  [{ "{{ target.name }}-{{ request.uid }}": ["{{ params.n }}"] }, { "web-u": [3] }],
  [{ a: "{{ params.absent }}", b: 1 }, { b: 1 }],
] as const) {
  test(`template ${JSON.stringify(template)}`, (t) => t.deepEqual(renderTemplate(template, context), want));
}
for (const [template, code] of [
  ["{{ params.absent }}", "Unresolved"],
  ["x {{ params.absent }}", "Unresolved"],
  [{ a: "{{ target.absent }}" }, "Unresolved"],
  ["{{ params.list }} x", "Type"],
  ["{{ params.n ", "Syntax"],
  ["{{ params.n + 1 }}", "Syntax"],
  ["{{ params }}", "Syntax"],
  ["{{ params.constructor }}", "Unresolved"],
  [{ "{{ target.name }}": 1, web: 2 }, "Type"],
] as const) {
  test(`template refused: ${JSON.stringify(template)}`, (t) => {
    t.is(t.throws(() => renderTemplate(template, context), { instanceOf: ExpressionError })?.code, code);
  });
}

test("what params bring in is never read as a template", (t) => {
  fc.assert(fc.property(fc.string(), (s) => renderTemplate("a{{ params.v }}", { params: { v: s } }) === `a${s}`));
  t.pass();
});

test("templateErrors names every wrong root and name at once", (t) => {
  const rules = { roots: { params: ["n"], target: null } };
  t.deepEqual(
    templateErrors({ a: "{{ params.m }}", "{{ env.X }}": ["{{ target.any }}", "{{"] }, rules).map((p) => p.path),
    [".a", ".{{ env.X }}", ".{{ env.X }}[1]"],
  );
});

test("JMESPath: finds, fails typed, and does not reach prototypes", (t) => {
  t.is(compilePath("spec.replicas")({ spec: { replicas: 3 } }), 3);
  t.is(compilePath("a.b")({}), null);
  t.is(compilePath("constructor.name")({ a: 1 }), null);
  t.deepEqual(compilePath("spec")({ spec: { a: 1 } }), { a: 1 });
  t.is(compilePath(`data.${quoteIdentifier("a.b/c")}`)({ data: { "a.b/c": "x" } }), "x");
  t.is(t.throws(() => compilePath("a.["), { instanceOf: ExpressionError })?.code, "Syntax");
  t.is(t.throws(() => compilePath("nope(@)")({}), { instanceOf: ExpressionError })?.code, "Evaluation");
});

test("patterns are RE2, match whole texts, and take linear time", (t) => {
  t.true(compilePattern("[a-z]+")("abc"));
  t.false(compilePattern("[a-z]+")("abc1"));
  t.is(t.throws(() => compilePattern("(?=a)b"), { instanceOf: ExpressionError })?.code, "Syntax");
  t.false(compilePattern("(a+)+$")(`${"a".repeat(5000)}!`));
});
