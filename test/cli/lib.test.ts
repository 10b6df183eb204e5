import test from "ava";
import { linesOf } from "../../cli/lib/lines.ts";
import { paramsOf } from "../../cli/lib/params.ts";
import { safeDocument, safeLine, table } from "../../cli/lib/terminal.ts";
import { junitReport, tapReport, textReport } from "../../cli/lib/test-report.ts";
import type { Action } from "../../controller/api/types.ts";

const action = {
  spec: {
    parameters: [
      { name: "n", type: "integer" },
      { name: "on", type: "boolean" },
      { name: "list", type: "array" },
      { name: "text", type: "string" },
    ],
  },
} as unknown as Action;

test("parameters take the type that the Action declares, or stay text for the decision to refuse", (t) => {
  t.deepEqual(paramsOf(undefined, ["n=3", "on=true", "text=007", "list=a", "list=b=c", "else=1"], action), {
    ...{ n: 3, on: true, text: "007", list: ["a", "b=c"], else: "1" },
  });
  t.deepEqual(paramsOf('{"n": 1, "x": [2]}', ["n=2"], action), { n: 2, x: [2] });
  t.deepEqual(paramsOf(undefined, ["n=three", "on=yes", "n2="], action), { n: "three", on: "yes", n2: "" });
  t.deepEqual(paramsOf(undefined, ['list=["a", 1]'], action), { list: ["a", 1] });
  t.is(paramsOf(undefined, [], action), undefined);
  t.true(Object.hasOwn(paramsOf(undefined, ["__proto__=x"], action) ?? {}, "__proto__"));
  for (const json of ["[1]", "3", "null", "{"]) t.throws(() => paramsOf(json, [], action), { code: "Usage" }, json);
  t.throws(() => paramsOf(undefined, ["novalue"], action), { code: "Usage" });
});

test("nothing that moves a cursor, breaks a line or hides text reaches the terminal", (t) => {
  const evil = "a\u001b[31mb\r\nc\u202ed\u200be\u0007\u2028\ud800";
  for (const text of [safeLine(evil), safeDocument(evil), table([["H"], [evil]])]) {
    t.notRegex(text.replaceAll("\n", ""), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
  }
  t.is(safeLine(evil).includes("\n"), false);
  const value = { text: "é\u001b\u202e" };
  t.deepEqual(JSON.parse(safeDocument(JSON.stringify(value))), value);
});

test("lines are counted whatever the chunks are, and one that is too long is bounded", async (t) => {
  async function* chunks() {
    yield "a\n\nb";
    yield "b\nlast";
  }
  const batches = [];
  for await (const batch of linesOf(chunks())) batches.push(...batch);
  t.deepEqual(batches, [
    { number: 1, text: "a" },
    { number: 3, text: "bb" },
    { number: 4, text: "last" },
  ]);
  async function* long() {
    for (let i = 0; i < 20; i++) yield "x".repeat(100_000);
    yield "\nok\n";
  }
  const found = [];
  for await (const batch of linesOf(long())) found.push(...batch);
  t.deepEqual(found, [
    { number: 1, text: undefined },
    { number: 2, text: "ok" },
  ]);
});

test("reports of tests hold what untrusted names say as text", (t) => {
  const results = [
    { file: "t.yaml", line: 1, name: "fine # skip", passed: true, failures: [], durationMs: 1 },
    { file: "t.yaml", line: 2, name: '<b "x">\u001b[1m', passed: false, failures: ["expected & got"], durationMs: 2 },
  ];
  const junit = junitReport(results);
  t.regex(junit, /<testsuites name="agent-safe" tests="2" failures="1">/);
  t.true(junit.includes('name="&#60;b &#34;x&#34;&#62;\\u001b[1m"'), junit);
  t.true(junit.includes('<failure message="expected &#38; got"/>'));
  t.is(
    tapReport(results),
    `TAP version 14\n1..2\nok 1 - fine \\# skip\nnot ok 2 - <b "x">\\\\u001b[1m\n  ---\n  at: "t.yaml:2"\n  failures: ["expected & got"]\n  ...\n`,
  );
  t.regex(
    textReport(results, false),
    /^FAIL {2}<b "x">\\u001b\[1m \(t\.yaml:2\)\n {6}expected & got\n1 passed, 1 failed\n$/,
  );
});
