import test from "ava";
import fc from "fast-check";
import type { ActionPolicy, PolicyRule } from "../../controller/api/types.ts";
import { decide } from "../../controller/policy/decide.ts";
import { PolicyEngine } from "../../controller/policy/engine.ts";
import type { Decision } from "../../controller/policy/types.ts";
import type { World } from "./reference.ts";
import { agent, aim, input, policy, rule, world } from "./worlds.ts";

const RUNS = { numRuns: 300 };

function build(w: World): PolicyEngine {
  const engine = new PolicyEngine();
  engine.replaceAll(w);
  return engine;
}

/** How much a decision lets through; what is undecided lets nothing through. */
const open = (decision: Decision): number => ["require_approval", "allow"].indexOf(decision.result);

const inputs = fc.array(input, { minLength: 5, maxLength: 12 });

function withPolicy(w: World, added: ActionPolicy): World {
  return { ...w, policies: [...w.policies.filter((p) => p.metadata.name !== added.metadata.name), added] };
}

/** Without its narrowest conditions, so that it matches more often. */
function loosened({ actions, callers, when }: PolicyRule["match"]): PolicyRule["match"] {
  return { ...(actions && { actions }), ...(callers && { callers }), ...(when !== undefined && { when }) };
}

test("a deny rule that is added never lets more through", (t) => {
  let denied = 0;
  fc.assert(
    fc.property(world, rule, fc.boolean(), inputs, (w, added, guardrail, asked) => {
      const extra: ActionPolicy = {
        apiVersion: "agentsafe.dev/v1alpha1",
        kind: "ActionPolicy",
        metadata: { name: "extra" },
        spec: { guardrail, rules: [{ ...added, disabled: false, decision: "deny", match: loosened(added.match) }] },
      };
      const before = build(w);
      const after = build(withPolicy(w, extra));
      for (const one of asked.map((each) => aim(w, each))) {
        const [was, is] = [decide(before, one), decide(after, one)];
        if (open(is) < open(was)) denied++;
        t.true(open(is) <= open(was));
      }
    }),
    RUNS,
  );
  t.true(denied > 20); // the law was put to the test
});

test("the order of insertion never matters, also within equal priority", (t) => {
  fc.assert(
    fc.property(world, inputs, fc.infiniteStream(fc.nat()), (w, asked, random) => {
      // all priorities alike, so that only policy names and rule order are left to decide
      const policies = w.policies.map((p) => ({
        ...p,
        spec: { ...p.spec, rules: p.spec.rules.map((r) => ({ ...r, priority: 7 })) },
      }));
      const whole = build({ ...w, policies });
      const shuffled = policies
        .map((p) => ({ p, at: random.next().value }))
        .sort((a, b) => a.at - b.at)
        .map(({ p }) => p);
      const single = build({ ...w, policies: [] });
      for (const p of shuffled) single.upsertPolicy(p);
      for (const one of asked.map((each) => aim(w, each))) t.deepEqual(decide(single, one), decide(whole, one));
    }),
    RUNS,
  );
});

test("a delegation that is narrowed never lets more through", (t) => {
  let narrowed = 0;
  fc.assert(
    fc.property(
      world,
      inputs,
      agent.filter((a) => a.delegation.length > 0 && !a.suspended),
      fc.subarray(["sre", "dev", "ops", "x", "y", "z"]),
      fc.constantFrom(undefined, ["get-*"], ["*-deployment", "drain-node"]),
      (w, asked, wide, kept, actions) => {
        const engine = build(w);
        const keep = (values: readonly string[]) => values.filter((value) => kept.includes(value));
        const narrow = {
          ...wide,
          roles: keep(wide.roles),
          groups: keep(wide.groups),
          delegation: wide.delegation.map((link) => (actions ? { ...link, scope: { ...link.scope, actions } } : link)),
        };
        for (const one of asked.map((each) => aim(w, each))) {
          if (actions && wide.delegation.some((link) => link.scope?.actions)) continue; // it would not be narrower
          const was = decide(engine, { ...one, agent: wide });
          if (was.result === "undecided") continue;
          const is = decide(engine, { ...one, agent: narrow });
          if (open(is) < open(was)) narrowed++;
          t.true(open(is) <= open(was));
        }
      },
    ),
    RUNS,
  );
  t.true(narrowed > 20);
});

test("a rule that comes to be in error never lets more through", (t) => {
  let undecided = 0;
  fc.assert(
    fc.property(world, inputs, fc.nat(), fc.nat(), (w, asked, p, r) => {
      const broken = w.policies.map((object, i) => {
        if (i !== p % w.policies.length) return object;
        const rules = object.spec.rules.map((one, at) =>
          at === r % object.spec.rules.length ? { ...one, match: { ...one.match, when: "params.none == 1" } } : one,
        );
        return { ...object, spec: { ...object.spec, rules } };
      });
      const before = build(w);
      const after = build({ ...w, policies: broken });
      for (const one of asked.map((each) => aim(w, each))) {
        const is = decide(after, one);
        if (is.result === "undecided") undecided++;
        t.true(open(is) <= open(decide(before, one)));
      }
    }),
    RUNS,
  );
  t.true(undecided > 20);
});

test("a rule in error that is added never lets more through", (t) => {
  fc.assert(
    fc.property(world, policy, inputs, (w, added, asked) => {
      const rules = added.spec.rules.map((one) => ({ ...one, match: { ...one.match, when: "params.none == 1" } }));
      const extra = { ...added, metadata: { name: "extra" }, spec: { ...added.spec, rules } };
      const before = build(w);
      const after = build(withPolicy(w, extra));
      for (const one of asked.map((each) => aim(w, each)))
        t.true(open(decide(after, one)) <= open(decide(before, one)));
    }),
    RUNS,
  );
});
