import test from "ava";
import fc from "fast-check";
import { lintRules } from "../../controller/analysis/lint.ts";
import type { Finding } from "../../controller/analysis/types.ts";
import type { ActionPolicy, PolicyRule } from "../../controller/api/types.ts";
import { decide } from "../../controller/policy/decide.ts";
import { PolicyEngine } from "../../controller/policy/engine.ts";
import { action, engineOf, policy, rule, target } from "../policy/make.ts";
import { aim, input, world } from "../policy/worlds.ts";

/** Nothing is registered, so that only what holds for all requests is claimed. */
function lint(policies: ActionPolicy[]): string[] {
  return lintRules(engineOf({ policies, actions: [], targets: [] })).map(brief);
}

const brief = (f: Finding): string =>
  `${f.kind} ${f.rule}${f.by ? ` by ${f.by.rule}` : ""}${f.holds === "inventory" ? " (inventory)" : ""}`;

type Match = PolicyRule["match"];

/** Whether a rule with the first match takes all from one with the second: provable, not so, or but for delegated requests. */
const pairs: [outer: Match, inner: Match, shadowed: boolean | "direct"][] = [
  [{}, { actions: ["x"] }, true],
  [{ actions: ["get-*"] }, { actions: ["get-pod", "get-n*"] }, true],
  [{ actions: ["get-*"] }, { actions: ["get-pod", "put-*"] }, false],
  [{ actions: ["get-*"] }, {}, false],
  [{ targets: {} }, {}, true], // unknown targets are denied before the rules
  [{ targets: { environments: ["dev", "prod"] } }, { targets: { environments: ["prod"] } }, true],
  [{ targets: { environments: ["dev", "staging", "prod"] } }, {}, true],
  [{ targets: { environments: ["prod"] } }, { targets: { sensitivities: ["public"] } }, false],
  [{ targets: { types: ["a"] } }, { targets: { types: ["a", "b"] } }, false],
  [{ targets: { labels: { a: "1" } } }, { targets: { labels: { a: "1", b: "2" } } }, true],
  [{ targets: { labels: { a: "1", b: "2" } } }, { targets: { labels: { a: "1" } } }, false],
  [{ callers: { roles: ["a", "b"] } }, { callers: { roles: ["b"], groups: ["x"] } }, true],
  [{ callers: { roles: ["a"] } }, { callers: { groups: ["x"] } }, false],
  [{ callers: { maxDelegationDepth: 2 } }, { callers: { maxDelegationDepth: 1 } }, true],
  [{ callers: { maxDelegationDepth: 0 } }, { callers: { maxDelegationDepth: 1 } }, false],
  [{ callers: { requireDelegation: true } }, { callers: { delegatedFrom: ["a"] } }, true],
  [{ callers: { requireDelegation: false } }, { callers: { maxDelegationDepth: 0 } }, true],
  [{ callers: { requireDelegation: false } }, {}, false],
  [{ riskClasses: ["low", "high"] }, { riskClasses: ["high"] }, true],
  [{ requireTicket: true }, { requireTicket: true, actions: ["x"] }, true],
  [{ requireTicket: true }, { requireTicket: false }, false],
  [{ when: "request.reason == 'x'" }, { when: "request.reason == 'x'", actions: ["a"] }, true],
  [{ when: "request.reason == 'x'" }, {}, false],
  [
    { timeWindows: [{ days: ["mon"], start: "22:00", end: "06:00" }] },
    { timeWindows: [{ days: ["tue"], start: "00:00", end: "05:00" }] },
    true,
  ],
  [
    {
      timeWindows: [
        { start: "08:00", end: "12:00" },
        { start: "12:00", end: "18:00" },
      ],
    },
    { timeWindows: [{ start: "09:00", end: "17:00" }] },
    true,
  ],
  [{ timeWindows: [{ start: "08:00", end: "12:00" }] }, { timeWindows: [{ start: "09:00", end: "12:01" }] }, false],
  [
    { timeWindows: [{ start: "08:00", end: "18:00" }] },
    { timeWindows: [{ start: "09:00", end: "10:00", timeZone: "Asia/Tokyo" }] },
    false,
  ],
];
for (const [outer, inner, expected] of pairs) {
  test(`shadowed: ${JSON.stringify(outer)} over ${JSON.stringify(inner)}: ${expected}`, (t) => {
    const found = lint([policy("p", [rule("a", "allow", outer, { priority: 1 }), rule("b", "allow", inner)])]);
    t.deepEqual(found, expected ? ["shadowed b by a"] : []);
  });
}

