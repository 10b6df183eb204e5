import test from "ava";
import fc from "fast-check";
import type { Delegation, PolicyRule } from "../../controller/api/types.ts";
import { MAX_DELEGATION_DEPTH } from "../../controller/identity/delegation-chain.ts";
import { resolveRequester } from "../../controller/identity/resolve-requester.ts";
import { decide } from "../../controller/policy/decide.ts";
import type { Decision, ResolvedAgent } from "../../controller/policy/types.ts";
import { action, engineOf, policy, target } from "../policy/make.ts";
import { account, agent, CREATED, delegation, indexes, NAMESPACE, ref } from "./support.ts";

const NAMES = ["a", "b", "c", "d", "e", "f", "g"];
const ROLES = ["r1", "r2", "r3"];
const GROUPS = ["g1", "g2"];
const ACTIONS = ["get-status", "restart", "scale"];
const HOUR = 3_600_000;

const some = <T>(values: readonly T[]) => fc.subarray([...values], { minLength: 1 });
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const without = <T extends object>(record: T) =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };

/** What each of a chain has by itself, and what it lends. */
const person = fc.record({ roles: fc.subarray(ROLES), groups: fc.subarray(GROUPS) });
const lending = fc.record({
  roles: fc.subarray(ROLES),
  groups: fc.subarray(GROUPS),
  actions: optional(fc.constantFrom(["get-*"], ["*"], ["restart", "scale"])),
  environments: optional(some(["dev", "prod"] as const)),
  hours: fc.integer({ min: 1, max: 9 }),
  created: fc.integer({ min: 0, max: 3 }),
});
const chain = fc.record({
  people: fc.array(person, { minLength: 7, maxLength: 7 }),
  lendings: fc.array(lending, { minLength: 6, maxLength: 6 }),
  depth: fc.integer({ min: 1, max: 6 }),
  maxDepth: fc.integer({ min: 1, max: 5 }),
  /** Whether only what is held is lent; otherwise most chains would not hold. */
  honest: fc.boolean(),
  suspend: fc.integer({ min: 0, max: 60 }),
  hour: fc.integer({ min: 0, max: 12 }),
});

type Chain = typeof chain extends fc.Arbitrary<infer T> ? T : never;

/** The resolution of the agent at each depth, 0 being the root itself. */
function resolveAll({ people, lendings, maxDepth, honest, suspend, hour }: Chain) {
  const agents = people.map(({ roles, groups }, i) =>
    agent(NAMES[i] ?? "", { roles, groups, suspended: suspend === i }),
  );
  const held = { roles: people[0]?.roles ?? [], groups: people[0]?.groups ?? [] };
  const delegations: Delegation[] = lendings.map(({ roles, groups, actions, environments, hours, created }, i) => {
    if (honest) {
      held.roles = roles.filter((role) => held.roles.includes(role));
      held.groups = groups.filter((group) => held.groups.includes(group));
    }
    const spec = without({
      to: NAMES[i + 1],
      roles: honest ? held.roles : roles,
      groups: honest ? held.groups : groups,
      actions,
      targets: environments && { environments },
      ttl: `${hours}h`,
      ...(i === 0 ? { maxDepth } : { parentRef: ref(`d${i}`) }),
    }) as Delegation["spec"];
    const made = new Date(CREATED + created * HOUR).toISOString();
    return delegation(`d${i + 1}`, NAMES[i] ?? "", spec, { creationTimestamp: made });
  });
  const known = indexes(agents, delegations);
  const now = CREATED + hour * HOUR;
  return NAMES.map((name, depth) =>
    resolveRequester(known, {
      requester: account(name),
      namespace: NAMESPACE,
      now,
      ...(depth > 0 && { delegationRef: ref(`d${depth}`) }),
    }),
  );
}

test("whatever holds is narrower than what it was lent from: roles, groups, end, depth, and its parent holds", (t) => {
  let deep = 0;
  fc.assert(
    fc.property(chain, (given) => {
      const found = resolveAll(given);
      for (const [depth, one] of found.entries()) {
        const parent = found[depth - 1];
        if (parent === undefined || !("agent" in one)) continue;
        if (depth > 1) deep++;
        if (!("agent" in parent)) return t.fail(`${one.agent.id} holds without its parent`);
        t.true(depth <= Math.min(given.maxDepth, MAX_DELEGATION_DEPTH));
        t.is(one.agent.delegation.length, depth);
        t.true(one.agent.id === `${parent.agent.id}/${NAMES[depth]}`);
        for (const role of one.agent.roles) t.true(parent.agent.roles.includes(role));
        for (const group of one.agent.groups) t.true(parent.agent.groups.includes(group));
        t.true((one.expiresAt ?? Number.NaN) <= (parent.expiresAt ?? Number.POSITIVE_INFINITY));
        t.true((one.expiresAt ?? 0) > CREATED + given.hour * HOUR);
        if (parent.agent.suspended) t.true(one.agent.suspended);
      }
    }),
    { numRuns: 1000 },
  );
  t.true(deep > 200);
});

const rule: fc.Arbitrary<Omit<PolicyRule, "name">> = fc.record({
  decision: fc.constantFrom("allow" as const, "allow" as const, "deny" as const, "require_approval" as const),
  reason: fc.constant("a rule"),
  priority: fc.integer({ min: 0, max: 3 }),
  match: fc
    .record({
      actions: optional(some(ACTIONS)),
      targets: optional(fc.record({ environments: some(["dev", "prod"] as const) })),
      // What names delegates is meant for them: it may well give them what nobody else has.
      callers: fc.oneof(fc.constant(undefined), fc.record({ roles: some(ROLES) }), fc.record({ groups: some(GROUPS) })),
    })
    .map((match) => without(match) as PolicyRule["match"]),
});

const open = ({ result }: Decision): number => Math.max(0, ["deny", "require_approval", "allow"].indexOf(result));

test("whatever a delegate may do, everybody who lent to it may do", (t) => {
  let allowed = 0;
  let narrowed = 0;
  fc.assert(
    fc.property(chain, fc.array(rule, { minLength: 1, maxLength: 6 }), fc.boolean(), (given, rules, guardrail) => {
      const named = rules.map((one, i) => ({ ...one, name: `rule-${i}` }));
      const engine = engineOf({
        actions: ACTIONS.map((name) => action(name)),
        targets: [target("dev"), target("prod", { environment: "prod" })],
        policies: [policy("p", named.slice(1)), policy("q", named.slice(0, 1), guardrail)],
      });
      const ask = (who: ResolvedAgent, what: string, where: string) =>
        decide(engine, {
          now: CREATED,
          agent: who,
          request: { uid: "u", namespace: NAMESPACE, name: "r", action: what, target: where, params: {} },
        });
      const found = resolveAll(given).flatMap((one) => ("agent" in one ? [one.agent] : []));
      for (const [i, child] of found.entries()) {
        for (const parent of child.delegation.length === 0 ? [] : found.slice(0, i)) {
          for (const what of ACTIONS) {
            for (const where of ["dev", "prod"]) {
              const [may, might] = [open(ask(child, what, where)), open(ask(parent, what, where))];
              if (may > 0) allowed++;
              if (may < might) narrowed++;
              t.true(may <= might, `${child.id} may ${what} ${where}, ${parent.id} may not`);
            }
          }
        }
      }
    }),
    { numRuns: 500 },
  );
  t.true(allowed > 50);

  t.true(narrowed > 100);
});
