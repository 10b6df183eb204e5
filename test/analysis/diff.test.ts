import test from "ava";
import fc from "fast-check";
import { type DiffOptions, diffPolicies } from "../../controller/analysis/diff.ts";
import type { ActionPolicy, PolicyRule } from "../../controller/api/types.ts";
import { decide } from "../../controller/policy/decide.ts";
import { PolicyEngine } from "../../controller/policy/engine.ts";
import { action, engineOf, policy, rule, target, type World } from "../policy/make.ts";
import { aim, input, world } from "../policy/worlds.ts";

type Match = PolicyRule["match"];

const inventory: World = {
  actions: [
    action("restart"),
    action("scale", { parameters: [{ name: "replicas", type: "integer", constraints: { minimum: 0, maximum: 100 } }] }),
  ],
  targets: [
    target("web", { labels: { team: "a" } }),
    target("api", { environment: "prod", sensitivity: "critical" }),
    target("spare", { environment: "prod", sensitivity: "public" }),
  ],
};

function compare(before: ActionPolicy[], after: ActionPolicy[], options?: DiffOptions, over: World = inventory) {
  const engines = [before, after].map((policies) => engineOf({ ...over, policies }));
  const [a = engineOf({}), b = engineOf({})] = engines;
  const diff = diffPolicies(a, b, options);
  return { ...diff, a, b };
}

const base = rule("base", "allow", {}, { priority: 0 });

/** A rule above an allow for all; the two sides differ in its match. Each must be found, with a witness. */
const changes: [what: string, before: Match, after: Match][] = [
  ["actions", { actions: ["restart"] }, { actions: ["re*", "scale"] }],
  ["environments", { targets: { environments: ["dev"] } }, { targets: { environments: ["dev", "prod"] } }],
  ["sensitivities", { targets: { sensitivities: ["critical"] } }, { targets: { sensitivities: ["internal"] } }],
  ["labels", { targets: { labels: { team: "a" } } }, { targets: {} }],
  ["agent ids", { callers: { agentIds: ["x"] } }, { callers: { agentIds: ["x", "y"] } }],
  ["roles", { callers: { roles: ["x", "y"] } }, { callers: { roles: ["x"] } }],
  ["roles and groups", { callers: { roles: ["x"] } }, { callers: { roles: ["x"], groups: ["g"] } }],
  ["delegators", { callers: { delegatedFrom: ["a"] } }, { callers: { delegatedFrom: ["b"] } }],
  ["delegation depth", { callers: { maxDelegationDepth: 2 } }, { callers: { maxDelegationDepth: 1 } }],
  ["delegation", { callers: { requireDelegation: true } }, { callers: {} }],
  ["risk", { riskClasses: ["critical"] }, { riskClasses: ["critical", "low"] }],
  ["ticket", { requireTicket: true }, {}],
  [
    "a minute of a window",
    { timeWindows: [{ days: ["fri"], start: "22:00", end: "04:00" }] },
    { timeWindows: [{ days: ["fri"], start: "22:00", end: "04:01" }] },
  ],
  [
    "the zone of a window",
    { timeWindows: [{ start: "09:00", end: "10:00" }] },
    { timeWindows: [{ start: "09:00", end: "10:00", timeZone: "Europe/Berlin" }] },
  ],
  [
    "a bound of a parameter",
    { when: "has(params.replicas) && params.replicas > 10" },
    { when: "has(params.replicas) && params.replicas >= 10" },
  ],
  ["a reason", { when: "request.reason == 'drill'" }, { when: "request.reason == 'test'" }],
  ["a role in an expression", { when: "'a' in agent.roles" }, { when: "'b' in agent.roles" }],
];
for (const [what, before, after] of changes) {
  for (const decision of ["deny", "require_approval"] as const) {
    test(`finds a change of ${what} of a ${decision}`, (t) => {
      const side = (match: Match) => [policy("p", [rule("r", decision, match, { priority: 1 }), base])];
      const { differences, exhaustive, limits, a, b } = compare(side(before), side(after));
      t.true(differences.length > 0);
      t.is(exhaustive, limits.length === 0);
      for (const { witness, change, ...sides } of differences) {
        t.is(decide(a, witness).result, sides.before.result);
        t.is(decide(b, witness).result, sides.after.result);
        t.is(change, sides.after.result === "allow" ? "wider" : "narrower");
        t.true([sides.before.rule, sides.after.rule].includes("r"));
      }
    });
  }
}

test("no difference, and sure of it: names, reasons, descriptions, places that don't matter", (t) => {
  const before = [policy("p", [rule("r", "deny", { actions: ["restart"] }, { priority: 1 }), base])];
  const after = [
    policy("q", [base]),
    policy("z", [rule("other", "deny", { actions: ["restart"] }, { priority: 1, description: "x" })]),
  ];
  const { differences, exhaustive, limits } = compare(before, after);
  t.deepEqual(differences, []);
  t.deepEqual(limits, []);
  t.true(exhaustive);
});

test("rules of equal priority in another order, a disabled rule, a priority, a guardrail", (t) => {
  const [x, y] = [rule("x", "allow", { actions: ["restart"] }), rule("y", "deny", { actions: ["re*"] })];
  const one = (before: ActionPolicy[], after: ActionPolicy[]) =>
    compare(before, after).differences.map((d) => [d.change, d.before.rule, d.after.rule, d.witness.request.action]);
  t.deepEqual(one([policy("p", [x, y])], [policy("p", [y, x])]), [["narrower", "x", "y", "restart"]]);
  t.deepEqual(one([policy("p", [x])], [policy("p", [{ ...x, disabled: true }])]), [
    ["narrower", "x", undefined, "restart"],
  ]);
  t.deepEqual(one([policy("p", [x, y])], [policy("p", [x, { ...y, priority: 1 }])]), [
    ["narrower", "x", "y", "restart"],
  ]);
  t.deepEqual(
    one([policy("p", [x]), policy("z", [y])], [policy("p", [{ ...x, priority: 5 }]), policy("z", [y], true)]),
    [["narrower", "x", "y", "restart"]],
  );
});

