import test from "ava";
import type { ActionParameter, ActionSpec, PolicyRule, TargetSpec } from "../../controller/api/types.ts";
import { show } from "../../controller/policy/field-error.ts";
import { validateAction } from "../../controller/policy/validate-action.ts";
import { validateAgent } from "../../controller/policy/validate-agent.ts";
import { validatePolicy } from "../../controller/policy/validate-policy.ts";
import { validateRequest } from "../../controller/policy/validate-request.ts";
import { validateTarget } from "../../controller/policy/validate-target.ts";
import { action, namespaceTarget, policy, rule, target } from "./make.ts";

const parameters: ActionParameter[] = [
  { name: "n", type: "integer", required: false, constraints: { minimum: 1, maximum: 5 } },
  { name: "x", type: "number", required: false, constraints: { minimum: 0.5 } },
  { name: "s", type: "string", required: false, constraints: { minLength: 2, maxLength: 3, pattern: "[a-z😀]*" } },
  { name: "e", type: "string", required: false, constraints: { enum: ["red", "blue"] } },
  { name: "b", type: "boolean", required: false },
  { name: "l", type: "array", required: false, constraints: { minItems: 1, maxItems: 2 } },
];
const subject = action("paint", { parameters });
const codes = (params: unknown): string[] =>
  validateRequest(subject, { action: "paint", target: "t", params: params as Record<string, unknown> }, []).map(
    (e) => e.code,
  );

for (const [params, want] of [
  [{}, []],
  [{ n: 1 }, []],
  [{ n: 5 }, []],
  [{ n: 0 }, ["BelowMinimum"]],
  [{ n: 6 }, ["ExceedsMaximum"]],
  [{ n: 1.5 }, ["InvalidType"]],
  [{ n: true }, ["InvalidType"]],
  [{ n: null }, ["InvalidType"]],
  [{ x: 1 }, []],
  [{ x: 0.4 }, ["BelowMinimum"]],
  [{ x: Number.NaN }, ["InvalidNumber"]],
  [{ s: "a" }, ["TooShort"]],
  [{ s: "abcd" }, ["TooLong"]],
  [{ s: "😀😀😀" }, []],
  [{ s: "AB" }, ["PatternMismatch"]],
  [{ s: "ab\n" }, ["PatternMismatch"]],
  [{ e: "green" }, ["NotInEnum"]],
  [{ b: "true" }, ["InvalidType"]],
  [{ l: [] }, ["TooFewItems"]],
  [{ l: [1, 2, 3] }, ["TooManyItems"]],
  [{ l: { length: 1 } }, ["InvalidType"]],
  [[1], ["InvalidType"]],
  [{ n: 0, s: "A", e: "x", zz: 1 }, ["UnknownParameter", "BelowMinimum", "TooShort", "PatternMismatch", "NotInEnum"]],
] as const) {
  test(`request params ${JSON.stringify(params)}`, (t) => t.deepEqual(codes(params), [...want]));
}

test("an unknown action and an unknown parameter come with names that look alike", (t) => {
  const [unknown] = validateRequest(undefined, { action: "restart-deploymnet", target: "t" }, [
    "restart-deployment",
    "drain-node",
  ]);
  t.like(unknown, { path: "spec.action", code: "UnknownAction", hint: 'did you mean "restart-deployment"?' });
  const wide = action("a", { parameters: [{ name: "replicas", type: "integer", required: false }] });
  const [wrong] = validateRequest(wide, { action: "a", target: "t", params: { repilcas: 1 } }, []);
  t.like(wrong, { path: "spec.params.repilcas", hint: 'did you mean "replicas"?' });
});

test("what agents write is escaped and capped in messages", (t) => {
  const [error] = validateRequest(
    subject,
    { action: "paint", target: "t", params: { e: `\u001b[31m\n\u202e${"x".repeat(500)}` } },
    [],
  );
  t.true((error?.message.length ?? 999) < 300);
  t.regex(error?.message ?? "", /^[\x20-\x7e…]*$/);
  t.regex(show("\u202e"), /^"\\u202e"$/);
});

