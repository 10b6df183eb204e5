import test from "ava";
import { explain } from "../../controller/analysis/explain.ts";
import { agent, engineOf, NOON, policy, rule } from "../policy/make.ts";

const input = {
  now: NOON,
  agent,
  request: { uid: "u", namespace: "agents", name: "r", action: "restart", target: "web", params: {} },
};

test("tells every condition that a rule missed, nearest rules first", (t) => {
  const engine = engineOf({
    policies: [
      policy("p", [
        rule("far", "allow", { targets: { environments: ["prod"] }, callers: { roles: ["sre"] }, requireTicket: true }),
        rule("near", "allow", { requireTicket: true }),
        rule("lower", "allow", {}, { priority: -1 }),
        rule("decides", "require_approval"),
        rule("untrue", "allow", { when: "request.reason == 'x'" }),
        rule("broken", "deny", { when: "params.no == 1" }, { priority: -2 }),
      ]),
      policy("g", [rule("rail", "deny", { actions: ["drain*"] })], true),
    ],
  });
  const { decision, nearest } = explain(engine, input);
  t.is(decision.rule, "decides");
  t.deepEqual(
    nearest.map(({ rule: name, outcome, missed }) => [name, outcome, missed.map((m) => m.condition)]),
    [
      ["lower", "outranked", []],
      ["broken", "error", []],
      ["rail", "missed", ["match.actions"]],
      ["near", "missed", ["match.requireTicket"]],
      ["untrue", "missed", ["match.when"]],
      ["far", "missed", ["match.targets.environments", "match.callers.roles", "match.requireTicket"]],
    ],
  );
  t.is(nearest.at(-1)?.missed[1]?.message, "roles deployer hold none of sre");
  t.is(explain(engine, input, 2).nearest.length, 2);
});

test("a request that is denied before the rules has no near rules", (t) => {
  const engine = engineOf({ policies: [policy("p", [rule("r", "allow")])] });
  const { decision, nearest } = explain(engine, { ...input, request: { ...input.request, action: "restrat" } });
  t.is(decision.cause, "UnknownAction");
  t.deepEqual(nearest, []);
});