test("a ban that only a chain of delegation shows", (t) => {
  const give = rule("give", "allow", { callers: { agentIds: ["b"] } });
  const ban = rule("ban", "deny", { callers: { agentIds: ["a"] } }, { priority: 1 });
  const { differences } = compare([policy("p", [give])], [policy("p", [give, ban])]);
  t.deepEqual(
    differences.map((d) => [d.change, d.before.rule, d.after.rule]),
    [["narrower", "give", "ban"]],
  );
  t.is(differences[0]?.witness.agent?.delegation[0]?.id, "a");
});

test("other people have to approve: a difference of its own", (t) => {
  const by = (team: string) => [
    policy("p", [rule("r", "require_approval", {}, { approval: { require: [{ count: 1, teams: [team] }] } })]),
  ];
  const { differences } = compare(by("acme/sre"), by("acme/dev"));
  t.deepEqual(
    differences.map((d) => d.change),
    ["other"],
  );
});

test("a target or an action that changed is a difference too", (t) => {
  const policies = [policy("p", [rule("r", "allow", { riskClasses: ["low", "medium"] })])];
  const before = engineOf({ ...inventory, policies });
  const raised = engineOf({
    ...inventory,
    policies,
    actions: [action("restart", { riskClass: "high" }), action("scale")],
  });
  const { differences } = diffPolicies(before, raised);
  t.true(differences.some((d) => d.change === "narrower" && d.witness.request.action === "restart"));
  const fewer = engineOf({ ...inventory, policies, targets: [] });
  t.true(diffPolicies(before, fewer).differences.some((d) => d.after.cause === "UnknownTarget"));
});

test("policies alone, with nothing registered: made-up actions and targets, and it says so", (t) => {
  const side = (match: Match) => [policy("p", [rule("r", "allow", match)])];
  const { differences, limits } = compare(
    side({ actions: ["get-*"], targets: { types: ["k8s-pod"], labels: { a: "1" } } }),
    side({ actions: ["get-*", "drop-?"], targets: { types: ["k8s-pod"], labels: { a: "1" } } }),
    {},
    { actions: [], targets: [] },
  );
  t.deepEqual(
    differences.map((d) => [d.change, d.after.rule]),
    [["wider", "r"]],
  );
  t.regex(limits.join(), /made-up/);
});

test("bounded: says where it stopped; and the same twice", (t) => {
  const rules = (n: number) =>
    Array.from({ length: n }, (_, i) => rule(`r${i}`, "deny", { callers: { roles: [`role-${i}`] } }));
  const { limits, tried } = compare([policy("p", rules(20))], [policy("p", rules(25))], { maxTried: 500 });
  t.true(tried <= 1000);
  t.regex(limits.join(), /only the first 500/);
  t.regex(limits.join(), /callers were sampled/);
  const run = () => JSON.stringify(compare([policy("p", rules(3))], [policy("p", [...rules(3), base])]).differences);
  t.is(run(), run());
});

test("known agents are the witnesses where they show the difference", (t) => {
  const agent = { id: "deploy-bot", roles: ["deployer"], groups: [], delegation: [], suspended: false };
  const side = (roles: string[]) => [policy("p", [rule("r", "allow", { callers: { roles } })])];
  const { differences } = compare(side(["deployer"]), side(["x"]), { agents: [agent] });
  t.true(differences.some((d) => d.witness.agent?.id === "deploy-bot"));
});

test("what it calls exhaustive is: random requests show no difference that it has not told", (t) => {
  let sure = 0;
  let differing = 0;
  fc.assert(
    fc.property(world, world, fc.array(input, { minLength: 20, maxLength: 20 }), (w, v, asked) => {
      const plain = (policies: ActionPolicy[]) =>
        policies.slice(0, 3).map((p) => {
          const rules = p.spec.rules.slice(0, 2).map((r) => {
            const { when: _, ...match } = r.match;
            return { ...r, match };
          });
          return { ...p, spec: { ...p.spec, rules } };
        });
      const engines = [w.policies, v.policies].map((policies) => {
        const engine = new PolicyEngine();
        engine.replaceAll({ ...w, policies: plain(policies) });
        return engine;
      });
      const [before = new PolicyEngine(), after = new PolicyEngine()] = engines;
      const diff = diffPolicies(before, after);
      for (const { witness, before: was, after: is } of diff.differences) {
        t.is(decide(before, witness).result, was.result);
        t.is(decide(after, witness).result, is.result);
      }
      if (!diff.exhaustive) return;
      sure++;
      const told = new Set(diff.differences.map((d) => JSON.stringify([d.before.result, d.after.result])));
      for (const one of asked.map((each) => aim(w, each))) {
        if (!one.agent || one.agent.delegation.length > 1 || one.agent.delegation.some((link) => link.scope)) continue;
        const [was, is] = [decide(before, one), decide(after, one)];
        if (was.result === is.result || was.cause === "AgentSuspended") continue;
        differing++;
        t.true(told.has(JSON.stringify([was.result, is.result])));
      }
    }),
    { numRuns: 60 },
  );
  t.true(sure > 5 && differing > 5);
});
