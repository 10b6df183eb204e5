import test, { type ExecutionContext } from "ava";
import { decide } from "../../controller/policy/decide.ts";
import { PolicyEngine } from "../../controller/policy/engine.ts";
import { importProject } from "../../sdk/import/import-project.ts";
import { writeFiles } from "./reference-project.ts";

const action = { name: "read", version: "1.0.0", description: "Reads.", risk_class: "low", target_types: ["vm"] };
const rule = { name: "all", match: {}, decision: "allow", reason: "because" };
const target = { id: "dev/a", type: "vm", environment: "dev", sensitivity: "public" };

interface Parts {
  action?: object;
  rules?: object[];
  targets?: object[];
  more?: Record<string, unknown>;
}

function run(t: ExecutionContext, parts: Parts = {}, profile: "strict" | "compat" = "compat") {
  const dir = writeFiles(t, {
    "actions/read.yaml": { ...action, ...parts.action },
    "policies/a.yaml": { rules: parts.rules ?? [rule] },
    "inventory.yaml": { targets: parts.targets ?? [target] },
    ...parts.more,
  });
  return importProject({ dir, profile });
}

function said(t: ExecutionContext, parts: Parts): string {
  return run(t, parts)
    .warnings.map(({ severity, path, message, hint = "" }) => `${severity} ${path}: ${message} ${hint}`)
    .join("\n");
}

for (const [what, parts, expected] of [
  [
    "an unknown key, with the near one",
    { rules: [{ ...rule, match: { target: {} } }] },
    /warning rules\[0\]\.match\.target: .*did you mean targets\?/,
  ],
  [
    "bounds beside constraints",
    { action: { parameters: [{ name: "n", type: "integer", max_value: 3 }] } },
    /max_value" is not known and was ignored/,
  ],
  ["a rule that never matches", { rules: [{ ...rule, match: { actions: [] } }] }, /never matches: match\.actions/],
  ["a day that never comes", { rules: [{ ...rule, match: { time_windows: [{ days: [7, 1] }] } }] }, /day other than 0/],
  [
    "an unscoped credential",
    { action: { credentials: { type: "aws", fields: { actions: ["s3:Get"] } } } },
    /names no resources/,
  ],
  [
    "a scope under a key that nobody reads",
    { action: { credentials: { type: "ssh", scope: {} } } },
    /no rights at all/,
  ],
  [
    "a default that is never right",
    { action: { parameters: [{ name: "n", type: "integer", default: "x" }] } },
    /default: "x" does not satisfy/,
  ],
  [
    "a rollback to nowhere",
    { action: { reversible: true, rollback_action: "no" } },
    /can't be undone, since there is no action "no"/,
  ],
  ["a renamed type", { targets: [{ ...target, type: "My VM" }] }, /the target type "My VM" becomes my-vm/],
  [
    "a version that is a number",
    { action: { version: 1.5 } },
    /error version: must be text, not number 1\.5 put it in quotes/,
  ],
  [
    "a ban that never decides",
    {
      rules: [
        { ...rule, priority: 9 },
        { ...rule, name: "my ban", decision: "deny" },
      ],
    },
    /warning rules\[1\]: the ban "my ban" never decides/,
  ],
  ["a type that no action is for", { targets: [{ ...target, type: "db" }] }, /no action is for targets of type "db"/],
  [
    "a test that strict denies",
    {
      action: { target_types: ["pod"] },
      more: { "tests/t.yaml": { tests: [{ name: "t1", action: "read", target: "dev/a", expect: "allow" }] } },
    },
    /warning tests\[0\]: "t1" puts the action "read", which is for pod, to a vm/,
  ],
  ["tests that are no list", { more: { "tests/t.yaml": "tests: yes\n" } }, /error : tests must be a list/],
  [
    "tests that YAML 1.2 reads otherwise",
    { more: { "tests/t.yaml": "tests: [{name: a, ticket_id: 010}]\n" } },
    /warning : means something else/,
  ],
  [
    "a label that is no text",
    { targets: [{ ...target, labels: { tier: 1 } }] },
    /error targets\[0\]\.labels\.tier: must be text/,
  ],
  ["null where a list must be", { action: { parameters: null } }, /error parameters: must be a list, not nothing/],
  ["a target that is listed twice", { targets: [target, target] }, /listed twice/],
  [
    "a parameter that can't be one",
    { action: { parameters: [{ name: "a-b", type: "string" }] } },
    /error parameters\[0\]\.name/,
  ],
] as [string, Parts, RegExp][]) {
  test(`told: ${what}`, (t) => t.regex(said(t, parts), expected));
}

test("nothing is made of a project with errors, and all of them are told", (t) => {
  const { files, warnings } = run(t, {
    action: { version: 1, risk_class: "hgih" },
    rules: [{ ...rule, decision: "Allow" }],
  });
  t.deepEqual(files, []);
  t.is(warnings.filter(({ severity }) => severity === "error").length, 3);
});

test("a signing key goes nowhere", (t) => {
  const { files, warnings } = run(t, { more: { "agent-safe.yaml": "signing_key: s3cr3t-canary\nissuer: me\n" } });
  t.false(JSON.stringify(files).includes("s3cr3t-canary"));
  t.false(JSON.stringify(warnings).includes("s3cr3t-canary"));
  t.true(warnings.some(({ path }) => path === "signing_key"));
});

test("a missing inventory is told, and every target is unknown", (t) => {
  const dir = writeFiles(t, { "actions/read.yaml": action, "policies/a.yaml": { rules: [rule] } });
  const { files, warnings } = importProject({ dir, profile: "compat" });
  t.true(warnings.some(({ file }) => file === "inventory.yaml"));
  t.false(files.some(({ path }) => path.startsWith("targets/")));
});

