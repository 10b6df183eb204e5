import test from "ava";
import type { Agent, Delegation } from "../../controller/api/types.ts";
import { resolveRequester } from "../../controller/identity/resolve-requester.ts";
import { account, agent, CREATED, delegation, indexes, NAMESPACE, ref } from "./support.ts";

const HOUR = 3_600_000;

/** Three agents; deploy-bot lends to helper, who lends on to intern. */
const deployBot = agent("deploy-bot", { roles: ["deployer", "reader"], groups: ["platform", "web"] });
const helper = agent("helper", { roles: ["helping"], groups: ["helpers"] });
const intern = agent("intern", { roles: ["learning"] });
const people = [deployBot, helper, intern];

const lent = delegation("lent", "deploy-bot", {
  to: "helper",
  roles: ["deployer", "reader"],
  groups: ["web"],
  ttl: "2h",
  maxDepth: 2,
  actions: ["restart-*"],
});
const lentOn = delegation("lent-on", "helper", {
  to: "intern",
  parentRef: ref("lent"),
  roles: ["reader"],
  ttl: "5h",
  targets: { environments: ["dev"] },
});

interface Case {
  agents?: Agent[];
  delegations?: Delegation[];
  by?: string;
  under?: { name: string; uid: string };
  now?: number;
}

function resolve({
  agents = people,
  delegations = [lent, lentOn],
  by = "helper",
  under = ref("lent"),
  now = CREATED,
}: Case) {
  return resolveRequester(indexes(agents, delegations), {
    requester: account(by),
    delegationRef: under,
    namespace: NAMESPACE,
    now,
  });
}

test("the receiver acts under the delegator's id with what was lent, and with that alone", (t) => {
  const found = resolve({});
  if ("error" in found) return t.fail(found.message);
  t.like(found.agent, {
    id: "deploy-bot/helper",
    name: "helper",
    uid: "uid-helper",
    roles: ["deployer", "reader"],
    groups: ["web"],
    own: { id: "helper", roles: ["helping"], groups: ["helpers"] },
    suspended: false,
  });
  t.like(found.agent.delegation[0], {
    id: "deploy-bot",
    name: "deploy-bot",
    uid: "uid-deploy-bot",
    roles: ["deployer", "reader"],
    groups: ["platform", "web"],
    delegation: "lent",
    scope: { actions: ["restart-*"] },
    at: "2026-03-01T10:00:00Z",
  });
  t.is(found.expiresAt, CREATED + 2 * HOUR);
});

test("lent on, the chain names both, keeps both scopes, and ends with the earlier of the two", (t) => {
  const found = resolve({ by: "intern", under: ref("lent-on") });
  if ("error" in found) return t.fail(found.message);
  t.is(found.agent.id, "deploy-bot/helper/intern");
  t.deepEqual(found.agent.roles, ["reader"]);
  t.deepEqual(found.agent.groups, []);
  t.deepEqual(
    found.agent.delegation.map((link) => [link.id, link.delegation, link.scope]),
    [
      ["deploy-bot", "lent", { actions: ["restart-*"] }],
      ["deploy-bot/helper", "lent-on", { targets: { environments: ["dev"] } }],
    ],
  );
  t.is(found.expiresAt, CREATED + 2 * HOUR);
});

test("without a Delegation an agent is itself", (t) => {
  const found = resolveRequester(indexes(people, [lent]), {
    requester: account("helper"),
    namespace: NAMESPACE,
    now: CREATED,
  });
  t.like("agent" in found ? found.agent : {}, { id: "helper", roles: ["helping"], delegation: [] });
});

const child = (spec: Partial<Delegation["spec"]>, name = "lent-on") =>
  delegation(name, "helper", { ...lentOn.spec, ...spec });
const root = (spec: Partial<Delegation["spec"]>, metadata = {}) =>
  delegation("lent", "deploy-bot", { ...lent.spec, ...spec }, metadata);
const suspended = (one: Agent): Agent => ({ ...one, spec: { ...one.spec, suspended: true } });
const below: Case = { by: "intern", under: ref("lent-on") };

