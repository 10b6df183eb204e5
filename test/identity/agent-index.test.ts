import test from "ava";
import type { Agent, AgentSpec } from "../../controller/api/types.ts";
import { AgentIndex, jwtUsername, type Requester } from "../../controller/identity/agent-index.ts";

function agent(name: string, spec: Partial<AgentSpec>, resourceVersion?: string): Agent {
  return {
    apiVersion: "agentsafe.dev/v1alpha1",
    kind: "Agent",
    metadata: { name, uid: `uid-${name}`, ...(resourceVersion && { resourceVersion }) },
    spec: { subjects: [], ...spec },
  };
}

const account = { kind: "ServiceAccount", namespace: "agents", name: "bot" } as const;
const index = new AgentIndex();
index.upsert(agent("bot", { subjects: [account], roles: ["deployer"], groups: ["platform"] }));
index.upsert(agent("user", { agentId: "alice-agent", subjects: [{ kind: "User", name: "alice" }] }));
index.upsert(agent("group", { subjects: [{ kind: "Group", name: "robots" }] }));
index.upsert(
  agent("jwt", { subjects: [{ kind: "JWT", issuer: "https://issuer.example", subject: "x" }], suspended: true }),
);
index.upsert(
  agent("bad", {
    subjects: [
      { kind: "User", name: "system:anonymous" },
      { kind: "Group", name: "system:unauthenticated" },
      { kind: "Group", name: "system:authenticated" },
      { kind: "Group", name: "system:masters" },
      { kind: "JWT", issuer: "https://issuer.example#tenant", subject: "y" },
    ],
  }),
);

const cases: [string, Requester, string][] = [
  [
    "a ServiceAccount",
    { username: "system:serviceaccount:agents:bot", groups: ["system:serviceaccounts", "system:authenticated"] },
    "bot",
  ],
  ["one of another namespace", { username: "system:serviceaccount:other:bot" }, "UnknownAgent"],
  ["a user", { username: "alice", groups: ["system:authenticated"] }, "alice-agent"],
  ["a member of a group", { username: "r2", groups: ["robots"] }, "group"],
  ["a JWT subject", { username: "jwt:https://issuer.example#x" }, "jwt"],
  ["a JWT of another issuer", { username: "jwt:https://evil.example#x" }, "UnknownAgent"],
  ["a subject that spells another issuer's", { username: "jwt:https://issuer.example#tenant#y" }, "UnknownAgent"],
  ["whoever administers the cluster", { username: "root", groups: ["system:masters"] }, "UnknownAgent"],
  ["nobody known", { username: "mallory", groups: ["system:authenticated"] }, "UnknownAgent"],
  ["anonymous", { username: "system:anonymous", groups: ["system:unauthenticated"] }, "UnknownAgent"],
  ["anonymous in a mapped group", { username: "system:anonymous", groups: ["robots"] }, "UnknownAgent"],
  [
    "unauthenticated in a mapped group",
    { username: "x", groups: ["robots", "system:unauthenticated"] },
    "UnknownAgent",
  ],
  ["a user in the group of another agent", { username: "alice", groups: ["robots"] }, "AmbiguousAgent"],
  ["no name", { username: "" }, "UnknownAgent"],
];
for (const [what, requester, want] of cases) {
  test(`${what}: ${want}`, (t) => {
    const found = index.resolve(requester);
    t.is("agent" in found ? found.agent.id : found.error, want);
  });
}

test("a resolved agent has its roles, groups, digest and whether it is suspended", (t) => {
  const found = index.resolve({ username: "system:serviceaccount:agents:bot" });
  t.like(found, {
    agent: { name: "bot", uid: "uid-bot", roles: ["deployer"], groups: ["platform"], delegation: [], suspended: false },
  });
  t.like(index.resolve({ username: jwtUsername("https://issuer.example", "x") }), { agent: { suspended: true } });
});

test("a subject of two Agents is neither, until one of them is gone", (t) => {
  const own = new AgentIndex();
  own.upsert(agent("a", { subjects: [account] }));
  own.upsert(agent("b", { subjects: [account] }));
  const requester = { username: "system:serviceaccount:agents:bot" };
  t.deepEqual(own.resolve(requester), { error: "AmbiguousAgent", names: ["a", "b"] });
  own.remove("b");
  t.like(own.resolve(requester), { agent: { id: "a" } });
  own.upsert(agent("a", { subjects: [] }));
  t.deepEqual(own.resolve(requester), { error: "UnknownAgent", names: [] });
});

test("two Agents with one agent id are ambiguous", (t) => {
  const own = new AgentIndex();
  own.upsert(agent("a", { subjects: [account] }));
  own.upsert(agent("b", { agentId: "a", subjects: [{ kind: "User", name: "alice" }] }));
  t.like(own.resolve({ username: "alice" }), { error: "AmbiguousAgent" });
});

test("a User can't spell an account or a token", (t) => {
  const own = new AgentIndex();
  own.upsert(
    agent("a", {
      subjects: [
        { kind: "User", name: "system:serviceaccount:agents:bot" },
        { kind: "User", name: "jwt:https://i#s" },
      ],
    }),
  );
  t.like(own.resolve({ username: "system:serviceaccount:agents:bot" }), { error: "UnknownAgent" });
  t.like(own.resolve({ username: "jwt:https://i#s" }), { error: "UnknownAgent" });
});

test("an older state of an Agent is ignored", (t) => {
  const own = new AgentIndex();
  own.upsert(agent("a", { subjects: [account], suspended: true }, "10"));
  own.upsert(agent("a", { subjects: [account], suspended: false }, "9"));
  t.like(own.resolve({ username: "system:serviceaccount:agents:bot" }), { agent: { suspended: true } });
});
