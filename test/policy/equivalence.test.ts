import test from "ava";
import fc from "fast-check";
import { decide, verdict } from "../../controller/policy/decide.ts";
import { PolicyEngine } from "../../controller/policy/engine.ts";
import type { DecideInput } from "../../controller/policy/types.ts";
import { reference, type World } from "./reference.ts";
import { aim, input, policy, target, world } from "./worlds.ts";

function build(w: World): PolicyEngine {
  const engine = new PolicyEngine();
  engine.replaceAll(w);
  return engine;
}

function got(engine: PolicyEngine, asked: DecideInput) {
  const { result, cause, policy: name, rule, effectiveRisk } = decide(engine, asked);
  const v = verdict(engine, asked);
  return { result, cause, policy: name, rule, effectiveRisk, verdict: [v.result, v.policy, v.rule] };
}

function want(w: World, asked: DecideInput) {
  const e = reference(w, asked);
  const { policy: name, rule } = e;
  return { result: e.result, cause: e.cause, policy: name, rule, verdict: [e.result, name ?? null, rule ?? null] };
}

let compared = 0;

function agree(
  t: { deepEqual(a: unknown, b: unknown): void },
  w: World,
  engine: PolicyEngine,
  inputs: DecideInput[],
): void {
  compared += 2 * inputs.length;
  for (const asked of inputs.flatMap((each) => [each, aim(w, each)])) {
    const { effectiveRisk, ...actual } = got(engine, asked);
    t.deepEqual(actual, want(w, asked));
    const { effectiveRisk: expectedRisk } = reference(w, asked);
    if (expectedRisk !== undefined) t.deepEqual(effectiveRisk, expectedRisk);
  }
}

test("the indexed engine decides as a naive reading of the rules does", (t) => {
  fc.assert(
    fc.property(world, fc.array(input, { minLength: 10, maxLength: 30 }), (w, inputs) => agree(t, w, build(w), inputs)),
    { numRuns: 600 },
  );
  t.true(compared >= 20_000); // tens of thousands of cases
});

type Change =
  | { kind: "policy"; object: World["policies"][number] }
  | { kind: "target"; object: World["targets"][number] }
  | { kind: "remove policy"; index: number }
  | { kind: "remove target"; index: number };

const change: fc.Arbitrary<Change> = fc.oneof(
  policy.map((object): Change => ({ kind: "policy", object })),
  target.map((object): Change => ({ kind: "target", object })),
  fc.nat(20).map((index): Change => ({ kind: "remove policy", index })),
  fc.nat(20).map((index): Change => ({ kind: "remove target", index })),
);

function put<T extends { metadata: { name: string } }>(list: T[], object: T): T[] {
  return [...list.filter((other) => other.metadata.name !== object.metadata.name), object];
}

test("changes one by one give the same decisions as a fresh build", (t) => {
  fc.assert(
    fc.property(
      world,
      fc.array(change, { maxLength: 12 }),
      fc.array(input, { minLength: 4, maxLength: 8 }),
      (start, changes, inputs) => {
        const engine = build(start);
        let w = start;
        for (const c of changes) {
          for (const asked of inputs.slice(0, 1)) decide(engine, asked); // what is remembered must be forgotten in time
          if (c.kind === "policy") {
            w = { ...w, policies: put(w.policies, c.object) };
            engine.upsertPolicy(c.object);
          } else if (c.kind === "target") {
            w = { ...w, targets: put(w.targets, c.object) };
            engine.upsertTarget(c.object);
          } else if (c.kind === "remove policy") {
            const name = w.policies[c.index]?.metadata.name;
            w = { ...w, policies: w.policies.filter((p) => p.metadata.name !== name) };
            if (name !== undefined) engine.removePolicy(name);
          } else {
            const name = w.targets[c.index]?.metadata.name;
            w = { ...w, targets: w.targets.filter((x) => x.metadata.name !== name) };
            if (name !== undefined) engine.removeTarget(name);
          }
        }
        agree(t, w, engine, inputs);
        t.is(engine.digest(), build(w).digest());
      },
    ),
    { numRuns: 300 },
  );
});
