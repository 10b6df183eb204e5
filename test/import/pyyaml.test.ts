import test from "ava";
import { readPyYaml } from "../../sdk/import/pyyaml.ts";
import { toJson } from "../../sdk/import/shape.ts";
import type { Problem } from "../../sdk/project/problem.ts";

function read(text: string): { value: unknown; problems: Problem[] } {
  const problems: Problem[] = [];
  return { value: toJson(readPyYaml("f.yaml", text, problems).value), problems };
}

for (const [written, value] of [
  ["yes", true],
  ["No", false],
  ["on", true],
  ["OFF", false],
  ["y", "y"],
  ["oN", "oN"],
  ["010", 8],
  ["08", "08"],
  ["0o10", "0o10"],
  ["0x1F", 31],
  ["0b101", 5],
  ["1_000", 1000],
  ["-1_0", -10],
  ["1:30", 90],
  ["1:30.5", 90.5],
  ["12:60", "12:60"],
  ["1e3", "1e3"],
  ["1.0e+3", 1000],
  ["1.5", 1.5],
  [".5", 0.5],
  ["+5", 5],
  [".inf", Number.POSITIVE_INFINITY],
  ["~", null],
  ["", null],
  ["Null", null],
  ["nULL", "nULL"],
  ["2026-01-02", "2026-01-02"],
  ["'010'", "010"],
  ['"yes"', "yes"],
  ["!!str 1", "1"],
  ["!!int '3'", 3],
  ["! 3", "3"],
] as const) {
  test(`PyYAML reads ${written || "nothing"} as ${JSON.stringify(value)}`, (t) => {
    const { value: mapping, problems } = read(`a: ${written}\n`);
    t.deepEqual(mapping, { a: value });
    t.deepEqual(problems, []);
  });
}

test("of a key that is written twice the last one counts, and a warning says where", (t) => {
  const { value, problems } = read("a: 1\nb: 2\na: 3\n");
  t.deepEqual(value, { b: 2, a: 3 });
  t.deepEqual(
    problems.map(({ severity, line, path }) => [severity, line, path]),
    [["warning", 3, "a"]],
  );
});

test("<< brings in what a mapping has not; of several the first counts", (t) => {
  const { value } = read("x: &x {a: 1, b: 1}\ny: &y {b: 2, c: 2}\nz:\n  c: 3\n  <<: [*x, *y]\n");
  t.deepEqual((value as { z: unknown }).z, { a: 1, b: 1, c: 3 });
});

for (const [what, text, message] of [
  ["a key that is no text", "on: 1\n", /key true is not text/],
  ["a tag that nobody knows", "a: !!python/object:os.system x\n", /tag/],
  ["a lone equals sign", "a: =\n", /"="/],
  ["an alias to nothing", "a: *b\n", /not YAML|anchor/],
  ["two documents", "a: 1\n---\nb: 1\n", /not YAML/],
  ["a broken file", "a: [1\n", /not YAML/],
] as const) {
  test(`refused with its line: ${what}`, (t) => {
    const { problems } = read(text);
    t.is(problems[0]?.severity, "error");
    t.regex(problems[0]?.message ?? "", message);
    t.true((problems[0]?.line ?? 0) >= 1);
  });
}

test("a file that unfolds without bound is refused", (t) => {
  const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
  for (let i = 1; i < 9; i++)
    lines.push(`a${i}: &a${i} [${Array.from({ length: 10 }, () => `*a${i - 1}`).join(", ")}]`);
  const { problems } = read(`${lines.join("\n")}\n`);
  t.regex(problems[0]?.message ?? "", /unfolds/);
});

test("__proto__ is a key like any other", (t) => {
  const problems: Problem[] = [];
  const { value } = readPyYaml("f.yaml", "__proto__: {polluted: true}\n", problems);
  t.true(value instanceof Map && value.has("__proto__"));
  t.is(({} as { polluted?: unknown }).polluted, undefined);
});
