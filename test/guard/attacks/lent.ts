import type { KubeClient } from "../../../controller/runtime/client.ts";
import type { KubeObject, Resource } from "../../../controller/runtime/types.ts";
import { waitFor } from "../../support/cluster.ts";
import { refusalOf, resources } from "../support.ts";
import { type Attack, absent, condition, dry, dryMerge, dryStatus, type World } from "./world.ts";

const { plans, delegations, profiles } = resources;

/** What agents write besides requests. */
const kinds = [
  {
    kind: "ActionPlan",
    resource: plans,
    spec: { steps: [{ name: "one", action: "scale-deployment", target: "dev/web" }] },
  },
  { kind: "Delegation", resource: delegations, spec: { to: "helper-bot", roles: ["deployer"] } },
] as const;
type Lent = (typeof kinds)[number];

/** A plan or Delegation as its creator would send it. */
export function lent(of: Lent, metadata: KubeObject["metadata"], spec: object): KubeObject & { spec: object } {
  return { apiVersion: "agentsafe.dev/v1alpha1", kind: of.kind, metadata, spec: { ...of.spec, ...spec } };
}

/** Makes what is attacked: of each kind one that is fresh, and a Delegation that is revoked. */
export async function prepareLent(world: World): Promise<void> {
  for (const of of kinds) {
    for (const name of ["fresh", "revoked"]) {
      const object = lent(of, world.named(name), world.own());
      await waitFor(
        async () => {
          const refusal = await refusalOf(world.bot.create(of.resource, object));
          return refusal === undefined || refusal.includes("already exists");
        },
        { what: `${of.kind} ${name}` },
      );
    }
  }
  await revoke(world, world.bot, "revoked", { type: "merge" });
}

/** Sets `spec.revoked`; a dry run unless told. */
export function revoke(world: World, client: KubeClient, name: string, options: object = dryMerge): Promise<unknown> {
  return client.patch(delegations, world.named(name), { spec: { revoked: true } }, { type: "merge", ...options });
}

/** Changes a plan or Delegation as a dry run. */
export function changeLent(world: World, client: KubeClient, resource: Resource, body: object, name = "fresh") {
  return client.patch(resource, world.named(name), body, dryMerge);
}

const each = (make: (of: Lent) => Attack[]): Attack[] =>
  kinds.flatMap((of) => make(of).map((attack) => ({ ...attack, what: `${of.kind}: ${attack.what}` })));

/** Someone else is named as who plans or lends. */
export function lentRequesterAttacks(world: World): Attack[] {
  const create = (of: Lent, client: KubeClient, spec: object) =>
    client.create(of.resource, lent(of, world.named("asked"), spec), dry);
  const { bot, other } = world.identities;
  return each((of) => [
    { what: "no requester", says: /spec\.requester\.username is missing/, run: () => create(of, world.bot, {}) },
    {
      what: "another requester",
      says: /spec\.requester\.username is not/,
      run: () => create(of, world.bot, { requester: other }),
    },
    {
      what: "another UID",
      says: /spec\.requester\.uid/,
      run: () => create(of, world.bot, { requester: { ...bot, uid: "1" } }),
    },
    {
      what: "more groups",
      says: /spec\.requester\.groups/,
      run: () => create(of, world.bot, { requester: { ...bot, groups: ["system:masters"] } }),
    },
    {
      what: "other extra attributes",
      says: /spec\.requester\.extra/,
      run: () => create(of, world.bot, { requester: { ...bot, extra: { pod: ["another"] } } }),
    },
    {
      what: "the controller names another",
      says: /spec\.requester\.username is not/,
      run: () => create(of, world.controller, { requester: bot }),
    },
  ]);
}

