import test from "ava";
import { identityAgent } from "../../controller/identity/identity-agent.ts";
import type { VerifiedIdentity } from "../../controller/identity/verify-identity.ts";
import { ask, engineOf, policy, rule } from "../policy/make.ts";
import { agent, indexes } from "./support.ts";

const ISSUER = "https://issuer.example";
const bot = agent("deploy-bot", {
  subjects: [{ kind: "JWT", issuer: ISSUER, subject: "auth0|1/x" }],
  roles: ["deployer", "reader"],
  groups: ["platform"],
});
const helper = agent("helper", { roles: ["trainee"] });

const plain: VerifiedIdentity = {
  issuer: ISSUER,
  subject: "auth0|1/x",
  rootSubject: "auth0|1/x",
  tokenId: "t1",
  roles: ["deployer"],
  groups: ["platform"],
  issuedAt: 0,
  expiresAt: 60_000,
  depth: 0,
  maxDepth: 0,
  chain: [],
};
const lent: VerifiedIdentity = {
  ...plain,
  subject: "auth0|1/x/helper",
  tokenId: "t2",
  roles: ["deployer"],
  groups: [],
  depth: 1,
  maxDepth: 1,
  chain: [{ subject: "auth0|1/x", tokenId: "t1", roles: ["deployer"], groups: ["platform"], expiresAt: 60_000, at: 0 }],
};
const known = (...agents: ReturnType<typeof agent>[]) => indexes(agents, []).agents;

test("the subject is an Agent's: its id counts, and fewer roles are fewer, but bans see all of them", (t) => {
  t.like(identityAgent(plain, known(bot)), {
    id: "deploy-bot",
    roles: ["deployer"],
    own: { id: "deploy-bot", roles: ["deployer", "reader"] },
  });
  const whole = identityAgent({ ...plain, roles: undefined, groups: undefined } as never, known(bot));
  t.like(whole, { id: "deploy-bot", roles: ["deployer", "reader"], groups: ["platform"] });
});

test("a subject that no Agent has, or two have, is nobody", (t) => {
  t.like(identityAgent(plain, known(helper)), { error: "UnknownAgent" });
  t.like(identityAgent({ ...plain, issuer: "https://evil.example" }, known(bot)), { error: "UnknownAgent" });
  const twin = agent("twin", { subjects: bot.spec.subjects });
  t.like(identityAgent(plain, known(bot, twin)), { error: "AmbiguousAgent" });
});

test("a token with a role that its Agent has not, or has no more, is nobody's", (t) => {
  const found = identityAgent({ ...plain, roles: ["admin"] }, known(bot));
  t.like(found, { error: "DelegationInvalid" });
  t.regex("error" in found ? (found.message ?? "") : "", /roles that Agent deploy-bot has not: "admin"/);
  const parent = lent.chain.map((link) => ({ ...link, roles: ["deployer", "gone"] }));
  t.like(identityAgent({ ...lent, chain: parent }, known(bot)), { error: "DelegationInvalid" });
});

test("a delegated token is named under the Agent; who bears the receiver's name is seen by bans and by the kill switch", (t) => {
  const found = identityAgent(lent, known(bot, helper));
  t.like(found, {
    id: "deploy-bot/helper",
    roles: ["deployer"],
    own: { id: "helper", roles: ["trainee"] },
    suspended: false,
  });
  t.like("delegation" in found ? found.delegation[0] : {}, { id: "deploy-bot", roles: ["deployer", "reader"] });
  const off = { ...helper, spec: { ...helper.spec, suspended: true } };
  t.like(identityAgent(lent, known(bot, off)), { suspended: true });
  t.like(identityAgent(lent, known({ ...bot, spec: { ...bot.spec, suspended: true } }, helper)), { suspended: true });
});

test("an id that an Agent has is not given away", (t) => {
  const squatted = agent("privileged", { agentId: "deploy-bot/helper" });
  t.like(identityAgent(lent, known(bot, squatted)), { error: "DelegationInvalid" });
});

test("a role that a token names twice stands for no other one", (t) => {
  const found = identityAgent({ ...plain, roles: ["deployer", "deployer"] }, known(bot));
  t.deepEqual("roles" in found ? [...new Set(found.roles)] : found, ["deployer"]);
});

test("without Agents the issuer's word is all there is", (t) => {
  t.like(identityAgent(lent, undefined), { id: "auth0|1/x/helper", roles: ["deployer"], suspended: false });
});

test("a token with fewer roles than its Agent does not escape what is denied to the Agent", (t) => {
  const rules = [
    rule("no-readers", "deny", { callers: { roles: ["reader"] } }, { priority: 9 }),
    rule("all", "allow", { callers: { roles: ["deployer"] } }),
  ];
  const engine = engineOf({ policies: [policy("p", rules)] });
  const found = identityAgent(plain, known(bot));
  t.is("id" in found && ask(engine, {}, { agent: found }).rule, "no-readers");
});
