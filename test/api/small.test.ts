import { spawnSync } from "node:child_process";
import test from "ava";
import { canonicalJson, DigestError, digest, objectDigest, paramsDigest } from "../../controller/api/digest.ts";
import { DurationError, formatDuration, parseDuration } from "../../controller/api/duration.ts";
import { nearest } from "../../controller/api/near-names.ts";

test("durations", (t) => {
  const table: [string, number][] = [
    ["1h30m", 5_400_000],
    ["15m", 900_000],
    ["30s", 30_000],
    ["0s", 0],
    ["1h1m1s", 3_661_000],
  ];
  for (const [text, ms] of table) {
    t.is(parseDuration(text), ms);
    t.is(formatDuration(ms), text);
  }
  for (const text of ["", "1", "1d", "-1s", "1m1h", "1.5h", " 1s", "h", "9999999h"]) {
    const error = t.throws(() => parseDuration(text), { instanceOf: DurationError });
    t.is(error.code, "INVALID_DURATION");
  }
});

test("a digest does not depend on the order of keys, and on nothing but name and spec", (t) => {
  t.is(digest({ b: 1, a: [2] }), digest({ a: [2], b: 1 }));
  t.is(digest({}), "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
  t.not(digest({ a: [1, 2] }), digest({ a: [2, 1] }));
  const object = { metadata: { name: "x", resourceVersion: "1" }, spec: { a: 1 }, status: {} };
  t.is(objectDigest(object), digest({ name: "x", spec: { a: 1 } }));
  t.is(paramsDigest({ a: 1 }), digest({ a: 1 }));
  t.is(canonicalJson({ z: "é", a: 1e21 }), '{"a":1e+21,"z":"é"}');
});

test("what has no canonical JSON has no digest", (t) => {
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  for (const value of [undefined, Number.NaN, Number.POSITIVE_INFINITY, cycle])
    t.throws(() => digest(value), { instanceOf: DigestError });
});

test("near names", (t) => {
  const names = ["restart-deployment", "scale-deployment", "delete-pod"];
  t.is(nearest("restart-deploymnt", names), "restart-deployment");
  t.is(nearest("Delete-Pod", names), "delete-pod");
  t.is(nearest("launch-rocket", names), undefined);
  t.is(nearest("", names), undefined);
});

test("the generated files fit the CRDs", (t) => {
  const { status, stderr } = spawnSync(process.execPath, ["hack/generate.ts", "--check"], { encoding: "utf8" });
  t.is(status, 0, stderr);
});