const execution = action("x").spec.execution;
const k8s = execution.kubernetes;
const wrongActions: [string, Partial<ActionSpec>, string, string][] = [
  [
    "pattern",
    { parameters: [{ name: "a", type: "string", constraints: { pattern: "(" } }] },
    "spec.parameters[0].constraints.pattern",
    "BadPattern",
  ],
  [
    "bounds",
    { parameters: [{ name: "a", type: "integer", constraints: { minimum: 2, maximum: 1 } }] },
    "spec.parameters[0].constraints.minimum",
    "BadBounds",
  ],
  [
    "default",
    { parameters: [{ name: "a", type: "integer", default: "x" }] },
    "spec.parameters[0].default",
    "InvalidType",
  ],
  [
    "enum",
    { parameters: [{ name: "a", type: "integer", constraints: { enum: ["x"] } }] },
    "spec.parameters[0].constraints.enum[0]",
    "InvalidType",
  ],
  [
    "duplicate",
    {
      parameters: [
        { name: "a", type: "string" },
        { name: "a", type: "string" },
      ],
    },
    "spec.parameters[1].name",
    "DuplicateParameter",
  ],
  ["binding of nothing", { bindings: { a: "target.name" } }, "spec.bindings.a", "UnknownParameter"],
  [
    "binding to nothing",
    { parameters: [{ name: "a", type: "string" }], bindings: { a: "target.nope" } },
    "spec.bindings.a",
    "BadBinding",
  ],
  [
    "template",
    { execution: { kubernetes: { verb: "patch", resource: "x", patch: { a: "{{ params.b }}" } } } },
    "spec.execution.kubernetes.patch.a",
    "BadTemplate",
  ],
  [
    "root",
    { execution: { kubernetes: { verb: "get", resource: "x", name: "{{ env.HOME }}" } } },
    "spec.execution.kubernetes.name",
    "BadTemplate",
  ],
  ["observe", { execution: { ...execution, observe: "object.x ==" } }, "spec.execution.observe", "BadExpression"],
  ["variable", { execution: { ...execution, observe: "secrets.x == 1" } }, "spec.execution.observe", "BadExpression"],
  ["precheck", { prechecks: [{ name: "a", require: "nothing" }] }, "spec.prechecks[0].require", "BadExpression"],
  ["path", { stateFields: [{ name: "a", path: "a.[" }] }, "spec.stateFields[0].path", "BadPath"],
  ["rollback", { rollback: { action: "gone" } }, "spec.rollback.action", "UnknownAction"],
  [
    "rollback state",
    { rollback: { action: "x", params: { a: "{{ before_state.b }}" } }, parameters: [{ name: "a", type: "string" }] },
    "spec.rollback.params.a",
    "BadTemplate",
  ],
  ["reversible", { reversible: true }, "spec.rollback", "Required"],
];
for (const [what, spec, path, code] of wrongActions) {
  test(`an action's ${what} is checked`, (t) => {
    const errors = validateAction(action("x", { execution: { kubernetes: k8s }, ...spec }), { actions: new Map() });
    t.like(
      errors.find((error) => error.path === path),
      { path, code },
      JSON.stringify(errors),
    );
    t.true(errors[0]?.message.startsWith(`${errors[0].path}: `));
  });
}

const wrongRules: [string, PolicyRule["match"], string][] = [
  ["glob", { actions: ["a[b"] }, "spec.rules[0].match.actions[0]"],
  ["time", { timeWindows: [{ start: "25:00" }] }, "spec.rules[0].match.timeWindows[0].start"],
  ["empty window", { timeWindows: [{ start: "09:00", end: "09:00" }] }, "spec.rules[0].match.timeWindows[0].end"],
  ["zone", { timeWindows: [{ timeZone: "Mars/Olympus" }] }, "spec.rules[0].match.timeWindows[0].timeZone"],
  ["CEL", { when: "request.x +" }, "spec.rules[0].match.when"],
  ["CEL type", { when: "1 + 1" }, "spec.rules[0].match.when"],
];
for (const [what, match, path] of wrongRules) {
  test(`a rule's ${what} is checked`, (t) =>
    t.deepEqual(
      validatePolicy(policy("p", [rule("r", "deny", match)])).map((e) => e.path),
      [path],
    ));
}

test("names of rules are unique, guardrails don't allow, and all errors come at once", (t) => {
  const errors = validatePolicy(policy("p", [rule("r", "allow", { actions: [""] }), rule("r", "deny")], true));
  t.deepEqual(
    errors.map((e) => e.code),
    ["BadGlob", "GuardrailAllows", "DuplicateRule"],
  );
  t.deepEqual(
    validatePolicy(
      policy("p", [rule("r", "deny", { when: "agent.id == 'x'", timeWindows: [{ timeZone: "Asia/Tokyo" }] })]),
    ),
    [],
  );
});

const wrongTargets: [string, Partial<TargetSpec>, string][] = [
  ["no resource", { resource: undefined }, "spec.resource"],
  ["the sentinel's id", { id: "agent-safe/sentinel" }, "spec.id"],
  ["contents of no container", { contents: "registered" }, "spec.contents"],
  ["a type that does not fit", { type: "k8s-pod" }, "spec.type"],
  [
    "an ARN with a wildcard",
    { type: "aws-s3-bucket", resource: { aws: { arn: "arn:aws:s3:::a*" } } },
    "spec.resource.aws.arn",
  ],
  ["half an ARN", { type: "aws-s3-bucket", resource: { aws: { arn: "arn:aws:s3" } } }, "spec.resource.aws.arn"],
];
for (const [what, spec, path] of wrongTargets) {
  test(`a target with ${what} is refused`, (t) =>
    t.deepEqual(
      validateTarget(target("t", spec)).map((e) => e.path),
      [path],
    ));
}

test("sound targets and agents have no errors; subjects that are everybody do", (t) => {
  t.deepEqual(validateTarget(target("t")), []);
  t.deepEqual(validateTarget(namespaceTarget("n", { contents: "registered" })), []);
  const agentOf = (subjects: Parameters<typeof validateAgent>[0]["spec"]["subjects"]) =>
    validateAgent({
      apiVersion: "agentsafe.dev/v1alpha1",
      kind: "Agent",
      metadata: { name: "a" },
      spec: { subjects },
    }).map((e) => e.code);
  t.deepEqual(agentOf([{ kind: "ServiceAccount", namespace: "n", name: "a" }]), []);
  t.deepEqual(
    agentOf([
      { kind: "User", name: "system:anonymous" },
      { kind: "Group", name: "system:authenticated" },
    ]),
    ["BadSubject", "BadSubject"],
  );
  t.deepEqual(agentOf([{ kind: "JWT", issuer: "http://x#y", subject: "a" }]), ["BadSubject", "BadSubject"]);
  t.deepEqual(
    agentOf([
      { kind: "User", name: "a" },
      { kind: "User", name: "a" },
    ]),
    ["DuplicateSubject"],
  );
});
