import test from "ava";
import type { ActionRequest, Agent, ApprovalProvider } from "../../controller/api/types.ts";
import { exclusionsOf } from "../../controller/approval/exclusions.ts";

const provider = {
  metadata: { name: "main" },
  spec: {
    type: "git",
    users: [
      { userId: "1", login: "alice", usernames: ["alice@example.com"] },
      { userId: "2", login: "bob", usernames: ["bob@example.com", "bob"] },
    ],
  },
} as unknown as ApprovalProvider;
const requestBy = (username: string) => ({ spec: { requester: { username } } }) as unknown as ActionRequest;
const agent = (name: string, spec: object) =>
  ({ metadata: { name }, spec: { subjects: [], ...spec } }) as unknown as Agent;
const owned = (name: string, userId: string) => agent(name, { owners: [{ provider: "main", userId }] });

test("whoever asked, owns an agent of the chain, or is one may not approve", (t) => {
  const agents = [
    owned("bot", "9"),
    owned("boss", "8"),
    agent("human", { owners: [{ provider: "main", userId: "7" }], subjects: [{ kind: "User", name: "bob" }] }),
  ];
  const { excluded, obstacle } = exclusionsOf({
    request: requestBy("alice@example.com"),
    provider,
    block: undefined,
    agents,
  });
  t.is(obstacle, undefined);
  t.deepEqual([...excluded.keys()].sort(), ["1", "2", "7", "8", "9"]);
});

test("an agent of the chain that nobody here owns can't be approved, unless policy says so in words", (t) => {
  const elsewhere = agent("bot", { owners: [{ provider: "other", userId: "9" }] });
  const given = { request: requestBy("x"), provider, agents: [owned("boss", "8"), elsewhere] };
  t.regex(exclusionsOf({ ...given, block: undefined }).obstacle ?? "", /nobody at main owns agent bot/);
  t.is(exclusionsOf({ ...given, block: { allowUnownedAgent: true } }).obstacle, undefined);
});

test("the policy's author is excluded where policy asks for it, and must be known then", (t) => {
  const given = { request: requestBy("x"), provider, agents: [owned("bot", "9")] };
  t.deepEqual([...exclusionsOf({ ...given, block: {}, policyAuthor: "bob" }).excluded.keys()], ["9"]);
  const block = { excludePolicyAuthor: true };
  t.deepEqual([...exclusionsOf({ ...given, block, policyAuthor: "bob" }).excluded.keys()], ["9", "2"]);
  t.regex(exclusionsOf({ ...given, block }).obstacle ?? "", /not known/);
});