const refused: [string, Case, RegExp][] = [
  ["no such Delegation", { under: ref("other") }, /there is no Delegation "other" in "agents"/],
  [
    "one of that name with another UID",
    { under: { name: "lent", uid: "forged" } },
    /Delegation lent has the UID uid-lent, not "forged"/,
  ],
  ["one for somebody else", { by: "intern" }, /Delegation lent is for agent "helper", not for "intern"/],
  ["one of its own, used by the one who lends", { by: "deploy-bot" }, /is for agent "helper", not for "deploy-bot"/],
  ["one that nobody stamped", { delegations: [root({ requester: undefined })] }, /lent: nobody stamped who made it/],
  [
    "one made by nobody known",
    { agents: [helper] },
    /lent: no Agent maps its requester "system:serviceaccount:agents:deploy-bot"/,
  ],
  [
    "one made by somebody whom two Agents claim",
    { agents: [...people, agent("twin", { subjects: deployBot.spec.subjects })] },
    /lent: several Agents map its requester .*: deploy-bot, twin/,
  ],
  ["a revoked one", { delegations: [root({ revoked: true })] }, /Delegation lent is revoked/],
  [
    "a revoked one further up",
    { delegations: [root({ revoked: true }), lentOn], ...below },
    /Delegation lent is revoked/,
  ],
  [
    "one whose parent is gone",
    { delegations: [lentOn], ...below },
    /no Delegation "lent" in "agents", the parent of lent-on/,
  ],
  [
    "one whose parent is another of that name",
    { delegations: [lent, child({ parentRef: { name: "lent", uid: "forged" } })], ...below },
    /Delegation lent, the parent of lent-on, has the UID uid-lent, not "forged"/,
  ],
  [
    "one under a Delegation that was lent to somebody else",
    { delegations: [root({ to: "other" }), lentOn], agents: [...people, agent("other")], ...below },
    /lent-on: its requester is agent "helper", but its parent lends to "other"/,
  ],
  [
    "one that is being deleted",
    { delegations: [root({}, { deletionTimestamp: "2026-03-01T10:00:00Z" })] },
    /lent: it is being deleted/,
  ],
  ["one without a time of creation", { delegations: [root({}, { creationTimestamp: undefined })] }, /no creation time/],
  ["an expired one, to the millisecond", { now: CREATED + 2 * HOUR }, /Delegation lent expired at 2026-03-01T12:00:00/],
  ["one whose parent is over", { ...below, now: CREATED + 2 * HOUR }, /Delegation lent expired at/],
  [
    "a role that the delegator has not",
    { delegations: [root({ roles: ["admin"] })] },
    /lent: it lends roles that deploy-bot has not: "admin"/,
  ],
  [
    "a group that the delegator has not",
    { delegations: [root({ groups: ["x", "web"] })] },
    /lends groups that deploy-bot has not: "x"/,
  ],
  [
    "a role of its own that was not lent to it",
    { delegations: [lent, child({ roles: ["helping"] })], ...below },
    /lent-on: it lends roles that helper was not lent: "helping"/,
  ],
  [
    "lent on without leave",
    { delegations: [root({ maxDepth: undefined }), lentOn], ...below },
    /link 2 of its chain, and Delegation lent allows 1 \(maxDepth\)/,
  ],
  [
    "a depth that a later link sets",
    { delegations: [lent, child({ maxDepth: 5 })], ...below },
    /lent-on: only the first of a chain sets maxDepth/,
  ],
  [
    "one to oneself",
    { delegations: [root({ to: "deploy-bot" })], by: "deploy-bot" },
    /to: "deploy-bot" is in the chain already/,
  ],
  [
    "one back to who lent",
    { delegations: [lent, child({ to: "deploy-bot" })], by: "deploy-bot", under: ref("lent-on") },
    /"deploy-bot" is in the chain already/,
  ],
  ["one to nobody", { delegations: [root({ to: "nobody" })] }, /to: there is no Agent with the id "nobody"/],
  ["an id with a /", { delegations: [root({ to: "a/b" })] }, /can't be lent to, because its id has a \//],
  [
    "a delegator whose id has a /",
    { agents: [agent("deploy-bot", { ...deployBot.spec, agentId: "team/bot" }), helper] },
    /agent "team\/bot" can't lend, because its id has a \//,
  ],
  [
    "an id that an Agent has",
    { agents: [...people, agent("squatter", { agentId: "deploy-bot/helper" })] },
    /the id "deploy-bot\/helper" that it gives is that of Agent squatter/,
  ],
];
for (const [what, given, message] of refused) {
  test(`refused, and the link named: ${what}`, (t) => {
    const found = resolve(given);
    if (!("error" in found)) return t.fail(found.agent.id);
    t.is(found.error, "DelegationInvalid");
    t.regex(found.message ?? "", message);
  });
}

test("anybody suspended in the chain stops it", (t) => {
  for (const one of people) {
    const found = resolve({ ...below, agents: people.map((other) => (other === one ? suspended(other) : other)) });
    t.is("agent" in found && found.agent.suspended, true, one.metadata.name);
  }
});

test("a chain is at most five deep, whatever the root says, and a ring of parents ends", (t) => {
  const names = ["a", "b", "c", "d", "e", "f", "g"];
  const agents = names.map((name) => agent(name));
  const chain = names.slice(1).map((to, i) =>
    delegation(`d${i + 1}`, names[i] ?? "", {
      to,
      ...(i === 0 ? { maxDepth: 9 } : { parentRef: ref(`d${i}`) }),
    }),
  );
  const at = (depth: number) =>
    resolve({ agents, delegations: chain, by: names[depth] ?? "", under: ref(`d${depth}`) });
  const fifth = at(5);
  t.is("agent" in fifth ? fifth.agent.id : fifth.message, "a/b/c/d/e/f");
  const sixth = at(6);
  t.regex("error" in sixth ? (sixth.message ?? "") : "", /more than 5 times/);
  const ring = [
    delegation("x", "a", { to: "b", parentRef: ref("y") }),
    delegation("y", "b", { to: "a", parentRef: ref("x") }),
  ];
  const round = resolve({ agents, delegations: ring, by: "b", under: ref("x") });
  t.regex("error" in round ? (round.message ?? "") : "", /more than 5 times/);
});

test("the digest changes with anybody in the chain and with any Delegation", (t) => {
  const digestOf = (given: Case) => {
    const found = resolve({ ...below, ...given });
    return "agent" in found ? found.agent.digest : undefined;
  };
  const seen = new Set([
    digestOf({}),
    ...people.map((one) =>
      digestOf({ agents: people.map((o) => (o === one ? { ...o, spec: { ...o.spec, description: "x" } } : o)) }),
    ),
    digestOf({ agents: [deployBot, { ...helper, metadata: { ...helper.metadata, uid: "another" } }, intern] }),
    digestOf({ delegations: [root({ reason: "x" }), lentOn] }),
    digestOf({ delegations: [lent, child({ reason: "x" })] }),
  ]);
  t.false(seen.has(undefined));
  t.is(seen.size, 7);
  t.is(digestOf({}), digestOf({}));
});
