import test from "ava";
import fc from "fast-check";
import { accountName } from "../../controller/credentials/names.ts";

const label = fc.stringMatching(/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/);

test("an account's name is a DNS label of at most 63 characters, whatever the action and namespace", (t) => {
  fc.assert(
    fc.property(label, fc.option(label, { nil: undefined }), (action, namespace) => {
      const name = accountName(action, namespace);
      return (
        name.length <= 63 && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(name) && name === accountName(action, namespace)
      );
    }),
  );
  t.pass();
});

test("pairs that look alike have different accounts", (t) => {
  const long = "a".repeat(63);
  const pairs: [string, string | undefined][] = [
    ["a-b", "c"],
    ["a", "b-c"],
    ["scale", "cluster"],
    ["scale", undefined],
    [long, `${long.slice(0, 62)}b`],
    [long, `${long.slice(0, 62)}c`],
    ["a-", "b"],
  ];
  t.is(new Set(pairs.map(([action, namespace]) => accountName(action, namespace))).size, pairs.length);
});