test("ties go by file and place, also where names of policies would sort otherwise", (t) => {
  const files = ["Z.yaml", "_m.yaml", "a.yaml", "a.yml"].map((name) => [
    `policies/${name}`,
    { rules: [{ ...rule, name: `of ${name}` }] },
  ]);
  const { objects } = run(t, { more: Object.fromEntries(files) });
  t.deepEqual(
    objects.policies.map(({ metadata }) => metadata.name),
    ["1-z", "2-m", "3-a", "4-a"],
  );
  t.is(objects.policies[0]?.metadata.annotations?.["agentsafe.dev/imported"], '{"names":{"of-Z.yaml":"of Z.yaml"}}');
});

test("long lists and long files are split without a change of meaning", (t) => {
  const names = Array.from({ length: 130 }, (_, i) => `agent-${i}`);
  const rules = Array.from({ length: 200 }, (_, i) => ({
    ...rule,
    name: `r${i}`,
    priority: 5_000_000 - i,
    match: { callers: { agent_ids: names } },
  }));
  const { objects } = run(t, { rules });
  t.true(objects.policies.every(({ spec }) => spec.rules.length <= 128));
  const engine = new PolicyEngine({ profile: "compat" });
  engine.replaceAll(objects);
  for (const id of names) {
    const made = decide(engine, {
      now: 0,
      agent: { id, roles: [], groups: [], delegation: [], suspended: false },
      request: { uid: "u", namespace: "", name: "", action: "read", target: "dev/a" },
    });
    t.is(made.result, "allow");
    t.regex(made.rule ?? "", /^r0/);
  }
});

for (const [most, depth, result] of [
  [-1, 0, "deny"],
  [0, 0, "allow"],
  [0, 1, "deny"],
  [5, 5, "allow"],
  [5, 6, "deny"],
  [7, 7, "allow"],
  [7, 8, "deny"],
] as const) {
  test(`with max_delegation_depth ${most} a chain of ${depth} gets ${result}`, (t) => {
    const { objects } = run(t, { rules: [{ ...rule, match: { callers: { max_delegation_depth: most } } }] });
    const engine = new PolicyEngine({ profile: "compat" });
    engine.replaceAll(objects);
    const delegation = Array.from({ length: depth }, (_, i) => ({ id: `a${i}` }));
    const made = decide(engine, {
      now: 0,
      agent: { id: "bot", roles: [], groups: [], delegation, suspended: false },
      request: { uid: "u", namespace: "", name: "", action: "read", target: "dev/a" },
    });
    t.is(made.result, result);
  });
}

test("limits become the profile that holds everybody", (t) => {
  const config = {
    rate_limit: { circuit_breaker_threshold: 3, window_seconds: 0.5 },
    cumulative_risk: { risk_scores: { high: 9 } },
  };
  const { objects } = run(t, { more: { "agent-safe.yaml": config } });
  t.deepEqual(objects.riskProfile?.spec, {
    rateLimit: { maxRequests: 100, window: "1s" },
    circuitBreaker: { threshold: 3, window: "60s", cooldown: "300s" },
    cumulativeRisk: {
      window: "3600s",
      scores: { low: 0, medium: 0, high: 9, critical: 0 },
      escalateAt: 30,
      denyAt: 75,
    },
  });
});

test("limits that can't be said become stricter, never laxer", (t) => {
  const cumulative_risk = {
    risk_scores: { low: -5 },
    escalation_threshold: 50,
    deny_threshold: 20,
    window_seconds: 0.2,
  };
  const { objects, warnings } = run(t, { more: { "agent-safe.yaml": { cumulative_risk } } });
  t.deepEqual(objects.riskProfile?.spec.cumulativeRisk, {
    window: "1s",
    scores: { low: 0, medium: 0, high: 0, critical: 0 },
    escalateAt: 19,
    denyAt: 20,
  });
  t.is(warnings.filter(({ file }) => file === "agent-safe.yaml").length, 4);
});

test("tests that YAML 1.2 would read otherwise are written anew; the others stay as they are", (t) => {
  const same = "# kept\ntests:\n- {name: a, action: read, expect: allow}\n";
  const other = "tests:\n- {name: a, action: read, params: {mode: 010, on_: yes}, expect: allow}\n";
  const { files } = run(t, {
    more: { "tests/same.yaml": same, "tests/deep/other.yml": other, "tests/data.yaml": "x: 1\n" },
  });
  const tests = new Map(
    files.filter(({ path }) => path.startsWith("tests/")).map(({ path, content }) => [path, content]),
  );
  t.deepEqual([...tests.keys()].sort(), ["tests/deep/other.yml", "tests/same.yaml"]);
  t.is(tests.get("tests/same.yaml"), same);
  t.regex(tests.get("tests/deep/other.yml") ?? "", /mode: 8\n +on_: true/);
});

test("under strict, resources and Agents are proposed and said to be so", (t) => {
  const targets = [{ ...target, type: "k8s-deployment" }];
  const rules = [{ ...rule, match: { callers: { agent_ids: ["bot", "bot/helper"], roles: ["deployer"] } } }];
  const { objects, warnings } = run(t, { targets, rules }, "strict");
  t.deepEqual(objects.targets[0]?.spec.resource, {
    kubernetes: { apiVersion: "apps/v1", kind: "Deployment", namespace: "dev", name: "a" },
  });
  t.deepEqual(
    objects.agents.map(({ spec }) => spec.agentId),
    ["bot"],
  );
  t.true(warnings.some(({ message }) => message.includes('"bot/helper" is written as no Agent')));
  t.true(warnings.some(({ message }) => message.includes("proposed from id and type")));
  t.true(warnings.some(({ message }) => message.includes('the role "deployer"')));
});
