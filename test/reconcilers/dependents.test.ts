import test from "ava";
import type { ActionRequest, Agent, Delegation } from "../../controller/api/types.ts";
import { dependsOn, keysOfAgent, keysOfDelegation } from "../../controller/reconcilers/dependents.ts";

function request(spec: object, agent?: object): ActionRequest {
  return {
    apiVersion: "agentsafe.dev/v1alpha1",
    kind: "ActionRequest",
    metadata: { name: "r", namespace: "agents" },
    spec: { action: "look", target: "dev/web", ...spec },
    status: { observedGeneration: -1, ...(agent === undefined ? {} : { agent }) },
  } as ActionRequest;
}

function agent(name: string, spec: object = {}): Agent {
  return { apiVersion: "agentsafe.dev/v1alpha1", kind: "Agent", metadata: { name }, spec } as Agent;
}

const delegation = (name: string, namespace = "agents") =>
  ({ metadata: { name, namespace }, spec: { to: "x" } }) as unknown as Delegation;

const meet = (one: ActionRequest, keys: string[]) => keys.some((key) => dependsOn(one).includes(key));

const lent = request(
  { requester: { username: "system:serviceaccount:agents:helper" }, delegationRef: { name: "second", uid: "2" } },
  {
    ...{ id: "bot/middle/helper", name: "helper-agent" },
    delegation: [
      { id: "bot", name: "bot-agent", delegation: "first" },
      { id: "bot/middle", name: "middle-agent", delegation: "second" },
    ],
  },
);

test("a request stands on everybody in its chain and on every Delegation of it", (t) => {
  for (const name of ["helper-agent", "bot-agent", "middle-agent"]) t.true(meet(lent, keysOfAgent(agent(name))), name);
  for (const name of ["first", "second"]) t.true(meet(lent, keysOfDelegation(delegation(name))), name);
  t.false(meet(lent, keysOfAgent(agent("other"))));
  t.false(meet(lent, keysOfDelegation(delegation("third"))));
  t.false(meet(lent, keysOfDelegation(delegation("first", "elsewhere"))), "names are of a namespace");
});

test("an Agent that claims an id in the chain, or whoever asks, concerns it too: then it is ambiguous", (t) => {
  t.true(meet(lent, keysOfAgent(agent("new", { agentId: "middle" }))));
  const claims = (subject: object) => keysOfAgent(agent("new", { subjects: [subject] }));
  t.true(meet(lent, claims({ kind: "ServiceAccount", namespace: "agents", name: "helper" })));
  t.false(meet(lent, claims({ kind: "ServiceAccount", namespace: "agents", name: "other" })));
  const people = request({ requester: { username: "jane", groups: ["devs"] } });
  t.true(meet(people, claims({ kind: "User", name: "jane" })));
  t.true(meet(people, claims({ kind: "Group", name: "devs" })));
  const outside = request({ requester: { username: "jwt:https://issuer#sub" } });
  t.true(meet(outside, claims({ kind: "JWT", issuer: "https://issuer", subject: "sub" })));
});

test("one that was not judged yet stands on the Delegation that it names", (t) => {
  t.true(meet(request({ delegationRef: { name: "first", uid: "1" } }), keysOfDelegation(delegation("first"))));
});
