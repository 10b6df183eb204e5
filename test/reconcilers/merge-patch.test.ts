import test from "ava";
import fc from "fast-check";
import { equal, type Json, mergePatch } from "../../controller/reconcilers/merge-patch.ts";

/** RFC 7386, section 2, word for word. */
function apply(target: Json | undefined, patch: Json): Json {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const base = typeof target === "object" && target !== null && !Array.isArray(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete base[name];
    else if (value !== undefined) base[name] = apply(base[name], value);
  }
  return base;
}

/** A merge patch can't hold null as a value, so neither may the objects compared. */
const json = fc.letrec<{ value: Json; object: { [key: string]: Json } }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.integer(),
    fc.string({ maxLength: 3 }),
    fc.boolean(),
    fc.array(fc.integer(), { maxLength: 2 }),
    tie("object"),
  ),
  object: fc.dictionary(fc.constantFrom("a", "b", "c"), tie("value"), { maxKeys: 3, noNullPrototype: true }),
})).object;

test("applying the patch gives the wanted object, whatever was there before", (t) => {
  const property = fc.property(json, json, (from, to) => {
    const patch = mergePatch(from, to);
    return equal(patch === undefined ? from : apply(from, patch), to);
  });
  t.notThrows(() => fc.assert(property));
});

test("a key that went away becomes an explicit null", (t) => {
  t.deepEqual(mergePatch({ params: { a: 1, b: 2 } }, { params: { b: 2 } }), { params: { a: null } });
});

test("equal objects need no patch", (t) => {
  t.is(mergePatch({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }), undefined);
});
