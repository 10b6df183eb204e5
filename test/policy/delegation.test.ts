import test from "ava";
import type { ActionPolicy, PolicyRule } from "../../controller/api/types.ts";
import type { DelegationScope, Profile, ResolvedAgent } from "../../controller/policy/types.ts";
import { action, agent, ask, engineOf, policy, rule, target } from "./make.ts";

/** `helper` acts for `lead`, who lent it the role `deployer` but not `prod`; on its own it is an `intern`. */
const child: ResolvedAgent = {
  id: "lead/helper",
  roles: ["deployer"],
  groups: [],
  delegation: [{ id: "lead", roles: ["deployer", "prod"], groups: ["platform"], delegation: "agents/lend-1" }],
  own: { id: "helper", roles: ["intern"], groups: ["students"] },
  suspended: false,
};

const allow = rule("allow", "allow");

function judge(policies: ActionPolicy[], more: Partial<ResolvedAgent> = {}, profile: Profile = "strict") {
  return ask(engineOf({ policies, profile }), {}, { agent: { ...child, ...more } });
}

const held: [what: string, callers: PolicyRule["match"]["callers"], through: string][] = [
  ["a role of the lender that was left out", { roles: ["prod"] }, "lead"],
  ["a group of the lender", { groups: ["platform"] }, "lead"],
  ["the lender's id", { agentIds: ["lead"] }, "lead"],
  ["the receiver's own id", { agentIds: ["helper"] }, "helper"],
  ["the receiver's own role", { roles: ["intern"] }, "helper"],
  ["the receiver's own group", { groups: ["students"] }, "helper"],
];
for (const [what, callers, through] of held) {
  const match: PolicyRule["match"] = callers ? { callers } : {};
  test(`a deny sees ${what}, an allow does not`, (t) => {
    const denied = judge([policy("p", [rule("no", "deny", match, { priority: 1 }), allow])]);
    t.is(denied.result, "deny");
    t.is(denied.rule, "no");
    t.regex(denied.trace[0]?.message ?? "", new RegExp(`through agent ${through} `));
    t.is(judge([policy("p", [rule("yes", "allow", match)])]).cause, "NoMatchingRule");
  });
  test(`an approval is asked for because of ${what}, but does not soften a denial`, (t) => {
    const ask = rule("ask", "require_approval", match, { priority: 2 });
    const asked = judge([policy("p", [ask, allow])]);
    t.is(asked.result, "require_approval");
    t.is(asked.rule, "ask");
    t.true(asked.trace.some((entry) => entry.rule === "allow" && entry.outcome === "outranked"));
    t.is(judge([policy("p", [ask])]).cause, "NoMatchingRule");
    t.is(judge([policy("p", [ask, rule("no", "deny", {}, { priority: 1 }), allow])]).rule, "no");
    // below what allows it is outranked, as any rule
    t.is(judge([policy("p", [{ ...ask, priority: -1 }, allow])]).result, "allow");
  });
  test(`a guardrail sees ${what}`, (t) => {
    t.is(
      judge([policy("g", [rule("ask", "require_approval", match)], true), policy("p", [allow])]).result,
      "require_approval",
    );
    t.is(judge([policy("g", [rule("no", "deny", match)], true), policy("p", [allow])]).cause, "Guardrail");
  });
}

test("an allow sees what was lent, and the namespaced id", (t) => {
  t.is(judge([policy("p", [rule("r", "allow", { callers: { roles: ["deployer"] } })])]).result, "allow");
  t.is(judge([policy("p", [rule("r", "allow", { callers: { agentIds: ["lead/helper"] } })])]).result, "allow");
  t.is(judge([policy("p", [rule("r", "allow", { callers: { delegatedFrom: ["lead"] } })])]).result, "allow");
});

test("an id in the middle of a chain is known by its own name to what denies", (t) => {
  const deep = {
    id: "root/mid/leaf",
    delegation: [{ id: "root" }, { id: "root/mid" }],
  };
  for (const id of ["root", "mid", "root/mid", "root/mid/leaf", "leaf"]) {
    t.is(
      judge([policy("p", [rule("no", "deny", { callers: { agentIds: [id] } }, { priority: 1 }), allow])], deep).rule,
      "no",
    );
  }
  const from = policy("p", [rule("no", "deny", { callers: { delegatedFrom: ["mid"] } }, { priority: 1 }), allow]);
  t.is(judge([from], deep).rule, "no");
});

