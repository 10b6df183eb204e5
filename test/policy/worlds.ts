import fc from "fast-check";
import type { Action, ActionPolicy, PolicyRule, Target } from "../../controller/api/types.ts";
import type { DecideInput } from "../../controller/policy/types.ts";
import { EXPRESSIONS, type World } from "./reference.ts";

const API = "agentsafe.dev/v1alpha1" as const;
const ACTIONS = ["get-pod", "get-node", "restart-deployment", "scale-deployment", "drain-node", "delete-namespace"];
const TYPES = ["k8s-pod", "k8s-deployment", "k8s-node", "k8s-namespace"];
const KINDS = ["Pod", "Deployment", "Node", "Namespace"];
const ENVIRONMENTS = ["dev", "staging", "prod"] as const;
const LEVELS = ["public", "internal", "restricted", "critical"] as const;
const RISKS = ["low", "medium", "high", "critical"] as const;
const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

const some = <T>(values: readonly T[]): fc.Arbitrary<T[]> =>
  fc.subarray([...values], { minLength: 1, maxLength: Math.min(3, values.length) });
const maybe = <T>(arbitrary: fc.Arbitrary<T>, weight = 3): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined, freq: weight });

/** Without the keys that are undefined: an absent condition is not one with nothing in it. */
function compact<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;
}

const action: fc.Arbitrary<Action> = fc
  .record({ name: fc.constantFrom(...ACTIONS), risk: fc.constantFrom(...RISKS), types: some(TYPES) })
  .map(({ name, risk, types }) => ({
    apiVersion: API,
    kind: "Action",
    metadata: { name },
    spec: {
      version: "1.0.0",
      description: name,
      riskClass: risk,
      targetTypes: types,
      parameters: [{ name: "n", type: "integer", required: false }],
      execution: { handler: { handler: "none" } },
    },
  }));

export const target: fc.Arbitrary<Target> = fc
  .record({
    name: fc.integer({ min: 0, max: 11 }),
    id: fc.integer({ min: 0, max: 9 }),
    kind: fc.nat(3),
    environment: fc.constantFrom(...ENVIRONMENTS),
    sensitivity: fc.constantFrom(...LEVELS),
    contents: fc.constantFrom(undefined, "registered" as const, "registered" as const),
    namespace: fc.constantFrom("a", "b"),
    object: fc.constantFrom("a", "b", "c", "d", "e"),
    labels: fc.record(
      { team: fc.constantFrom("red", "blue"), tier: fc.constantFrom("web", "data") },
      { requiredKeys: [] },
    ),
  })
  .map((t) => {
    const kind = KINDS[t.kind] ?? "Pod";
    const namespaced = kind === "Pod" || kind === "Deployment";
    return {
      apiVersion: API,
      kind: "Target",
      metadata: { name: `t${t.name}` },
      spec: compact({
        id: `id-${t.id}`,
        type: TYPES[t.kind] ?? "k8s-pod",
        environment: t.environment,
        sensitivity: t.sensitivity,
        contents: namespaced ? undefined : t.contents,
        labels: t.labels,
        resource: {
          kubernetes: compact({
            apiVersion: kind === "Deployment" ? "apps/v1" : "v1",
            kind,
            namespace: namespaced ? t.namespace : undefined,
            name: t.object,
          }),
        },
      }),
    };
  });

const timeWindow = fc
  .record({
    days: maybe(some(DAYS)),
    start: fc.constantFrom("00:00", "08:00", "22:30"),
    end: fc.constantFrom("05:15", "17:00", "24:00"),
  })
  .map((w) => compact({ ...w, timeZone: "UTC" }));

