import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { parse, parseAllDocuments } from "yaml";
import { type Kind, RESOURCES } from "../../controller/api/constants.ts";
import { applyDefaults } from "../../controller/api/defaults.ts";
import { schemas } from "../../controller/api/generated/schemas.ts";
import type { CrdSchema, ValidationRule } from "../../controller/api/schema.ts";
import { validateSchema } from "../../controller/api/validate.ts";
import { caseName, cases } from "./cases.ts";
import { type Candidate, change, minimal } from "./objects.ts";

const kinds = Object.keys(RESOURCES) as Kind[];

for (const kind of kinds) {
  test(`a minimal ${kind} is right`, (t) => t.deepEqual(validateSchema(kind, minimal(kind)), []));
}

for (const [index, row] of cases.entries()) {
  test(`${index} ${row.refused ? "refuses" : "accepts"} ${caseName(row)}`, (t) => {
    const errors = validateSchema(row.kind, change(minimal(row.kind), row.path, row.value));
    const text = errors.map(({ path, message }) => `${path}: ${message}`).join("\n");
    if (row.refused) t.regex(text, row.refused);
    else t.is(text, "");
  });
}

test("every CEL rule that is about one object has a case that it refuses", (t) => {
  const told = new Set(
    cases.flatMap((row) =>
      validateSchema(row.kind, change(minimal(row.kind), row.path, row.value)).map(({ message }) => message),
    ),
  );
  const rules = Object.values(schemas).flatMap((schema) => [...rulesOf(schema)]);
  const untried = rules.filter(({ rule, message = rule }) => !rule.includes("oldSelf") && !told.has(message));
  // These are about the status of a request and of a plan, which no new object has; the tests against an API server write it.
  t.deepEqual(untried.map(({ fieldPath }) => fieldPath).sort(), [".conditions", ".conditions", ".settled", ".settled"]);
  t.true(rules.length > 40, `${rules.length} rules`);
});

function* rulesOf(schema: CrdSchema): Generator<ValidationRule> {
  yield* schema["x-kubernetes-validations"] ?? [];
  const children = [...Object.values(schema.properties ?? {}), schema.items, schema.additionalProperties];
  for (const child of children) if (child) yield* rulesOf(child);
}

test("all errors are told at once, each with its path", (t) => {
  const policy = change(minimal("ActionPolicy"), "spec.rules", [
    { name: "a", match: { actons: ["x"], targets: { environments: ["produ"] } }, decision: "alow", reason: "x" },
    { name: "b", match: {}, decision: "deny", priority: 1.5 },
  ]);
  const errors = validateSchema("ActionPolicy", policy);
  t.deepEqual(
    errors.map(({ path, code }) => `${path} ${code}`).sort(),
    [
      "spec.rules[0].match.actons unknown",
      "spec.rules[0].match.targets.environments[0] enum",
      "spec.rules[0].decision enum",
      "spec.rules[1].reason required",
      "spec.rules[1].priority type",
    ].sort(),
  );
  t.deepEqual(
    errors
      .map(({ hint }) => hint)
      .filter((hint) => hint !== undefined)
      .sort(),
    ["actions", "allow", "prod"],
  );
});

test("a value in a message is escaped and cut", (t) => {
  const [error] = validateSchema(
    "Target",
    change(minimal("Target"), "spec.environment", `\u001b[31m\u202e${"x".repeat(500)}`),
  );
  t.true(error !== undefined && error.message.length < 200);
  for (const character of ["\u001b", "\u202e"]) t.false(error?.message.includes(character));
});

test("what is no object at all is an error, not a crash", (t) => {
  for (const value of [null, 1, "x", [], {}, undefined]) t.true(validateSchema("Action", value).length > 0);
});

test("defaults are filled in as the API server does, into a copy", (t) => {
  const policy = minimal("ActionPolicy");
  const before = structuredClone(policy);
  const filled = applyDefaults("ActionPolicy", change(policy, "spec.rules.0.match.timeWindows", [{}]));
  t.deepEqual(policy, before);
  t.like(filled, {
    status: { observedGeneration: -1 },
    spec: {
      guardrail: false,
      rules: [
        { priority: 0, disabled: false, match: { timeWindows: [{ start: "00:00", end: "24:00", timeZone: "UTC" }] } },
      ],
    },
  });
  t.like(applyDefaults("ActionRequest", minimal("ActionRequest")), {
    spec: { params: {}, dryRun: false },
    status: { observedGeneration: -1, settled: false },
  });
});

test("the catalog and the samples are right", (t) => {
  const files = ["catalog", "config/samples"].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".yaml"))
      .map((file) => join(folder, file)),
  );
  let count = 0;
  for (const file of files) {
    for (const document of parseAllDocuments(readFileSync(file, "utf8"))) {
      const object = document.toJS() as Candidate;
      if (object.apiVersion !== "agentsafe.dev/v1alpha1") continue;
      count++;
      t.deepEqual(validateSchema(object.kind as Kind, object), [], file);
    }
  }
  t.true(count > 30, `${count} objects`);
});

test("the examples of the documentation are right", (t) => {
  for (const file of readdirSync("docs/kinds")) {
    const [, block] = /```yaml\n([\s\S]*?)```/.exec(readFileSync(join("docs/kinds", file), "utf8")) ?? [];
    const object = parse(block ?? "") as Candidate;
    t.is(`${object.kind.toLowerCase()}.md`, file);
    t.deepEqual(validateSchema(object.kind as Kind, object), [], file);
  }
});

test("every field has a description, and every string, list and map a bound", (t) => {
  const bare: string[] = [];
  const walk = (schema: Record<string, unknown>, path: string): void => {
    if (path.endsWith(".metadata")) return;
    if (!schema.description) bare.push(`${path}: no description`);
    if (schema.type === "string" && schema.enum === undefined && schema.maxLength === undefined)
      bare.push(`${path}: maxLength`);
    if (schema.type === "array" && schema.maxItems === undefined) bare.push(`${path}: maxItems`);
    if (schema.additionalProperties && schema.maxProperties === undefined) bare.push(`${path}: maxProperties`);
    if (
      schema.type === "object" &&
      schema["x-kubernetes-preserve-unknown-fields"] &&
      schema.maxProperties === undefined
    ) {
      bare.push(`${path}: maxProperties`);
    }
    const children = (schema.properties ?? {}) as Record<string, Record<string, unknown>>;
    for (const [name, child] of Object.entries(children)) walk(child, `${path}.${name}`);
    if (schema.items) walk(schema.items as Record<string, unknown>, `${path}[]`);
    if (schema.additionalProperties) walk(schema.additionalProperties as Record<string, unknown>, `${path}{}`);
  };
  for (const file of readdirSync("crds").filter((name) => name.endsWith(".yaml"))) {
    const crd = parse(readFileSync(join("crds", file), "utf8"));
    walk(crd.spec.versions[0].schema.openAPIV3Schema, crd.spec.names.kind);
  }
  t.deepEqual(bare, []);
});
