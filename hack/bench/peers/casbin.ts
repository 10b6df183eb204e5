import { createRequire } from "node:module";
import { join } from "node:path";
import type { Workload } from "../workload-types.ts";
import { type Peer, questioner, ranked } from "./peer.ts";

interface Enforcer {
  addPolicies(rows: string[][]): Promise<boolean>;
  addFunction(name: string, run: (...args: never[]) => unknown): Promise<void>;
  enforceExSync(...request: unknown[]): [boolean, string[]];
}
interface Casbin {
  newModelFromString(text: string): unknown;
  newEnforcer(model: unknown): Promise<Enforcer>;
}

const columns = [
  "name",
  "team",
  "tier",
  "app",
  "acts",
  "envs",
  "sens",
  "types",
  "ids",
  "roles",
  "groups",
  "risks",
  "at",
];
const conditions = [
  '(p.team == "" || r.q.team == p.team)',
  '(p.tier == "" || r.q.tier == p.tier)',
  '(p.app == "" || r.q.app == p.app)',
  '(p.acts == "" || anyGlob(r.q.action, p.acts))',
  '(p.envs == "" || oneOf(r.q.env, p.envs))',
  '(p.sens == "" || oneOf(r.q.sen, p.sens))',
  '(p.types == "" || oneOf(r.q.type, p.types))',
  '(p.ids == "" || oneOf(r.q.agent, p.ids))',
  '(p.roles == "" || anyOf(r.q.roles, p.roles))',
  '(p.groups == "" || anyOf(r.q.groups, p.groups))',
  '(p.risks == "" || oneOf(r.q.risk, p.risks))',
  '(p.at == "" || within(r.q.day, r.q.hour, p.at))',
];
const model = `
[request_definition]
r = q
[policy_definition]
p = ${columns.join(", ")}, eft
[policy_effect]
e = priority(p.eft) || deny
[matchers]
m = ${conditions.join(" && ")}
`;

const list = (values?: readonly string[]) => (values ?? []).join("|");

/** casbin knows allow and deny only: an approval goes in as an allow, and its own effect is looked up by its name. */
function toRow({ name, effect, selectors: s }: Workload["policies"][number]): string[] {
  const { team = "", tier = "", app = "" } = s.labels ?? {};
  const w = s.time_window;
  const at = w === undefined ? "" : `${w.days?.join(" ") ?? "*"}/${w.start_hour}/${w.end_hour}`;
  const lists = [
    s.actions,
    s.environments,
    s.sensitivities,
    s.target_types,
    s.agent_ids,
    s.roles,
    s.groups,
    s.risk_classes,
  ];
  return [name, team, tier, app, ...lists.map(list), at, effect === "deny" ? "deny" : "allow"];
}

/** Works a policy's text out once: splitting it again for every question would only measure that. */
function once<T>(parse: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    let value = known.get(text);
    if (value === undefined) {
      value = parse(text);
      known.set(text, value);
    }
    return value;
  };
}

const setOf = once((text) => new Set(text.split("|")));
const globsOf = once((text) => text.split("|").map((glob) => new RegExp(`^${glob.replaceAll("*", ".*")}$`)));
const windowOf = once((text) => {
  const [days = "*", start, end] = text.split("/");
  return {
    days: days === "*" ? undefined : new Set(days.split(" ").map(Number)),
    start: Number(start),
    end: Number(end),
  };
});

function within(day: number, hour: number, text: string): boolean {
  const { days, start, end } = windowOf(text);
  if (days !== undefined && !days.has(day)) return false;
  return start <= end ? hour >= start && hour <= end : hour >= start || hour <= end;
}

/** casbin for Node, first match in order of rank. */
export const casbin: Peer = {
  name: "casbin",
  about: "casbin 5.51 for Node, priority model",
  async load(workload, installed) {
    const { newModelFromString, newEnforcer } = createRequire(join(installed, "package.json"))("casbin") as Casbin;
    const enforcer = await newEnforcer(newModelFromString(model));
    await enforcer.addFunction("oneOf", (value: string, set: string) => setOf(set).has(value));
    await enforcer.addFunction("anyOf", (values: string[], set: string) => values.some((v) => setOf(set).has(v)));
    await enforcer.addFunction("anyGlob", (value: string, globs: string) => globsOf(globs).some((g) => g.test(value)));
    await enforcer.addFunction("within", within);
    await enforcer.addPolicies(ranked(workload).map(toRow));
    const ask = questioner(workload);
    return (request) => {
      const question = ask(request);
      return question === undefined ? null : (enforcer.enforceExSync(question)[1][0] ?? null);
    };
  },
};
