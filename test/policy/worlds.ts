import fc from "fast-check";
import type { Action, ActionPolicy, PolicyRule, Target } from "../../controller/api/types.ts";
import type { DecideInput, DelegationScope, ResolvedAgent } from "../../controller/policy/types.ts";
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
/** Present two times in three. */
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 1, arbitrary: fc.constant(undefined) }, { weight: 2, arbitrary });
/** Present one time in five. */
const seldom = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

/** Without the keys that are undefined: an absent condition is not one with nothing in it. */
function compact<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;
}

const action: fc.Arbitrary<Action> = fc
  .record({
    name: fc.constantFrom(...ACTIONS),
    risk: fc.constantFrom(...RISKS),
    types: fc.oneof(some(TYPES), fc.constant(TYPES)),
  })
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
    /** Of another target now and then, which makes both of them unknown. */
    id: fc.constantFrom(undefined, undefined, undefined, undefined, undefined, 0, 1, 2),
    kind: fc.nat(3),
    environment: fc.constantFrom(...ENVIRONMENTS),
    sensitivity: fc.constantFrom(...LEVELS),
    contents: fc.constantFrom(undefined, "registered" as const, "registered" as const),
    namespace: fc.constantFrom("a", "b"),
    object: fc.constantFrom(undefined, undefined, undefined, undefined, "o0", "o1"),
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
        id: `id-${t.id ?? t.name}`,
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
            name: t.object ?? `o${t.name}`,
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

export const rule: fc.Arbitrary<PolicyRule> = fc
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
          agentIds: maybe(some(["bot", "cat", "dog", "root", "root/bot"])),
          roles: maybe(some(["sre", "dev"])),
          groups: maybe(some(["x", "y"])),
          delegatedFrom: seldom(some(["root", "mid"])),
          maxDelegationDepth: seldom(fc.nat(2)),
          requireDelegation: seldom(fc.boolean()),
        })
        .map(compact),
    ),
    riskClasses: seldom(some(RISKS)),
    timeWindows: seldom(fc.array(timeWindow, { minLength: 1, maxLength: 2 })),
    requireTicket: seldom(fc.boolean()),
    when: seldom(fc.constantFrom(...Object.keys(EXPRESSIONS))),
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

const scope = fc
  .record({
    actions: maybe(some(["*", "get-*", "*-deployment", "drain-node"])),
    targets: seldom(
      fc
        .record({
          ids: maybe(some(["id-?", "*-[01234]", "id-7"])),
          environments: maybe(some(ENVIRONMENTS)),
          sensitivities: maybe(some(LEVELS)),
          types: seldom(some(TYPES)),
          labels: seldom(fc.constantFrom({}, { team: "red" })),
        })
        .map(compact),
    ),
  })
  .map((made): DelegationScope => compact(made) as DelegationScope);

/** An agent that asks for itself, or at the end of a chain of one or two links, each holding all that it lends. */
export const agent: fc.Arbitrary<ResolvedAgent> = fc
  .record({
    id: fc.constantFrom("bot", "cat", "cow"),
    depth: fc.constantFrom(0, 0, 1, 2),
    namespaced: fc.boolean(),
    roles: fc.subarray(["sre", "dev", "ops"]),
    groups: fc.subarray(["x", "y", "z"]),
    more: fc.array(fc.record({ roles: fc.subarray(["sre", "dev"]), groups: fc.subarray(["x", "y"]) }), {
      minLength: 3,
      maxLength: 3,
    }),
    scopes: fc.array(seldom(scope), { minLength: 2, maxLength: 2 }),
    hasOwn: fc.boolean(),
    suspended: fc.nat(29).map((n) => n === 0),
  })
  .map(({ id, depth, namespaced, roles, groups, more, scopes, hasOwn, suspended }) => {
    const names = ["root", "mid"].slice(0, depth);
    const named = [...names, id].map((_, i, all) => (namespaced ? all.slice(0, i + 1).join("/") : (all[i] ?? "")));
    const delegation = names.map((_, i) => {
      const lent = more.slice(i, names.length);
      const scope = scopes[i];
      return {
        id: named[i] ?? "",
        roles: [...new Set([...roles, ...lent.flatMap((m) => m.roles)])],
        groups: [...new Set([...groups, ...lent.flatMap((m) => m.groups)])],
        ...(scope && { scope }),
      };
    });
    const own = depth > 0 && hasOwn ? { id, roles: more[2]?.roles ?? [], groups: more[2]?.groups ?? [] } : undefined;
    return { id: named.at(-1) ?? id, roles, groups, delegation, suspended, ...(own && { own }) };
  });

export const input: fc.Arbitrary<DecideInput> = fc
  .record({
    now: fc
      .integer({ min: Date.UTC(2026, 0, 1) / 60_000, max: Date.UTC(2026, 0, 20) / 60_000 })
      .map((minutes) => minutes * 60_000),
    action: fc.constantFrom(...ACTIONS),
    target: fc.integer({ min: 0, max: 11 }).map((id) => `id-${id}`),
    n: maybe(fc.nat(3)),
    reason: maybe(fc.constantFrom("yes", "no")),
    ticketId: maybe(fc.constantFrom("", "CHG-1")),
    agent,
  })
  .map(({ now, n, agent: asks, ...request }) => ({
    now,
    agent: asks,
    request: { uid: "u", namespace: "agents", name: "r", params: n === undefined ? {} : { n }, ...compact(request) },
  }));

/** Objects of distinct names: what an API server can hold. */
const distinct = { selector: (o: { metadata: { name: string } }) => o.metadata.name };

export const world: fc.Arbitrary<World> = fc.record({
  actions: fc.uniqueArray(action, { ...distinct, minLength: 5, maxLength: 6 }),
  policies: fc.uniqueArray(policy, { ...distinct, minLength: 1, maxLength: 10 }),
  targets: fc.uniqueArray(target, { ...distinct, minLength: 9, maxLength: 12 }),
});

/** The input turned to an action and a target that exist and fit, so that the rules are what decides. */
export function aim(w: World, asked: DecideInput): DecideInput {
  const at = Number(asked.request.target.slice("id-".length));
  const target = w.targets[at % w.targets.length];
  const fitting = w.actions.filter((a) => target && a.spec.targetTypes.includes(target.spec.type));
  const action = fitting[at % Math.max(1, fitting.length)]?.metadata.name ?? asked.request.action;
  return { ...asked, request: { ...asked.request, action, target: target?.spec.id ?? asked.request.target } };
}