test("an allow does not take from a deny what only the chain of delegation matches", (t) => {
  const match: Match = { callers: { roles: ["a"] } };
  const findings = lintRules(
    engineOf({
      policies: [policy("p", [rule("a", "allow", match, { priority: 1 }), rule("b", "deny", match)])],
      actions: [],
      targets: [],
    }),
  );
  t.deepEqual(findings.map(brief), ["shadowed b by a"]);
  t.regex(findings[0]?.message ?? "", /unless the request is delegated$/);
  t.deepEqual(lint([policy("p", [rule("a", "deny", match, { priority: 1 }), rule("b", "allow", match)])]), [
    "shadowed b by a",
  ]);
});

test("a guardrail that denies takes everything, whatever the priority; one that asks takes nothing from an allow", (t) => {
  const allow = policy("p", [rule("b", "allow", { actions: ["x"] }, { priority: 9 })]);
  t.deepEqual(lint([policy("g", [rule("a", "deny", { actions: ["x*"] })], true), allow]), ["shadowed b by a"]);
  t.deepEqual(lint([policy("g", [rule("a", "require_approval", { actions: ["x*"] })], true), allow]), []);
});

test("an expression of a guardrail is not shadowed by another that asks: in error it leaves the request undecided", (t) => {
  const a = rule("a", "require_approval", {}, { priority: 1 });
  const when = "params.n == 1";
  t.deepEqual(lint([policy("g", [a, rule("b", "require_approval", { when })], true)]), []);
  t.deepEqual(lint([policy("g", [a, rule("b", "require_approval")], true)]), ["shadowed b by a"]);
  t.deepEqual(lint([policy("g", [rule("a", "deny"), rule("b", "require_approval", { when })], true)]), [
    "shadowed b by a",
  ]);
});

const never: [string, Match][] = [
  ["empty list", { actions: [] }],
  ["empty nested list", { callers: { roles: [] } }],
  ["delegated and direct", { callers: { requireDelegation: true, maxDelegationDepth: 0 } }],
  ["delegator of a direct request", { callers: { requireDelegation: false, delegatedFrom: ["a"] } }],
  ["a risk that the sensitivity excludes", { riskClasses: ["low"], targets: { sensitivities: ["critical"] } }],
  ["when false", { when: "false" }],
];
for (const [what, match] of never) {
  test(`unreachable: ${what}`, (t) => t.deepEqual(lint([policy("p", [rule("a", "allow", match)])]), ["unreachable a"]));
}

test("disabled rules and allows in guardrails are left out", (t) => {
  t.deepEqual(lint([policy("p", [rule("a", "allow", {}, { disabled: true })])]), ["unreachable a"]);
  t.deepEqual(lint([policy("g", [rule("a", "allow")], true)]), ["unreachable a"]);
});

test("with an inventory: no such action, no such target, no such pair", (t) => {
  const found = (match: Match) =>
    lintRules(engineOf({ policies: [policy("p", [rule("a", "allow", match)])] })).map(brief);
  t.deepEqual(found({ actions: ["rest*"] }), []);
  t.deepEqual(found({ actions: ["scale*"] }), ["unreachable a (inventory)"]);
  t.deepEqual(found({ targets: { environments: ["prod"] } }), ["unreachable a (inventory)"]);
  t.deepEqual(found({ targets: {}, riskClasses: ["critical"] }), ["unreachable a (inventory)"]);
});

test("the ban on deleting namespaces in prod that a rule on critical risk shadows", (t) => {
  const approve = rule(
    "require-approval-critical-risk",
    "require_approval",
    { riskClasses: ["critical"] },
    { priority: 1000 },
  );
  const ban = rule(
    "deny-delete-namespace-prod",
    "deny",
    { actions: ["delete-namespace"], targets: { environments: ["prod"] } },
    { priority: 900 },
  );
  const world = {
    actions: [action("delete-namespace", { riskClass: "critical", targetTypes: ["k8s-deployment"] })],
    policies: [policy("default", [approve, ban])],
  };
  const prod = (sensitivity: "public" | "internal") => target(sensitivity, { environment: "prod", sensitivity });
  t.deepEqual(lintRules(engineOf({ ...world, targets: [prod("internal")] })).map(brief), [
    "shadowed deny-delete-namespace-prod by require-approval-critical-risk (inventory)",
  ]);
  t.deepEqual(lintRules(engineOf({ ...world, targets: [prod("internal"), prod("public")] })), []);
});

