import test from "ava";
import fc from "fast-check";
import { commonName, globsContain } from "../../controller/analysis/glob-language.ts";
import { compileGlob } from "../../controller/policy/glob.ts";

test("containment of globs is decided exactly", (t) => {
  for (const [outer, inner, expected] of [
    [["*"], "x*", true],
    [["get-*"], "get-pod", true],
    [["get-*"], "get-pod-*", true],
    [["get-*"], "get*", false],
    [["get-pod-*"], "get-*", false],
    [["*-*"], "a*-b*", true],
    [["a*", "b*"], "[ab]*", true],
    [["a*", "b*"], "[a-c]*", false],
    [["[a-c]?"], "[b-c]x", true],
    [["[!a]*", "a*"], "?*", true],
    [["?*", ""], "*", true],
    [["?*"], "*", false],
    [["*a*"], "*ab*", true],
    [["*ab*"], "*a*b*", false],
    [[], "x", false],
  ] as const) {
    t.is(globsContain(outer, inner), expected, `${outer} ⊇ ${inner}`);
  }
});

const glob = fc
  .array(fc.constantFrom("a", "b", "*", "?", "[ab]", "[!a]"), { minLength: 1, maxLength: 5 })
  .map((parts) => parts.join(""));
const text = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 6 }).map((chars) => chars.join(""));

test("what is said to be contained is, and a common name is matched by both", (t) => {
  let contained = 0;
  fc.assert(
    fc.property(
      fc.array(glob, { minLength: 1, maxLength: 3 }),
      glob,
      fc.array(text, { minLength: 20 }),
      (o, i, texts) => {
        const yes = globsContain(o, i);
        if (yes) contained++;
        for (const one of texts) {
          if (yes && compileGlob(i)(one)) t.true(o.some((g) => compileGlob(g)(one)));
        }
        const [first = "*"] = o;
        const name = commonName([first, i]);
        if (name !== undefined) t.true(compileGlob(first)(name) && compileGlob(i)(name) && /^[a-z]/.test(name));
        else for (const one of texts) t.false(/^[a-z]/.test(one) && compileGlob(first)(one) && compileGlob(i)(one));
      },
    ),
    { numRuns: 2000 },
  );
  t.true(contained > 100);
});

test("what is too much to find out is not claimed, and takes bounded time", (t) => {
  const many = Array.from({ length: 30 }, (_, i) => `*${"?".repeat(i)}a*${"?".repeat(29 - i)}b*`);
  const from = performance.now();
  t.false(globsContain(many, "*a*b*a*b*c*"));
  t.true(performance.now() - from < 20_000);
});
