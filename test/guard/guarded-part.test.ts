import test from "ava";
import { guardedPart } from "../../controller/guard/guarded-part.ts";
import { firstDifference, type JsonObject } from "../../controller/guard/json.ts";

test("the first difference is named by its path", (t) => {
  t.is(firstDifference({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }), undefined);
  t.is(firstDifference({ a: 1, b: 2 }, { b: 2, a: 1 }), undefined, "the order of keys does not count");
  t.is(firstDifference({ a: undefined }, {}), undefined);
  t.is(firstDifference({ a: [1, 2] }, { a: [2, 1] }), "a[0]");
  t.is(firstDifference({ a: [1] }, { a: [1, 2] }), "a[1]");
  t.is(firstDifference({ a: {} }, { a: [] }), "a");
  t.is(firstDifference({}, { a: { b: false } }), "a");
  t.is(firstDifference({ a: null }, {}), "a");
  t.is(firstDifference(JSON.parse('{"__proto__": {"a": 1}}'), {}), "__proto__");
});

const policy = (spec: JsonObject): JsonObject => ({
  spec: { matchConstraints: { resourceRules: [{ resources: ["x"] }] }, ...spec },
});

test("what the API server fills in is no difference", (t) => {
  const filled: JsonObject = {
    metadata: { name: "x", generation: 2 },
    status: { observedGeneration: 2 },
    spec: {
      failurePolicy: "Fail",
      matchConstraints: {
        matchPolicy: "Equivalent",
        namespaceSelector: {},
        objectSelector: {},
        resourceRules: [{ resources: ["x"], scope: "*" }],
      },
    },
  };
  const kind = "ValidatingAdmissionPolicy";
  t.is(firstDifference(guardedPart(kind, policy({})), guardedPart(kind, filled)), undefined);
});

test("a field that nobody knows yet is a difference", (t) => {
  const kind = "ValidatingAdmissionPolicy";
  const live = guardedPart(kind, policy({ enforcement: "Sometimes" }));
  t.is(firstDifference(guardedPart(kind, policy({})), live), "spec.enforcement");
});

test("a webhook may be anywhere, but must be asked for the same", (t) => {
  const kind = "MutatingWebhookConfiguration";
  const hook = (more: JsonObject): JsonObject => ({
    webhooks: [{ name: "x", rules: [{ resources: ["y"] }], ...more }],
  });
  const shipped = guardedPart(kind, hook({ clientConfig: { service: { name: "a" } } }));
  t.is(firstDifference(shipped, guardedPart(kind, hook({ clientConfig: { url: "b", caBundle: "c" } }))), undefined);
  t.is(firstDifference(shipped, guardedPart(kind, hook({ failurePolicy: "Ignore" }))), "webhooks[0].failurePolicy");
  t.is(firstDifference(shipped, guardedPart(kind, { webhooks: [] })), "webhooks[0]");
  t.is(
    firstDifference(shipped, guardedPart(kind, hook({ objectSelector: { matchLabels: { a: "b" } } }))),
    "webhooks[0].objectSelector.matchLabels",
  );
});

test("of a definition, texts do not count and a property called description does", (t) => {
  const kind = "CustomResourceDefinition";
  const definition = (schema: JsonObject, names: JsonObject = {}): JsonObject => ({
    spec: {
      group: "g",
      scope: "Cluster",
      names: { plural: "p", kind: "K", ...names },
      versions: [{ name: "v1", schema: { openAPIV3Schema: schema } }],
    },
  });
  const schema = (maxLength: number, text: string): JsonObject => ({
    description: text,
    properties: { description: { type: "string", maxLength, description: text } },
  });
  const shipped = guardedPart(kind, definition(schema(10, "one")));
  t.is(firstDifference(shipped, guardedPart(kind, definition(schema(10, "two"), { shortNames: ["k"] }))), undefined);
  t.is(
    firstDifference(shipped, guardedPart(kind, definition(schema(11, "one")))),
    "spec.versions[0].schema.properties.description.maxLength",
  );
});
