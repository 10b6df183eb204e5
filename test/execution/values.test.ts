import test from "ava";
import type { ActionSpec } from "../../controller/api/types.ts";
import { diffState } from "../../controller/execution/diff.ts";
import { ExecutionError } from "../../controller/execution/errors.ts";
import { visibleObject } from "../../controller/execution/kubernetes/objects.ts";
import { readOutput } from "../../controller/execution/kubernetes/output.ts";
import { readState } from "../../controller/execution/kubernetes/state.ts";
import { capState, capText, MAX_FIELD_BYTES, redactState } from "../../controller/execution/limits.ts";

const secrets = { group: "", version: "v1", plural: "secrets", namespaced: true };
const configMaps = { ...secrets, plural: "configmaps" };
const context = {
  params: { key: "app.conf" },
  target: {},
  request: { uid: "u", namespace: "n", name: "r", time: "" },
  before_state: {},
};

test("a diff is shallow, sorted and strict", (t) => {
  const diff = diffState({ b: 1, a: { x: 1 }, gone: 1, same: [1] }, { a: { x: 2 }, b: true, same: [1], fresh: null });
  t.deepEqual(diff, {
    added: { fresh: null },
    removed: { gone: 1 },
    changed: { a: { old: { x: 1 }, new: { x: 2 } }, b: { old: 1, new: true } },
    unchanged: ["same"],
  });
  t.deepEqual(Object.keys(diff.changed), ["a", "b"]);
});

test("texts are cut at whole characters and say how long they were", (t) => {
  t.is(capText("short", 10), "short");
  const cut = capText("ä".repeat(100), 51);
  t.true(Buffer.byteLength(cut) <= 51);
  t.regex(cut, /^ä+… \[200 bytes\]$/);
});

test("a field that is too large is told by its size", (t) => {
  const state = capState({ small: 1, large: "x".repeat(MAX_FIELD_BYTES) });
  t.deepEqual(state, { small: 1, large: { truncated: true, bytes: MAX_FIELD_BYTES + 2 } });
});

test("redacted fields show whether they changed and nothing else; another execution's digests differ", (t) => {
  const key = new Uint8Array(32).fill(1);
  const hidden = redactState({ pin: "1234", open: "x" }, ["pin"], key);
  t.is(hidden.open, "x");
  t.regex(String(hidden.pin), /^redacted:[0-9a-f]{32}$/);
  t.deepEqual(redactState({ pin: "1234" }, ["pin"], key).pin, hidden.pin);
  t.notDeepEqual(redactState({ pin: "1234" }, ["pin"], new Uint8Array(32)).pin, hidden.pin);
});

test("state paths quote what parameters bring in, so that a key is a key", (t) => {
  const object = { metadata: {}, data: { "app.conf": "v", app: { conf: "wrong" } } };
  const fields = [{ name: "previous_value", path: "data.{{ params.key }}" }];
  t.deepEqual(readState(fields, object, context, { demandRequired: true }), { previous_value: "v" });
  const sly = { ...context, params: { key: 'x" || data."app.conf' } };
  t.deepEqual(readState(fields, object, sly, { demandRequired: true }), {});
});

test("a required field that is missing or of another type is refused before, and left out after", (t) => {
  const fields = [{ name: "n", type: "integer", path: "spec.n", required: true }] as const;
  const read = (spec: Record<string, unknown>, demandRequired: boolean) =>
    readState(fields, { metadata: {}, spec }, context, { demandRequired });
  t.throws(() => read({}, true), { instanceOf: ExecutionError, code: "STATE_MISSING" } as object);
  t.deepEqual(read({}, false), {});
  t.throws(() => read({ n: "1" }, true), { instanceOf: ExecutionError, code: "STATE_MISSING" } as object);
  t.deepEqual(read({ n: 1 }, true), { n: 1 });
});

const canary = "c4nary-value";
const secret = {
  ...{ apiVersion: "v1", kind: "Secret", type: "Opaque", data: { password: canary }, stringData: { token: canary } },
  metadata: { name: "s", annotations: { "kubectl.kubernetes.io/last-applied-configuration": canary, kept: "yes" } },
};

test("no path reaches the data of a Secret, alone or in a list", (t) => {
  t.notRegex(JSON.stringify(visibleObject(secret, secrets)), new RegExp(canary));
  t.deepEqual(visibleObject(secret, secrets).metadata.annotations, { kept: "yes" });
  const spec = (path: string) => ({ execution: { output: { to: "status", path } } }) as ActionSpec;
  for (const path of ["@", "data", "stringData", "metadata", "items[0].data", "items"]) {
    const { kind: _, apiVersion: __, ...item } = secret;
    for (const answer of [secret, item, { items: [item] }]) {
      t.notRegex(readOutput(spec(path), answer, "read it", secrets).output ?? "", new RegExp(canary), path);
    }
  }
});

test("output: nothing unless asked for, a line, a part, blanked, capped; a Secret's goes apart", (t) => {
  const map = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "m" },
    data: { a: "password: hunter2", b: "fine" },
  };
  const of = (output: ActionSpec["execution"]["output"], redaction: ActionSpec["redaction"] = undefined) =>
    readOutput({ execution: { output }, redaction } as ActionSpec, map, "read it", configMaps);
  t.deepEqual(of(undefined), {});
  t.deepEqual(of({ to: "none" }), {});
  t.deepEqual(of({ to: "status" }), { output: "read it" });
  t.deepEqual(of({ to: "status", path: "data.b" }), { output: "fine" });
  t.deepEqual(of({ to: "secret", path: "data.b" }), { secretOutput: "fine" });
  t.deepEqual(of({ to: "status", path: "data.a" }, { outputPatterns: ["hunter[0-9]"] }), {
    output: "password: [redacted]",
  });
  t.deepEqual(of({ to: "status", path: "missing" }), { output: "read it" });
  t.regex(of({ to: "status", path: "abs(data)" }).output ?? "", /^read it; its output can't be read/);
  t.true(Buffer.byteLength(of({ to: "status", path: "data", maxBytes: 30 }).output ?? "") <= 30);
});