test("several rules together take all that is registered from one", (t) => {
  const on = (name: string, environment: "dev" | "prod", priority: number) =>
    rule(name, "allow", { targets: { environments: [environment] } }, { priority });
  const findings = lintRules(
    engineOf({
      policies: [policy("p", [on("a", "dev", 2), on("b", "prod", 2), rule("c", "deny")])],
      targets: [target("web"), target("web2", { environment: "prod" })],
    }),
  );
  t.deepEqual(findings.map(brief), ["shadowed c (inventory)"]);
  t.regex(findings[0]?.message ?? "", /p\/a \(allow\), p\/b \(allow\)/);
});

test("conflicts: one priority, overlapping, decided differently by nothing but a name", (t) => {
  const conflict = (a: Match, b: Match, more: Partial<PolicyRule> = {}) =>
    lint([policy("a", [rule("x", "allow", a)]), policy("b", [rule("y", "deny", b, more)])]);
  t.deepEqual(conflict({ actions: ["get-*"] }, { actions: ["*-pod"] }), ["conflicting y by x"]);
  t.deepEqual(conflict({ actions: ["get-*"] }, { actions: ["*-pod"] }, { priority: 1 }), []);
  t.deepEqual(conflict({ actions: ["get-*"] }, { actions: ["*-pod"] }, { decision: "allow" }), []);
  t.deepEqual(conflict({ actions: ["get-*"] }, { actions: ["put-*"] }), []);
  t.deepEqual(conflict({ callers: { roles: ["a"] } }, { callers: { roles: ["b"] } }), ["conflicting y by x"]);
  t.deepEqual(conflict({ callers: { agentIds: ["a"] } }, { callers: { agentIds: ["b"] } }), []);
  const early = { timeWindows: [{ start: "08:00", end: "12:00" }] };
  t.deepEqual(conflict(early, { ...early, timeWindows: [{ start: "11:30", end: "14:00" }] }), ["conflicting y by x"]);
  t.deepEqual(conflict(early, { timeWindows: [{ start: "12:00", end: "14:00" }] }), []);
  t.deepEqual(conflict({ when: "request.reason == ''" }, { actions: ["x"] }), []); // not provable
  t.deepEqual(conflict({ targets: { labels: { a: "1" } } }, { targets: { labels: { a: "2" } } }), []);
});

test("the exception before the general rule in one policy is no conflict", (t) => {
  const exception = rule("x", "allow", { actions: ["get-*"] });
  t.deepEqual(lint([policy("p", [exception, rule("y", "deny")])]), []);
  t.deepEqual(lint([policy("a", [exception]), policy("b", [rule("y", "deny")])]), ["conflicting y by x"]);
});

test("no false claims: a rule that is said never to decide never does", (t) => {
  let claims = 0;
  fc.assert(
    fc.property(world, fc.array(input, { minLength: 30, maxLength: 30 }), (w, asked) => {
      const engine = new PolicyEngine();
      engine.replaceAll(w);
      const dead = new Map<string, Finding>();
      for (const f of lintRules(engine)) if (f.kind !== "conflicting") dead.set(`${f.policy}/${f.rule}`, f);
      claims += dead.size;
      for (const one of asked.flatMap((each) => [each, aim(w, each)])) {
        const decision = decide(engine, one);
        const claim = dead.get(`${decision.policy}/${decision.rule}`);
        if (!claim) continue;
        t.true(claim.message.endsWith("unless the request is delegated") && (one.agent?.delegation.length ?? 0) > 0);
      }
    }),
    { numRuns: 300 },
  );
  t.true(claims > 300);
});

test("very many rules: bounded, and says so", (t) => {
  const rules = Array.from({ length: 4000 }, (_, i) => rule(`r${i}`, "allow", { actions: [`a${i}`] }));
  const findings = lintRules(engineOf({ policies: [policy("p", rules)], actions: [], targets: [] }));
  t.deepEqual(
    findings.map((f) => f.kind),
    ["incomplete"],
  );
  t.regex(findings[0]?.message ?? "", /left out/);
});
