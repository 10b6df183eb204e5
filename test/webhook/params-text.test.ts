import test from "ava";
import { checkParamsText, PARAMS_LIMIT_BYTES } from "../../webhook/admission/params-text.ts";

function check(params: string) {
  const body = `{"request":{"object":{"spec":{"params":${params}}}}}`;
  return checkParamsText(JSON.parse(body).request.object.spec.params, body);
}

test("ordinary parameters pass", (t) => {
  t.deepEqual(check('{"namespace":"dev","replicas":3,"ratio":0.5,"list":[1,{"a":null}]}'), []);
  t.deepEqual(check("{}"), []);
  t.deepEqual(checkParamsText(undefined, "{}"), []);
});

test("the largest safe integers pass, one more is refused as it was written", (t) => {
  t.deepEqual(check('{"a":9007199254740991,"b":-9007199254740991}'), []);
  const findings = check('{"a":9007199254740993,"b":{"c/d":[0,-9007199254740992]}}');
  t.deepEqual(
    findings.map(({ path, code }) => [path, code]),
    [
      ["spec.params.a", "UnsafeInteger"],
      ['spec.params.b["c/d"][1]', "UnsafeInteger"],
    ],
  );
  t.regex(findings[0]?.message ?? "", /^9007199254740993 is beyond/);
});

test("integers in exponent form are refused too", (t) => {
  t.is(check('{"a":1e20}')[0]?.code, "UnsafeInteger");
  t.deepEqual(check('{"a":1e3}'), []);
});

test("__proto__ is refused wherever it stands, and nothing is polluted", (t) => {
  const findings = check('{"__proto__":{"admin":true},"list":[{"__proto__":1}]}');
  t.deepEqual(
    findings.map(({ path, code }) => [path, code]),
    [
      ["spec.params", "ForbiddenKey"],
      ["spec.params.list[0]", "ForbiddenKey"],
    ],
  );
  t.false("admin" in {});
});

test("more than 32 KiB is refused, counted in bytes", (t) => {
  const room = PARAMS_LIMIT_BYTES - '{"a":""}'.length;
  t.deepEqual(check(`{"a":"${"x".repeat(room)}"}`), []);
  t.is(check(`{"a":"${"x".repeat(room + 1)}"}`)[0]?.code, "TooLarge");
  t.is(check(`{"a":"${"ü".repeat(room / 2 + 1)}"}`)[0]?.code, "TooLarge");
});
