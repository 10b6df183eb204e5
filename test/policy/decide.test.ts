import test from "ava";
import type { PolicyRule } from "../../controller/api/types.ts";
import { action, agent, ask, engineOf, NOON, namespaceTarget, policy, rule, target } from "./make.ts";

const allowAll = policy("all", [rule("allow", "allow")]);

/** Each condition with a request that meets it (defaults: web in dev, bot, noon on a Monday) and one that does not. */
const conditions: [string, PolicyRule["match"], Parameters<typeof ask>[1], Parameters<typeof ask>[2]?][] = [
  ["actions", { actions: ["res*"] }, { action: "scale" }],
  ["environments", { targets: { environments: ["dev"] } }, { target: "prod-web" }],
  ["sensitivities", { targets: { sensitivities: ["internal"] } }, { target: "prod-web" }],
  ["types", { targets: { types: ["k8s-deployment"] } }, { target: "a-pod" }],
  ["labels", { targets: { labels: { team: "a" } } }, { target: "prod-web" }],
  ["agentIds", { callers: { agentIds: ["bot"] } }, {}, { agent: { ...agent, id: "other" } }],
  ["roles", { callers: { roles: ["deployer", "x"] } }, {}, { agent: { ...agent, roles: [] } }],
  ["groups", { callers: { groups: ["platform"] } }, {}, { agent: { ...agent, groups: ["x"] } }],
  ["riskClasses", { riskClasses: ["medium"] }, { target: "prod-web" }],
  ["timeWindows", { timeWindows: [{ days: ["mon"], start: "12:00", end: "13:00" }] }, {}, { now: NOON + 3_600_000 }],
  ["requireTicket", { requireTicket: false }, { ticketId: "CHG-1" }],
  [
    "maxDelegationDepth",
    { callers: { maxDelegationDepth: 0 } },
    {},
    { agent: { ...agent, delegation: [{ id: "root" }] } },
  ],
  [
    "requireDelegation",
    { callers: { requireDelegation: false } },
    {},
    { agent: { ...agent, delegation: [{ id: "root" }] } },
  ],
  ["when", { when: "request.reason == ''" }, { reason: "x" }],
];
for (const [name, match, miss, more] of conditions) {
  test(`the condition ${name} decides, and the trace says which failed`, (t) => {
    const engine = engineOf({
      actions: [action("restart", { targetTypes: ["k8s-deployment", "k8s-pod"] }), action("scale")],
      policies: [policy("p", [rule("r", "allow", match)])],
      targets: [
        target("web", { labels: { team: "a" } }),
        target("prod-web", { environment: "prod", sensitivity: "critical" }),
        target("a-pod", { type: "k8s-pod" }),
      ],
    });
    t.is(ask(engine).result, "allow");
    const missed = ask(engine, miss, more);
    t.is(missed.result, "deny");
    t.is(missed.cause, "NoMatchingRule");
    t.true(missed.trace[0]?.condition?.includes(name));
    t.is(missed.trace[0]?.outcome, "missed");
  });
}

test("delegatedFrom looks anywhere in the chain", (t) => {
  const engine = engineOf({ policies: [policy("p", [rule("r", "allow", { callers: { delegatedFrom: ["root"] } })])] });
  t.is(ask(engine).result, "deny");
  t.is(ask(engine, {}, { agent: { ...agent, delegation: [{ id: "root" }, { id: "mid" }] } }).result, "allow");
});

test("an empty list never matches, an empty match always does", (t) => {
  t.is(ask(engineOf({ policies: [policy("p", [rule("r", "allow", { actions: [] })])] })).result, "deny");
  t.is(
    ask(engineOf({ policies: [policy("p", [rule("r", "allow", { targets: { environments: [] } })])] })).result,
    "deny",
  );
  t.is(ask(engineOf({ policies: [policy("p", [rule("r", "allow", {})])] })).result, "allow");
});

test("nothing matches: denied by default, and the nearest miss comes first", (t) => {
  const far = rule(
    "far",
    "allow",
    { actions: ["x"], targets: { environments: ["prod"] }, riskClasses: ["low"] },
    { priority: 9 },
  );
  const near = rule("near", "allow", { targets: { environments: ["prod"] } });
  const decision = ask(engineOf({ policies: [policy("p", [far, near])] }));
  t.is(decision.result, "deny");
  t.is(decision.cause, "NoMatchingRule");
  t.is(decision.policy, undefined);
  t.deepEqual(
    decision.trace.map((entry) => entry.rule),
    ["near", "far"],
  );
  t.is(decision.trace[0]?.message, "environment dev is not prod");
});