test("when: what denies is tried with every id and all roles of the chain", (t) => {
  const deny = (when: string) => judge([policy("p", [rule("no", "deny", { when }, { priority: 1 }), allow])]).result;
  t.is(deny("'prod' in agent.roles"), "deny");
  t.is(deny("'students' in agent.groups && agent.id == 'helper'"), "deny");
  t.is(deny("agent.id == 'lead'"), "deny");
  t.is(deny("!('prod' in agent.roles)"), "deny"); // as lent
  t.is(deny("'nobody' in agent.roles"), "allow");
  t.is(deny("agent.id == 'lead' && agent.nothing == 1"), "undecided");
});

test("when: what allows must be true as lent and with all that the chain holds", (t) => {
  const give = (when: string) => judge([policy("p", [rule("yes", "allow", { when })])]).result;
  t.is(give("'deployer' in agent.roles"), "allow");
  t.is(give("agent.id == 'lead/helper'"), "allow");
  t.is(give("'prod' in agent.roles"), "deny");
  t.is(give("!('prod' in agent.roles)"), "deny"); // a role left out gives nothing
});

test("compat: no union; only what was lent is seen", (t) => {
  const deny = policy("p", [rule("no", "deny", { callers: { roles: ["prod"] } }, { priority: 1 }), allow]);
  t.is(judge([deny], {}, "compat").result, "allow");
  t.is(judge([deny]).result, "deny");
});

for (const [what, scope, reason] of [
  ["action", { actions: ["scale*", "get-?"] }, /action "restart", only "scale\*", "get-\?"/],
  ["no action", { actions: [] }, /action "restart", only nothing/],
  ["target", { targets: { ids: ["prod/*"] } }, /target "web"/],
  ["environment", { targets: { environments: ["prod"] } }, /environment "dev"/],
  ["sensitivity", { targets: { sensitivities: ["public"] } }, /sensitivity "internal"/],
  ["type", { targets: { types: ["k8s-pod"] } }, /type "k8s-deployment"/],
  ["label", { targets: { labels: { team: "b" } } }, /without the label "team=b"/],
] as const) {
  test(`every link's scope must hold: ${what}`, (t) => {
    const engine = engineOf({ policies: [policy("p", [allow])] });
    const [link] = child.delegation;
    const narrow = { id: "lead", delegation: "agents/lend-1", scope: scope as DelegationScope };
    const wide = { ...narrow, scope: { actions: ["re*"], targets: { ids: ["w?b"], types: ["k8s-deployment"] } } };
    t.is(ask(engine, {}, { agent: { ...child, delegation: link ? [link] : [] } }).result, "allow");
    t.is(ask(engine, {}, { agent: { ...child, delegation: [wide, wide] } }).result, "allow");
    for (const delegation of [
      [wide, narrow],
      [narrow, wide],
    ]) {
      const decision = ask(engine, {}, { agent: { ...child, delegation } });
      t.is(decision.result, "deny");
      t.is(decision.cause, "OutOfScope");
      t.regex(decision.reason, reason);
      t.regex(decision.reason, /agent "lead" \(Delegation "agents\/lend-1"\)/);
    }
  });
}

test("compat: an unknown target is in no scope that names targets", (t) => {
  const engine = engineOf({ policies: [policy("p", [allow])], profile: "compat" });
  const lent = (scope: DelegationScope): ResolvedAgent => ({ ...child, delegation: [{ id: "lead", scope }] });
  t.is(ask(engine, { target: "nowhere" }, { agent: lent({ targets: {} }) }).cause, "OutOfScope");
  t.is(ask(engine, { target: "nowhere" }, { agent: lent({ actions: ["*"] }) }).result, "allow");
});

test("anybody suspended in the chain, and a delegation that does not hold, are denials with their cause", (t) => {
  const engine = engineOf({ policies: [policy("p", [allow])] });
  const suspended = ask(engine, {}, { agent: { ...child, suspended: true } });
  t.is(suspended.cause, "AgentSuspended");
  t.regex(suspended.reason, /chain of delegation/);
  const agentError = { error: "DelegationInvalid" as const, names: [], message: "agents/lend-1 is revoked" };
  const invalid = ask(engine, {}, { agent: null, agentError });
  t.is(invalid.cause, "DelegationInvalid");
  t.is(invalid.reason, "agents/lend-1 is revoked");
});