const rule: fc.Arbitrary<PolicyRule> = fc
  .record({
    priority: fc.constantFrom(0, 1, 1, 2, 500),
    decision: fc.constantFrom("allow" as const, "deny" as const, "require_approval" as const),
    disabled: fc.constantFrom(false, false, false, false, true),
    actions: maybe(
      some(["get-*", "*-deployment", "*", "drain-node", "?et-pod", "[gs]*", "[!g]*-n*", "restart-deployment", "none"]),
    ),
    targets: maybe(
      fc
        .record({
          environments: maybe(some(ENVIRONMENTS)),
          sensitivities: maybe(some(LEVELS)),
          types: maybe(some(TYPES)),
          labels: maybe(
            fc.record(
              { team: fc.constantFrom("red", "blue"), tier: fc.constantFrom("web", "data") },
              { requiredKeys: [] },
            ),
          ),
        })
        .map(compact),
    ),
    callers: maybe(
      fc
        .record({
          agentIds: maybe(some(["bot", "cat", "dog"])),
          roles: maybe(some(["sre", "dev"])),
          groups: maybe(some(["x", "y"])),
          delegatedFrom: maybe(some(["root", "mid"]), 1),
          maxDelegationDepth: maybe(fc.nat(2), 1),
          requireDelegation: maybe(fc.boolean(), 1),
        })
        .map(compact),
    ),
    riskClasses: maybe(some(RISKS), 1),
    timeWindows: maybe(fc.array(timeWindow, { minLength: 1, maxLength: 2 }), 1),
    requireTicket: maybe(fc.boolean(), 1),
    when: maybe(fc.constantFrom(...Object.keys(EXPRESSIONS)), 1),
  })
  .map(({ priority, decision, disabled, ...match }) => ({
    name: "r",
    priority,
    decision,
    disabled,
    reason: "because",
    match: compact(match),
  }));

export const policy: fc.Arbitrary<ActionPolicy> = fc
  .record({
    name: fc.nat(9),
    guardrail: fc.constantFrom(false, false, false, true),
    rules: fc.array(rule, { minLength: 1, maxLength: 4 }),
  })
  .map((p) => ({
    apiVersion: API,
    kind: "ActionPolicy",
    metadata: { name: `p${p.name}` },
    spec: { guardrail: p.guardrail, rules: p.rules.map((r, i) => ({ ...r, name: `r${i}` })) },
  }));

export const input: fc.Arbitrary<DecideInput> = fc
  .record({
    now: fc
      .integer({ min: Date.UTC(2026, 0, 1) / 60_000, max: Date.UTC(2026, 0, 20) / 60_000 })
      .map((minutes) => minutes * 60_000),
    action: fc.constantFrom(...ACTIONS),
    target: fc.integer({ min: 0, max: 10 }).map((id) => `id-${id}`),
    n: maybe(fc.nat(3)),
    reason: maybe(fc.constantFrom("yes", "no")),
    ticketId: maybe(fc.constantFrom("", "CHG-1")),
    agent: fc.record({
      id: fc.constantFrom("bot", "cat", "cow"),
      roles: fc.subarray(["sre", "dev", "ops"]),
      groups: fc.subarray(["x", "y", "z"]),
      delegation: fc.subarray(["root", "mid"]).map((ids) => ids.map((id) => ({ id }))),
      suspended: fc.constantFrom(false, false, false, false, false, false, true),
    }),
  })
  .map(({ now, n, agent, ...request }) => ({
    now,
    agent,
    request: { uid: "u", namespace: "agents", name: "r", params: n === undefined ? {} : { n }, ...compact(request) },
  }));

/** Objects of distinct names: what an API server can hold. */
const distinct = { selector: (o: { metadata: { name: string } }) => o.metadata.name };

export const world: fc.Arbitrary<World> = fc.record({
  actions: fc.uniqueArray(action, { ...distinct, minLength: 3, maxLength: 6 }),
  policies: fc.uniqueArray(policy, { ...distinct, minLength: 1, maxLength: 10 }),
  targets: fc.uniqueArray(target, { ...distinct, minLength: 2, maxLength: 12 }),
});