test("a trace holds the rule that decided and at most 20 misses", (t) => {
  const misses = Array.from({ length: 500 }, (_, i) => rule(`r${i}`, "deny", { actions: ["other"] }, { priority: 5 }));
  const decision = ask(engineOf({ policies: [policy("p", misses), allowAll] }));
  t.is(decision.trace[0]?.outcome, "matched");
  t.is(decision.trace.length, 21);
});

test("priority, then policy name, then order", (t) => {
  const engine = engineOf({
    policies: [
      policy("b", [rule("b0", "allow"), rule("b1", "deny")]),
      policy("a", [rule("a0", "deny"), rule("a1", "allow")]),
    ],
  });
  t.is(ask(engine).rule, "a0");
  engine.upsertPolicy(policy("c", [rule("c0", "require_approval", {}, { priority: 1 })]));
  t.is(ask(engine).rule, "c0");
  engine.removePolicy("c");
  engine.removePolicy("a");
  t.is(ask(engine).rule, "b0");
});

test("a disabled rule is as if it were not there", (t) => {
  t.is(
    ask(engineOf({ policies: [policy("p", [rule("r", "allow", {}, { disabled: true })])] })).cause,
    "NoMatchingRule",
  );
});

test("guardrails: a deny wins over any priority, an approval turns an allow, a default denial stays one", (t) => {
  const high = policy("p", [rule("r", "allow", { actions: ["restart"] }, { priority: 1000 })]);
  const asks = policy("g1", [rule("ask", "require_approval")], true);
  const bans = policy("g2", [rule("ban", "deny", {}, { priority: -5 })], true);
  const asked = ask(engineOf({ policies: [high, asks] }));
  t.deepEqual([asked.result, asked.cause, asked.rule], ["require_approval", "Guardrail", "ask"]);
  const banned = ask(engineOf({ policies: [high, asks, bans] }));
  t.deepEqual([banned.result, banned.cause, banned.rule], ["deny", "Guardrail", "ban"]);
  t.is(ask(engineOf({ policies: [asks] })).cause, "NoMatchingRule");
  t.is(ask(engineOf({ policies: [policy("g", [rule("x", "allow")], true)] })).cause, "NoMatchingRule");
});

test("an erroring rule that could outrank the deciding one leaves it undecided; one below does not", (t) => {
  const bad = (priority: number) => policy("bad", [rule("bad", "deny", { when: "params.nothing == 1" }, { priority })]);
  const above = ask(engineOf({ policies: [bad(5), allowAll] }));
  t.deepEqual([above.result, above.cause, above.policy], ["undecided", "RuleError", "bad"]);
  t.is(above.trace[0]?.outcome, "error");
  t.is(ask(engineOf({ policies: [bad(-5), allowAll] })).result, "allow");
  t.is(ask(engineOf({ policies: [bad(0)] })).result, "undecided");
});

test("an erroring rule whose other conditions fail is no matter", (t) => {
  const bad = policy("bad", [
    rule("bad", "deny", { actions: ["other"], when: "params.nothing == 1" }, { priority: 5 }),
  ]);
  t.is(ask(engineOf({ policies: [bad, allowAll] })).result, "allow");
});

test("an erroring guardrail leaves it undecided; a rule that does not compile is an erroring one", (t) => {
  const bad = policy("bad", [rule("bad", "deny", { when: "1 +" })], true);
  t.deepEqual(
    [ask(engineOf({ policies: [bad, allowAll] })).result, ask(engineOf({ policies: [bad, allowAll] })).cause],
    ["undecided", "GuardrailError"],
  );
  const zone = policy("zone", [rule("z", "deny", { timeWindows: [{ timeZone: "Mars/Olympus" }] }, { priority: 5 })]);
  t.is(ask(engineOf({ policies: [zone, allowAll] })).result, "undecided");
});

