import test from "ava";
import { compileGlob, globProblem } from "../../controller/policy/glob.ts";
import { compilePattern } from "../../controller/policy/regex.ts";
import { compileWindow, inWindow } from "../../controller/policy/time.ts";
import { toAllowed } from "../../sdk/import/constraints.ts";
import { toGlob } from "../../sdk/import/glob.ts";
import { toRe2 } from "../../sdk/import/pattern.ts";
import type { Place } from "../../sdk/import/problem.ts";
import { pythonList } from "../../sdk/import/python-list.ts";
import type { PythonConstraints, PythonParameter } from "../../sdk/import/shapes.ts";
import { toWindows } from "../../sdk/import/window.ts";

for (const [glob, matching, other] of [
  ["x[1-", "x[1-", "x1"],
  ["[[]x", "[x", "x"],
  ["[]]a", "]a", "a"],
  ["[!]]a", "xa", "]a"],
  ["a[b", "a[b", "ab"],
  ["[a-c-e]", "-", "d"],
] as const) {
  test(`the glob ${glob} matches ${matching}, not ${other}`, (t) => {
    const made = toGlob(glob);
    t.is(globProblem(made), undefined);
    t.true(compileGlob(made)(matching));
    t.false(compileGlob(made)(other));
  });
}

for (const [pattern, matching, other] of [
  ["\\d+", "５", "x"],
  ["a{,3}", "aaa", "aaaa"],
  ["[\\w.-]+", "é_1.-", "a b"],
  ["\\Aok\\Z", "ok", "ok\n"],
  ["[[:a]+", "[:", "b"],
  ["[^\\s]+", "a", "\u2003"],
  ["[\\s\\S]*", "a\n b", undefined],
  ["\\u00e9\\x41", "éA", "e"],
  ["[\\b]", "\b", "b"],
  ["(?P<n>a)(?#note)b", "ab", "a"],
  ["a{2", "a{2", "aa"],
  ["(?i)web", "WEB", "wab"],
] as const) {
  test(`the pattern ${pattern} means the same in RE2`, (t) => {
    const made = toRe2(pattern);
    if (!("pattern" in made)) return t.fail(made.problem);
    t.true(compilePattern(made.pattern)(matching));
    if (other !== undefined) t.false(compilePattern(made.pattern)(other));
  });
}

for (const pattern of ["(?!x)a", "(a)\\1", "(?<=a)b", "a++", "[^\\W]", "(", "\\q"]) {
  test(`RE2 has nothing like ${pattern}`, (t) => t.true("problem" in toRe2(pattern)));
}

const hour = (day: number, at: number): number => Date.UTC(2026, 0, 5 + day, at, 59, 59); // the 5th is a Monday

for (const [window, day, at, holds] of [
  [{ start_hour: 9, end_hour: 17 }, 0, 17, true],
  [{ start_hour: 9, end_hour: 17 }, 0, 18, false],
  [{ start_hour: 0, end_hour: 23 }, 6, 23, true],
  [{ start_hour: 5, end_hour: 5 }, 2, 5, true],
  [{ start_hour: 5, end_hour: 5 }, 2, 6, false],
  [{ start_hour: 22, end_hour: 4, days: [5] }, 5, 3, true],
  [{ start_hour: 22, end_hour: 4, days: [5] }, 5, 23, true],
  [{ start_hour: 22, end_hour: 4, days: [5] }, 6, 3, false],
  [{ start_hour: 22, end_hour: 21, days: [1] }, 1, 12, true],
  [{ start_hour: 0, end_hour: 23, days: [7, -1] }, 6, 3, false],
  [{ start_hour: 0, end_hour: 23, days: [] }, 6, 3, false],
] as const) {
  test(`the window ${JSON.stringify(window)} ${holds ? "holds" : "does not hold"} on day ${day} at ${at}:59:59`, (t) => {
    const { start_hour, end_hour } = window;
    const days = "days" in window ? [...window.days] : undefined;
    const made = toWindows({ start_hour, end_hour, days });
    t.is(
      made.some((each) => inWindow(compileWindow(each), hour(day, at))),
      holds,
    );
  });
}

function allowed(type: PythonParameter["type"], constraints: Partial<PythonConstraints>) {
  const place: Place = { source: { file: "f", problems: [], locate: () => ({ line: 1, column: 1 }) }, path: [] };
  const empty: PythonConstraints = {
    min_value: undefined,
    max_value: undefined,
    min_length: undefined,
    max_length: undefined,
    pattern: undefined,
    enum: undefined,
  };
  const made = toAllowed(
    { name: "p", type, required: true, description: "", default: undefined, constraints: { ...empty, ...constraints } },
    place,
  );
  return { made, warned: place.source.problems.length > 0 };
}

const never = "[^\\x{0}-\\x{10FFFF}]";

for (const [type, constraints, made, warned] of [
  ["integer", { min_value: 0, max_value: 5 }, { type: "integer", constraints: { minimum: 0, maximum: 5 } }, false],
  ["integer", { enum: ["1", "03", "x"] }, { type: "integer", constraints: { enum: [1] } }, true],
  ["integer", { min_value: 5, max_value: 1 }, { type: "string", constraints: { pattern: never } }, true],
  ["integer", { min_value: Number.NaN }, { type: "integer" }, false],
  ["integer", { pattern: "x" }, { type: "integer" }, true],
  ["number", { enum: ["3.0", "2.5"] }, { type: "number", constraints: { enum: [3, 2.5] } }, false],
  ["boolean", { enum: ["true"] }, { type: "string", constraints: { pattern: never } }, true],
  ["boolean", { enum: ["True"] }, { type: "boolean", constraints: { enum: [true] } }, false],
  ["boolean", { max_value: 0 }, { type: "boolean", constraints: { enum: [false] } }, false],
  ["string", { min_length: -1, max_length: 4 }, { type: "string", constraints: { maxLength: 4 } }, false],
  ["string", { max_length: -1 }, { type: "string", constraints: { pattern: never } }, true],
  ["string", { pattern: "" }, { type: "string", constraints: { maxLength: 0 } }, false],
  ["string", { enum: [] }, { type: "string", constraints: { pattern: never } }, true],
  ["array", { enum: ["[]", "['a', 1]"] }, { type: "array", constraints: { enum: [[], ["a", 1]] } }, false],
] as const) {
  test(`${type} with ${JSON.stringify(constraints)}`, (t) => {
    const result = allowed(type, constraints as Partial<PythonConstraints>);
    t.like(result.made, made);
    t.is(result.warned, warned);
  });
}

test("only lists that Python writes so are lists", (t) => {
  t.deepEqual(pythonList("['a', 1, -2, 2.5, True, None]"), ["a", 1, -2, 2.5, true, null]);
  for (const text of ["['a',1]", '["a"]', "[1.0]", "[,]", "['a', ]", "a", "[[]]"]) t.is(pythonList(text), undefined);
});