/** Metadata that would erase, keep or disguise a plan or Delegation; and Delegations of others that are revoked. */
export function lentMetadataAttacks(world: World): Attack[] {
  const create = (of: Lent, metadata: object) =>
    world.bot.create(of.resource, lent(of, { ...world.named("asked"), ...metadata }, world.own()), dry);
  const change = (of: Lent, client: KubeClient, metadata: object) =>
    changeLent(world, client, of.resource, { metadata });
  const cancel = { annotations: { "agentsafe.dev/cancel": "true" } };
  return [
    ...each((of) => [
      {
        what: "an owner that does not exist",
        says: /metadata\.ownerReferences/,
        run: () => create(of, { ownerReferences: [absent] }),
      },
      {
        what: "an owner that does not exist, later",
        says: /metadata\.ownerReferences/,
        run: () => change(of, world.bot, { ownerReferences: [absent] }),
      },
      { what: "a finalizer", says: /metadata\.finalizers/, run: () => create(of, { finalizers: ["x.dev/y"] }) },
      {
        what: "a finalizer, later",
        says: /metadata\.finalizers/,
        run: () => change(of, world.bot, { finalizers: ["x.dev/y"] }),
      },
      {
        what: "a label of ours",
        says: /metadata\.labels: agentsafe\.dev\/x/,
        run: () => create(of, { labels: { "agentsafe.dev/x": "y" } }),
      },
      {
        what: "an annotation of ours",
        says: /metadata\.annotations: agentsafe\.dev\/fresh-at/,
        run: () => change(of, world.bot, { annotations: { "agentsafe.dev/fresh-at": "y" } }),
      },
      {
        what: "any annotation on someone else's",
        says: /by its requester alone/,
        run: () => change(of, world.other, { annotations: { note: "mine" } }),
      },
      {
        what: "deleting",
        says: /not deleted by hand/,
        run: () => world.bot.delete(of.resource, world.named("fresh"), dry),
      },
      {
        what: "the controller deletes what is not over",
        says: /not deleted by hand/,
        run: () => world.controller.delete(of.resource, world.named("fresh"), dry),
      },
    ]),
    {
      what: "cancelling someone else's plan",
      says: /verb "cancel" on actionplans/,
      run: () => changeLent(world, world.other, plans, { metadata: cancel }),
    },
    {
      what: "cancelling a Delegation",
      says: /metadata\.annotations: agentsafe\.dev\/cancel/,
      run: () => changeLent(world, world.bot, delegations, { metadata: cancel }),
    },
    {
      what: "revoking someone else's Delegation",
      says: /verb "revoke" on delegations/,
      run: () => revoke(world, world.other, "fresh"),
    },
    {
      what: "the controller revokes a Delegation",
      says: /verb "revoke" on delegations/,
      run: () => revoke(world, world.controller, "fresh"),
    },
  ];
}

/** Statuses written by someone whose part it is not, of RiskProfiles too. */
export function lentStatusAttacks(world: World): Attack[] {
  const write = (client: KubeClient, resource: Resource, status: object) =>
    client.patch(resource, resource.namespaced ? world.named("fresh") : { name: "strict" }, { status }, dryStatus);
  return [
    ...each(({ resource }) => [
      {
        what: "an agent writes the status",
        says: /verb "decide"/,
        run: () => write(world.bot, resource, { conditions: [condition("Ready")] }),
      },
      {
        what: "the executor writes the status",
        says: /not by the executor/,
        run: () => write(world.executor, resource, { conditions: [condition("Ready")] }),
      },
    ]),
    {
      what: "an agent writes the status of a RiskProfile",
      says: /verb "decide"/,
      run: () => write(world.bot, profiles, { observedGeneration: 1 }),
    },
  ];
}

/** Changes of what was asked. The definitions refuse them too. */
export function lentSpecAttacks(world: World): Omit<Attack, "says">[] {
  return [
    {
      what: "changing a plan",
      run: () => changeLent(world, world.bot, plans, { spec: { steps: [{ name: "two", action: "x", target: "y" }] } }),
    },
    {
      what: "changing a parameter of a step",
      run: () =>
        changeLent(world, world.bot, plans, {
          spec: { steps: [{ ...kinds[0].spec.steps[0], params: { replicas: 9 } }] },
        }),
    },
    {
      what: "lending more roles",
      run: () => changeLent(world, world.bot, delegations, { spec: { roles: ["deployer", "admin"] } }),
    },
    {
      what: "lending for longer",
      run: () => changeLent(world, world.bot, delegations, { spec: { ttl: "168h" } }),
    },
    {
      what: "lending to another",
      run: () => changeLent(world, world.bot, delegations, { spec: { to: "other" } }),
    },
    {
      what: "taking a revocation back",
      run: () => changeLent(world, world.bot, delegations, { spec: { revoked: false } }, "revoked"),
    },
    {
      what: "taking a revocation out",
      run: () => changeLent(world, world.bot, delegations, { spec: { revoked: null } }, "revoked"),
    },
  ];
}