test("who asks: unknown, ambiguous, suspended", (t) => {
  const engine = engineOf({ policies: [allowAll] });
  t.is(ask(engine, {}, { agent: null }).cause, "UnknownAgent");
  t.is(ask(engine, {}, { agent: null, agentError: "AmbiguousAgent" }).cause, "AmbiguousAgent");
  t.is(ask(engine, {}, { agent: { ...agent, suspended: true } }).cause, "AgentSuspended");
});

test("what is asked: unknown action with near names, unknown target, wrong type", (t) => {
  const engine = engineOf({ policies: [allowAll], targets: [target("web"), namespaceTarget("ns")] });
  const unknown = ask(engine, { action: "restrat" });
  t.is(unknown.cause, "UnknownAction");
  t.regex(unknown.reason, /did you mean "restart"/);
  t.is(ask(engine, { target: "nothing" }).cause, "UnknownTarget");
  t.is(ask(engine, { target: "ns" }).cause, "TargetTypeMismatch");
});

test("compat: types don't matter, an unknown target is critical and only rules without a target block match it", (t) => {
  const policies = [
    policy("p", [rule("dev", "allow", { targets: {} }, { priority: 1 }), rule("any", "require_approval")]),
  ];
  const engine = engineOf({
    policies,
    targets: [target("web", { type: "other", resource: undefined })],
    profile: "compat",
  });
  t.is(ask(engine).result, "allow");
  const unknown = ask(engine, { target: "nothing" });
  t.deepEqual([unknown.rule, unknown.effectiveRisk], ["any", "critical"]);
});

test("duplicate id, duplicate resource: neither resolves, and both do again when one is gone", (t) => {
  const engine = engineOf({ policies: [allowAll] });
  engine.upsertTarget(
    target("twin", {
      id: "web",
      sensitivity: "public",
      resource: { kubernetes: { apiVersion: "v1", kind: "Pod", namespace: "x", name: "y" } },
    }),
  );
  t.is(ask(engine).cause, "DuplicateTarget");
  engine.removeTarget("twin");
  t.is(ask(engine).result, "allow");
  // another version of the API is the same object
  engine.upsertTarget(
    target("twin", {
      sensitivity: "public",
      resource: { kubernetes: { apiVersion: "apps/v1beta1", kind: "Deployment", namespace: "dev", name: "web" } },
    }),
  );
  t.is(ask(engine).cause, "DuplicateTarget");
  t.is(ask(engine, { target: "twin" }).cause, "DuplicateTarget");
  t.deepEqual(engine.findTarget("twin"), { error: "DuplicateTarget", names: ["twin", "web"] });
});

test("an ARN and its parts are one resource", (t) => {
  const aws = (name: string, resource: NonNullable<ReturnType<typeof target>["spec"]["resource"]>["aws"]) =>
    target(name, { type: "aws-ec2-instance", resource: { aws: resource } });
  const engine = engineOf({
    targets: [
      aws("a", { arn: "arn:aws:ec2:eu-central-1:123456789012:instance/i-0abc" }),
      aws("b", { service: "ec2", region: "eu-central-1", account: "123456789012", id: "i-0abc" }),
    ],
  });
  t.true("error" in engine.findTarget("a"));
});

test("the sentinel never resolves", (t) => {
  const engine = engineOf({
    targets: [target("agent-safe-sentinel", { id: "agent-safe/sentinel", type: "sentinel", resource: undefined })],
  });
  t.is(ask(engine, { target: "agent-safe/sentinel" }).cause, "UnknownTarget");
});

test("a container is as sensitive as the most sensitive target in it, or critical when nobody knows", (t) => {
  const engine = engineOf({ targets: [namespaceTarget("box", { contents: "registered" }), namespaceTarget("open")] });
  t.is(engine.effectiveSensitivity("open"), "critical");
  t.is(engine.effectiveSensitivity("box"), "public");
  const inside = (name: string, sensitivity: "internal" | "critical") =>
    target(name, {
      sensitivity,
      resource: { kubernetes: { apiVersion: "apps/v1", kind: "Deployment", namespace: "box", name } },
    });
  engine.upsertTarget(inside("one", "critical"));
  engine.upsertTarget(inside("two", "internal"));
  t.is(engine.effectiveSensitivity("box"), "critical");
  engine.removeTarget("one");
  t.is(engine.effectiveSensitivity("box"), "internal");
  engine.upsertTarget(inside("two", "critical"));
  t.is(engine.effectiveSensitivity("box"), "critical");
  engine.removeTarget("two");
  t.is(engine.effectiveSensitivity("box"), "public");
});

