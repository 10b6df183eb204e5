import { resources } from "../support.ts";
import { type Attack, absent, ask, change, dry, parent, type World } from "./world.ts";

const { requests } = resources;

/** Someone else is named as the requester. */
export function requesterAttacks(world: World): Attack[] {
  return [
    { what: "no requester", says: /spec\.requester\.username is missing/, run: () => ask(world, world.bot, {}) },
    {
      what: "another requester",
      says: /spec\.requester\.username is not/,
      run: () => ask(world, world.bot, { requester: world.identities.other }),
    },
    {
      what: "another UID",
      says: /spec\.requester\.uid/,
      run: () => ask(world, world.bot, { requester: { ...world.identities.bot, uid: "1" } }),
    },
    {
      what: "more groups",
      says: /spec\.requester\.groups/,
      run: () => ask(world, world.bot, { requester: { ...world.identities.bot, groups: ["system:masters"] } }),
    },
    {
      what: "no groups",
      says: /spec\.requester\.groups/,
      run: () => ask(world, world.bot, { requester: { ...world.identities.bot, groups: undefined } }),
    },
    {
      what: "other extra attributes",
      says: /spec\.requester\.extra/,
      run: () => ask(world, world.bot, { requester: { ...world.identities.bot, extra: { pod: ["another"] } } }),
    },
    {
      what: "the gateway names a user of the API server",
      says: /spec\.requester\.username is not/,
      run: () => ask(world, world.server, world.own()),
    },
    {
      what: "the controller names another without a parent",
      says: /spec\.requester\.username is not/,
      run: () => ask(world, world.controller, world.own()),
    },
    {
      what: "an agent claims to be a step of a plan",
      says: /spec\.planRef/,
      run: () => ask(world, world.bot, world.own({ planRef: parent })),
    },
  ];
}

/** Metadata that would erase, keep or disguise a request. */
export function metadataAttacks(world: World): Attack[] {
  return [
    {
      what: "an owner that does not exist",
      says: /metadata\.ownerReferences/,
      run: () => ask(world, world.bot, world.own(), { ownerReferences: [absent] }),
    },
    {
      what: "an owner that does not exist, later",
      says: /metadata\.ownerReferences/,
      run: () => change(world, world.bot, "fresh", { metadata: { ownerReferences: [absent] } }),
    },
    {
      what: "a finalizer",
      says: /metadata\.finalizers/,
      run: () => ask(world, world.bot, world.own(), { finalizers: ["x.dev/y"] }),
    },
    {
      what: "a finalizer, later",
      says: /metadata\.finalizers/,
      run: () => change(world, world.bot, "fresh", { metadata: { finalizers: ["x.dev/y"] } }),
    },
    {
      what: "a label of ours",
      says: /metadata\.labels: agentsafe\.dev\/x/,
      run: () => ask(world, world.bot, world.own(), { labels: { "agentsafe.dev/x": "y" } }),
    },
    {
      what: "a label of ours, later",
      says: /metadata\.labels: sub\.agentsafe\.dev\/x/,
      run: () => change(world, world.bot, "fresh", { metadata: { labels: { "sub.agentsafe.dev/x": "y" } } }),
    },
    {
      what: "an annotation of ours",
      says: /metadata\.annotations: agentsafe\.dev\/fresh-at/,
      run: () => change(world, world.bot, "fresh", { metadata: { annotations: { "agentsafe.dev/fresh-at": "y" } } }),
    },
    {
      what: "cancelling someone else's request",
      says: /by its requester alone/,
      run: () => change(world, world.other, "fresh", { metadata: { annotations: { "agentsafe.dev/cancel": "true" } } }),
    },
    {
      what: "any annotation on someone else's request",
      says: /by its requester alone/,
      run: () => change(world, world.other, "fresh", { metadata: { annotations: { note: "mine" } } }),
    },
    {
      what: "taking a cancellation back",
      says: /not taken back/,
      run: () => change(world, world.bot, "cancelled", { metadata: { annotations: { "agentsafe.dev/cancel": null } } }),
    },
    { what: "deleting", says: /not deleted by hand/, run: () => world.bot.delete(requests, world.named("fresh"), dry) },
    {
      what: "deleting all",
      says: /not deleted by hand/,
      run: () =>
        world.bot.raw("DELETE", `/apis/agentsafe.dev/v1alpha1/namespaces/${world.namespace}/actionrequests?dryRun=All`),
    },
    {
      what: "the controller deletes what is not settled",
      says: /not deleted by hand/,
      run: () => world.controller.delete(requests, world.named("claimed"), dry),
    },
  ];
}