/** What is written, then whether it matches with target and caller known, and with both unknown. */
const table: [string, Parameters<typeof rule>[2], boolean, boolean][] = [
  ["{}", {}, true, true],
  ["actions: []", { actions: [] }, false, false],
  ["targets: {}", { targets: {} }, true, false],
  ["targets: {labels: {}}", { targets: { labels: {} } }, true, false],
  ["targets: {environments: []}", { targets: { environments: [] } }, false, false],
  ["targets: {sensitivities: []}", { targets: { sensitivities: [] } }, false, false],
  ["targets: {types: []}", { targets: { types: [] } }, false, false],
  ["callers: {}", { callers: {} }, true, false],
  ["callers: {agentIds: []}", { callers: { agentIds: [] } }, false, false],
  ["callers: {agentIds: [anonymous]}", { callers: { agentIds: ["anonymous", "", "bot"] } }, true, false],
  ["callers: {roles: []}", { callers: { roles: [] } }, false, false],
  ["callers: {groups: []}", { callers: { groups: [] } }, false, false],
  ["callers: {delegatedFrom: []}", { callers: { delegatedFrom: [] } }, false, false],
  ["callers: {maxDelegationDepth: 0}", { callers: { maxDelegationDepth: 0 } }, true, false],
  ["callers: {maxDelegationDepth: -1}", { callers: { maxDelegationDepth: -1 } }, false, false],
  ["callers: {requireDelegation: false}", { callers: { requireDelegation: false } }, true, false],
  ["callers: {requireDelegation: true}", { callers: { requireDelegation: true } }, false, false],
  ["riskClasses: []", { riskClasses: [] }, false, false],
  ["timeWindows: []", { timeWindows: [] }, false, false],
  ["timeWindows: [{}]", { timeWindows: [{}] }, true, true],
  ["requireTicket: false", { requireTicket: false }, true, true],
  ["requireTicket: true", { requireTicket: true }, false, false],
];
for (const [written, match, known, unknown] of table) {
  test(`empty or absent: ${written}`, (t) => {
    for (const decision of ["allow", "deny", "require_approval"] as const) {
      const engine = engineOf({ policies: [policy("p", [rule("r", decision, match)])], profile: "compat" });
      t.is(ask(engine).rule, known ? "r" : undefined);
      t.is(ask(engine, { target: "nowhere" }, { agent: null }).rule, unknown ? "r" : undefined);
      const strict = engineOf({ policies: [policy("p", [rule("r", decision, match)])] });
      t.is(ask(strict).rule, known ? "r" : undefined);
      t.is(ask(strict, {}, { agent: null }).cause, "UnknownAgent");
    }
  });
}

test("delegation conditions count the links", (t) => {
  const depth = (n: number) => Array.from({ length: n }, (_, i) => ({ id: `a${i}` }));
  const allowed = (callers: object, n: number) =>
    ask(
      engineOf({ policies: [policy("p", [rule("r", "allow", { callers })])] }),
      {},
      { agent: { ...agent, delegation: depth(n) } },
    ).result === "allow";
  t.deepEqual(
    [0, 1, 2, 3].map((n) => allowed({ maxDelegationDepth: 2 }, n)),
    [true, true, true, false],
  );
  t.deepEqual(
    [0, 1, 5].map((n) => allowed({ requireDelegation: true }, n)),
    [false, true, true],
  );
  t.deepEqual(
    [0, 1, 5].map((n) => allowed({ requireDelegation: false }, n)),
    [true, false, false],
  );
  t.deepEqual(
    [0, 1, 2, 3].map((n) => allowed({ delegatedFrom: ["a1", "z"] }, n)),
    [false, false, true, true],
  );
});

test("adversarial globs take linear time, in rules and in scopes", (t) => {
  const glob = `${"*a".repeat(127)}*b`;
  const name = "a".repeat(128);
  const engine = engineOf({
    actions: [action(name)],
    policies: [policy("p", [rule("r", "deny", { actions: [glob] }), allow])],
    targets: [target("web")],
  });
  const scope = { actions: Array.from({ length: 64 }, (_, i) => `${glob}${i % 10}`).concat("*") };
  const from = performance.now();
  t.is(ask(engine, { action: name }, { agent: { ...child, delegation: [{ id: "lead", scope }] } }).result, "allow");
  t.true(performance.now() - from < 1000); // exponential matching would not come back
});