test("deleting a low-sensitivity namespace that holds a critical Deployment is judged as critical", (t) => {
  const ledger = target("ledger", {
    sensitivity: "critical",
    resource: { kubernetes: { apiVersion: "apps/v1", kind: "Deployment", namespace: "box", name: "ledger" } },
  });
  const engine = engineOf({
    actions: [action("delete-namespace", { riskClass: "low", targetTypes: ["k8s-namespace"] })],
    policies: [policy("p", [rule("calm", "allow", { targets: { sensitivities: ["public"] } })])],
    targets: [namespaceTarget("box", { contents: "registered" }), ledger],
  });
  const decision = ask(engine, { action: "delete-namespace", target: "box" });
  t.deepEqual([decision.effectiveRisk, decision.result], ["high", "deny"]);
});

test("nodes hold the workloads of their environment, buckets their objects", (t) => {
  const node = target("node", {
    type: "k8s-node",
    sensitivity: "public",
    contents: "registered",
    resource: { kubernetes: { apiVersion: "v1", kind: "Node", name: "n" } },
  });
  const bucket = target("bucket", {
    type: "aws-s3-bucket",
    sensitivity: "public",
    contents: "registered",
    resource: { aws: { arn: "arn:aws:s3:::logs" } },
  });
  const object = target("object", {
    type: "aws-s3-object",
    sensitivity: "restricted",
    resource: { aws: { arn: "arn:aws:s3:::logs/audit" } },
  });
  const engine = engineOf({
    targets: [node, bucket, object, target("prod", { environment: "prod", sensitivity: "critical" }), target("web")],
  });
  t.is(engine.effectiveSensitivity("node"), "internal");
  t.is(engine.effectiveSensitivity("bucket"), "restricted");
});

const bound = action("scale", {
  parameters: [
    { name: "namespace", type: "string", required: true },
    { name: "deployment", type: "string", required: true },
    { name: "replicas", type: "integer", required: true, constraints: { minimum: 0, maximum: 100 } },
    { name: "grace", type: "integer", required: false, default: 30 },
  ],
  bindings: { namespace: "target.namespace", deployment: "target.name" },
});

test("bound parameters may be left out; defaults and bindings are filled in", (t) => {
  const engine = engineOf({ actions: [bound], policies: [allowAll] });
  const decision = ask(engine, { action: "scale", params: { replicas: 3 } });
  t.is(decision.result, "allow");
  t.deepEqual(decision.params, { namespace: "dev", deployment: "web", replicas: 3, grace: 30 });
});

test("parameters of another resource than the target's are a TargetMismatch", (t) => {
  const engine = engineOf({ actions: [bound], policies: [allowAll] });
  const decision = ask(engine, { action: "scale", params: { namespace: "prod", replicas: 3 } });
  t.deepEqual([decision.result, decision.cause], ["deny", "TargetMismatch"]);
  t.regex(decision.reason, /spec\.params\.namespace: "prod".*"dev"/);
});

test("a binding that the target can't give denies", (t) => {
  const engine = engineOf({
    actions: [{ ...bound, spec: { ...bound.spec, bindings: { namespace: "target.labels.zone" } } }],
    policies: [allowAll],
  });
  t.is(ask(engine, { action: "scale", params: { replicas: 3, deployment: "web" } }).cause, "TargetMismatch");
});

test("ownedBy is left to the executor", (t) => {
  const del = action("delete-pod", {
    parameters: [{ name: "pod", type: "string", required: true }],
    bindings: { pod: { ownedBy: "target" } },
  });
  const engine = engineOf({ actions: [del], policies: [allowAll] });
  t.is(ask(engine, { action: "delete-pod", params: { pod: "web-1" } }).result, "allow");
  t.is(ask(engine, { action: "delete-pod" }).cause, "InvalidParameters");
});

