import test from "ava";
import type { Agent } from "../../../controller/api/types.ts";
import { agentsById, type CallerContext, parseCaller, resolveCaller } from "../../../sdk/project/caller.ts";

function agent(name: string, spec: Partial<Agent["spec"]>): Agent {
  const subjects: Agent["spec"]["subjects"] = [{ kind: "User", name }];
  return { apiVersion: "agentsafe.dev/v1alpha1", kind: "Agent", metadata: { name }, spec: { subjects, ...spec } };
}

const agents = agentsById([
  agent("bot", { roles: ["deployer"], groups: ["web"] }),
  agent("helper", { roles: ["reader"] }),
  agent("stopped", { roles: ["deployer"], suspended: true }),
]);
const strict: CallerContext = { profile: "strict", agents };
const assume: CallerContext = { ...strict, assume: true };

test("under strict only an Agent is somebody, with its own roles, whatever it says of itself", (t) => {
  t.deepEqual(resolveCaller({ agentId: "bot" }, strict).agent?.roles, ["deployer"]);
  t.deepEqual(resolveCaller({ agentId: "bot", roles: ["deployer"], groups: ["web"] }, strict).agent?.groups, ["web"]);
  t.is(resolveCaller({ agentId: "unknown" }, strict).agent, null);
  t.regex(resolveCaller({ agentId: "bto" }, strict).reason ?? "", /did you mean "bot"/);
  t.is(resolveCaller({ agentId: "unknown", roles: ["deployer"] }, strict).agent, null);
  t.is(resolveCaller({ agentId: "helper", roles: ["deployer"] }, strict).agent, null);
  // leaving a role out would dodge a rule that denies it
  t.is(resolveCaller({ agentId: "bot", roles: [] }, strict).agent, null);
  t.is(resolveCaller({ agentId: "helper", delegation: [{ id: "bot" }], roles: [] }, strict).agent, null);
  t.is(resolveCaller(null, strict).agent, null);
  t.true(resolveCaller({ agentId: "stopped" }, strict).agent?.suspended);
});

test("assumed callers are taken at their word, but nobody takes another's name by lending", (t) => {
  t.deepEqual(resolveCaller({ agentId: "new", roles: ["deployer"] }, assume).agent?.roles, ["deployer"]);
  const lent = resolveCaller({ agentId: "helper", roles: ["deployer"], delegation: [{ id: "bot" }] }, assume).agent;
  t.is(lent?.id, "bot/helper");
  t.deepEqual(lent?.own, { id: "helper", roles: ["reader"], groups: [] });
  t.deepEqual(lent?.delegation, [{ id: "bot", roles: ["deployer"], groups: ["web"] }]);
  const deep = resolveCaller({ agentId: "x", delegation: [{ id: "bot" }, { id: "helper" }] }, assume).agent;
  t.deepEqual([deep?.id, deep?.delegation.map(({ id }) => id)], ["bot/helper/x", ["bot", "bot/helper"]]);
  t.deepEqual(deep?.roles, []);
  t.true(resolveCaller({ agentId: "x", delegation: [{ id: "stopped" }] }, assume).agent?.suspended);
});

test("under compat any id is an agent, without roles", (t) => {
  const compat: CallerContext = { profile: "compat", agents: new Map() };
  t.deepEqual(resolveCaller({ agentId: "any" }, compat).agent?.roles, []);
  const chain = resolveCaller({ agentId: "child", roles: ["r"], delegation: [{ id: "root" }] }, compat).agent;
  t.deepEqual([chain?.id, chain?.delegation.map(({ id }) => id)], ["child", ["root"]]);
  t.is(resolveCaller(null, compat).agent, null);
});

test("a caller of the wrong shape is refused by the field's name", (t) => {
  t.deepEqual(parseCaller({ agentId: "a", delegation: ["r", { id: "s", roles: ["x"] }] }), {
    agentId: "a",
    delegation: [{ id: "r" }, { id: "s", roles: ["x"] }],
  });
  for (const [value, words] of [
    [3, /caller must be a mapping/],
    [{}, /caller\.agentId must be a text/],
    [{ agentId: "a", rols: [] }, /no field "rols"; did you mean roles\?/],
    [{ agentId: "a", roles: "x" }, /caller\.roles must be a list/],
    [{ agentId: "a", roles: [1] }, /caller\.roles\[0\] must be a text/],
    [{ agentId: "a", delegation: [null] }, /caller\.delegation\[0\] must be a mapping/],
  ] as const) {
    t.throws(() => parseCaller(value), { name: "Error", message: words });
  }
});
