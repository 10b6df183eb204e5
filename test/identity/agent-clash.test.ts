import test from "ava";
import type { Agent } from "../../controller/api/types.ts";
import { agentClashes } from "../../controller/identity/agent-clash.ts";
import { account, agent, indexes, NAMESPACE } from "./support.ts";

const sa = (name: string) => ({ kind: "ServiceAccount" as const, namespace: NAMESPACE, name });
const group = (name: string) => ({ kind: "Group" as const, name });
const jwt = { kind: "JWT" as const, issuer: "https://issuer.example", subject: "x" };

const cases: [what: string, one: Agent, other: Agent, clash: boolean][] = [
  [
    "one ServiceAccount",
    agent("a", { subjects: [sa("bot")] }),
    agent("b", { subjects: [sa("else"), sa("bot")] }),
    true,
  ],
  ["one JWT subject", agent("a", { subjects: [jwt] }), agent("b", { subjects: [jwt] }), true],
  ["one group", agent("a", { subjects: [group("g")] }), agent("b", { subjects: [group("g")] }), true],
  ["one agent id", agent("a", { agentId: "id" }), agent("b", { agentId: "id" }), true],
  ["an agent id that is another's name", agent("a"), agent("b", { agentId: "a" }), true],
  [
    "an account, and the group of its namespace",
    agent("a", { subjects: [sa("bot")] }),
    agent("b", { subjects: [group(`system:serviceaccounts:${NAMESPACE}`)] }),
    true,
  ],
  [
    "an account, and the group of another namespace",
    agent("a", { subjects: [sa("bot")] }),
    agent("b", { subjects: [group("system:serviceaccounts:other")] }),
    false,
  ],
  ["nothing in common", agent("a"), agent("b"), false],
];
for (const [what, one, other, clash] of cases) {
  test(`two Agents with ${what} ${clash ? "are told of each other" : "are left alone"}`, (t) => {
    const { agents } = indexes([one, other], []);
    t.deepEqual(agentClashes(agents, one), clash ? ["b"] : []);
    t.deepEqual(agentClashes(agents, other), clash ? ["a"] : []);
    agents.remove("b");
    t.deepEqual(agentClashes(agents, one), []);
  });
}

test("an account in the group of another Agent is neither, whoever asks", (t) => {
  const { agents } = indexes([agent("a"), agent("b", { subjects: [group("robots")] })], []);
  t.like(agents.resolve({ ...account("a"), groups: ["robots"] }), { error: "AmbiguousAgent", names: ["a", "b"] });
  t.like(agents.resolve(account("a")), { agent: { id: "a" } });
});

test("one Agent may have an account and the group of its namespace", (t) => {
  const both = agent("a", { subjects: [sa("bot"), group(`system:serviceaccounts:${NAMESPACE}`)] });
  t.deepEqual(agentClashes(indexes([both], []).agents, both), []);
});