for (const [what, params, want] of [
  ["a missing parameter, also when there are none", undefined, /spec\.params\.replicas: missing required/],
  ["a bound", { replicas: 9999 }, /9999 exceeds maximum 100/],
  ["a type", { replicas: "3" }, /expected integer, got string "3"/],
  ["an unknown name", { replicas: 1, replica: 2 }, /spec\.params\.replica: unknown parameter/],
  ["an integer beyond 2^53", { replicas: 2 ** 60 }, /beyond/],
  ["a __proto__ key", JSON.parse('{"replicas":1,"__proto__":{"x":1}}'), /__proto__: a key of this name/],
  ["more than 32 KiB", { replicas: 1, deployment: "x".repeat(33_000) }, /more than 32768/],
] as const) {
  test(`invalid parameters are denied: ${what}`, (t) => {
    const decision = ask(engineOf({ actions: [bound], policies: [allowAll] }), {
      action: "scale",
      params: params as Record<string, unknown>,
    });
    t.is(decision.cause, "InvalidParameters");
    t.regex(decision.reason, want);
  });
}

test("params that no record could hold are not carried on, whatever the cause of the denial", (t) => {
  const engine = engineOf({ policies: [allowAll] });
  const bad = { big: "x".repeat(40_000) };
  t.deepEqual(ask(engine, { action: "nothing", params: bad }).params, {});
  t.deepEqual(ask(engine, { params: JSON.parse('{"__proto__":1}') }, { agent: null }).params, {});
  t.deepEqual(ask(engine, { action: "nothing", params: { a: 1 } }).params, { a: 1 });
});

test("an older state of the same object is ignored", (t) => {
  const at = (resourceVersion: string, decision: "allow" | "deny", uid = "u") => {
    const p = policy("p", [rule("r", decision)]);
    return { ...p, metadata: { ...p.metadata, uid, resourceVersion } };
  };
  const engine = engineOf({ policies: [at("10", "deny")] });
  engine.upsertPolicy(at("9", "allow"));
  t.is(ask(engine).result, "deny");
  engine.upsertPolicy(at("9", "allow", "another"));
  t.is(ask(engine).result, "allow");
});

test("the decision names what it judged by", (t) => {
  const d = ask(engineOf({ policies: [allowAll] }));
  t.deepEqual(
    [d.policy, d.policyUID, d.policyGeneration, d.rule, d.reason],
    ["all", "uid-all", 3, "allow", "because of allow"],
  );
  t.regex(d.policyDigest ?? "", /^sha256:[0-9a-f]{64}$/);
  t.like(d.action, { name: "restart", uid: "uid-restart", generation: 1 });
  t.like(d.target, { id: "web", name: "web", generation: 2 });
});

test("when sees request, params, target, agent and now", (t) => {
  const when =
    "params.replicas + 1 == 4 && target.labels.team == 'a' && agent.id == 'bot' && request.ticketId == 'T' && now.getDayOfWeek() == 1";
  const engine = engineOf({
    actions: [bound],
    targets: [target("web", { labels: { team: "a" } })],
    policies: [policy("p", [rule("r", "allow", { when })])],
  });
  t.is(ask(engine, { action: "scale", params: { replicas: 3 }, ticketId: "T" }).result, "allow");
});

test("an action that comes after the rules were first asked is matched by their globs", (t) => {
  const engine = engineOf({ policies: [policy("p", [rule("r", "allow", { actions: ["brand-*"] })])] });
  t.is(ask(engine).result, "deny");
  engine.upsertAction(action("brand-new-thing"));
  t.is(ask(engine, { action: "brand-new-thing" }).result, "allow");
  engine.removeAction("brand-new-thing");
  t.is(ask(engine, { action: "brand-new-thing" }).cause, "UnknownAction");
});

test("the trace is the nearest of what was looked at, the same in whatever order rules came", (t) => {
  const rules = Array.from({ length: 40 }, (_, i) =>
    rule(
      `r${i}`,
      "deny",
      {
        actions: [i % 3 ? "other" : "restart"],
        targets: { environments: [i % 2 ? "prod" : "dev"], sensitivities: ["critical"] },
      },
      { priority: i },
    ),
  );
  const forward = ask(engineOf({ policies: [policy("p", rules)] }));
  const one = engineOf({});
  for (const [i, r] of rules.toReversed().entries()) one.upsertPolicy(policy(`q${i}`, [r]));
  t.deepEqual(
    ask(one).trace.map((entry) => entry.rule),
    forward.trace.map((entry) => entry.rule),
  );
  t.is(forward.trace[0]?.rule, "r36"); // restart in dev: only the sensitivity fails; the highest of these
});
