import type { Action, ActionPolicy, PolicyRule, Target } from "../../controller/api/types.ts";
import type { DecideInput } from "../../controller/policy/types.ts";

/** A second, slow reading of the rules: no index, no compilation, nothing shared with the engine but the types. */
export interface World {
  actions: Action[];
  policies: ActionPolicy[];
  targets: Target[];
}

export interface Expected {
  result: string;
  cause: string;
  policy?: string;
  rule?: string;
  effectiveRisk?: string;
}

const LEVELS = ["public", "internal", "restricted", "critical"];

/** A caller as a rule sees it. */
interface Who {
  ids: string[];
  roles: readonly string[];
  groups: readonly string[];
  delegators: string[];
}

/** The expressions that the random worlds use, in plain words. */
export const EXPRESSIONS: Record<string, (input: DecideInput, who: Who) => boolean | "error"> = {
  "request.reason == 'yes'": (input) => (input.request.reason ?? "") === "yes",
  "params.n > 1": (input) => {
    const n = input.request.params?.n;
    return typeof n === "number" ? n > 1 : "error";
  },
  "'sre' in agent.roles": (_, who) => who.roles.includes("sre"),
  "!('sre' in agent.roles)": (_, who) => !who.roles.includes("sre"),
  "agent.id == 'mid' || agent.groups.size() > 2": (_, who) => who.ids[0] === "mid" || who.groups.length > 2,
  "this does not parse": () => "error",
};

export function naiveGlob(pattern: string, text: string): boolean {
  if (pattern === "") return text === "";
  if (pattern[0] === "*")
    return naiveGlob(pattern.slice(1), text) || (text !== "" && naiveGlob(pattern, text.slice(1)));
  if (text === "") return false;
  const set = /^\[(!?)([^\]]+)\]/.exec(pattern);
  if (set)
    return (
      set[2]?.includes(text[0] ?? "") !== (set[1] === "!") && naiveGlob(pattern.slice(set[0].length), text.slice(1))
    );
  return (pattern[0] === "?" || pattern[0] === text[0]) && naiveGlob(pattern.slice(1), text.slice(1));
}

function isContainer(t: Target): boolean {
  return ["Namespace", "Node"].includes(t.spec.resource?.kubernetes?.kind ?? "");
}

function within(inner: Target, outer: Target): boolean {
  const k = inner.spec.resource?.kubernetes;
  const o = outer.spec.resource?.kubernetes;
  if (!k || !o) return false;
  if (o.kind === "Namespace") return k.namespace === o.name;
  return ["Pod", "Deployment"].includes(k.kind) && inner.spec.environment === outer.spec.environment;
}

function sensitivity(t: Target, all: Target[]): string {
  if (!isContainer(t)) return t.spec.sensitivity;
  if (t.spec.contents !== "registered") return "critical";
  const inside = all.filter((other) => within(other, t)).map((other) => other.spec.sensitivity as string);
  return [t.spec.sensitivity, ...inside].sort((a, b) => LEVELS.indexOf(b) - LEVELS.indexOf(a))[0] ?? "critical";
}

function risk(own: string, level: string): string {
  const rows: Record<string, string[]> = {
    low: ["low", "low", "medium", "high"],
    medium: ["low", "medium", "high", "critical"],
    high: ["medium", "high", "critical", "critical"],
    critical: ["high", "critical", "critical", "critical"],
  };
  return rows[own]?.[LEVELS.indexOf(level)] ?? "critical";
}

function inWindows(rule: PolicyRule, now: number): boolean {
  const windows = rule.match.timeWindows;
  if (!windows) return true;
  const names = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
  return windows.some((w) => {
    // every minute of the window, counted from the day on which it begins
    for (const back of [0, 1]) {
      const midnight = Math.floor(now / 86_400_000) * 86_400_000 - back * 86_400_000;
      const [sh = 0, sm = 0] = (w.start ?? "00:00").split(":").map(Number);
      const [eh = 0, em = 0] = (w.end ?? "24:00").split(":").map(Number);
      const start = midnight + (sh * 60 + sm) * 60_000;
      let end = midnight + (eh * 60 + em) * 60_000;
      if (end <= start) end += 86_400_000;
      const day = names[new Date(midnight).getUTCDay()] as "mon";
      if (now >= start && now < end && (!w.days || w.days.includes(day))) return true;
    }
    return false;
  });
}

const distinct = (...lists: (readonly string[] | undefined)[]): string[] => [
  ...new Set(lists.flatMap((list) => [...(list ?? [])])),
];

/** The caller with what was lent, and with everybody in the chain. */
function views({ agent }: DecideInput): { lent: Who; chain: Who } | undefined {
  if (!agent) return undefined;
  const { delegation: links, own } = agent;
  const delegators = links.map((link) => link.id);
  const lent = { ids: [agent.id], roles: agent.roles, groups: agent.groups, delegators };
  if (links.length === 0) return { lent, chain: lent };
  const tails: string[] = [];
  for (const [i, id] of [...delegators, agent.id].entries()) {
    const parent = delegators[i - 1];
    if (i > 0 && id.startsWith(`${parent}/`)) tails.push(id.slice(`${parent}/`.length));
  }
  const last = agent.id.startsWith(`${delegators.at(-1)}/`) ? tails.at(-1) : undefined;
  const inChain = last === undefined ? tails : tails.slice(0, -1);
  const chain = {
    ids: distinct([agent.id], delegators, tails, own && [own.id]),
    roles: distinct(agent.roles, own?.roles, ...links.map((link) => link.roles)),
    groups: distinct(agent.groups, own?.groups, ...links.map((link) => link.groups)),
    delegators: distinct(delegators, inChain),
  };
  return { lent, chain };
}

function conditions(
  rule: PolicyRule,
  input: DecideInput,
  who: Who,
  t: Target | undefined,
  level: string,
  effective: string,
): boolean {
  const { targets, callers, ...m } = rule.match;
  const { request } = input;
  const depth = input.agent?.delegation.length ?? 0;
  const shares = (wanted: readonly string[] | undefined, have: readonly string[]): boolean =>
    wanted === undefined || wanted.some((value) => have.includes(value));
  if (m.actions && !m.actions.some((glob) => naiveGlob(glob, request.action))) return false;
  if (targets) {
    if (!t) return false;
    if (targets.environments && !targets.environments.includes(t.spec.environment)) return false;
    if (targets.sensitivities && !(targets.sensitivities as string[]).includes(level)) return false;
    if (targets.types && !targets.types.includes(t.spec.type)) return false;
    for (const [key, value] of Object.entries(targets.labels ?? {})) if (t.spec.labels?.[key] !== value) return false;
  }
  if (callers) {
    if (!shares(callers.agentIds, who.ids) || !shares(callers.delegatedFrom, who.delegators)) return false;
    if (!shares(callers.roles, who.roles) || !shares(callers.groups, who.groups)) return false;
    if (callers.maxDelegationDepth !== undefined && depth > callers.maxDelegationDepth) return false;
    if (callers.requireDelegation !== undefined && callers.requireDelegation !== depth > 0) return false;
  }
  if (m.riskClasses && !(m.riskClasses as string[]).includes(effective)) return false;
  if (!inWindows(rule, input.now)) return false;
  return m.requireTicket === undefined || m.requireTicket === Boolean(request.ticketId);
}

type Outcome = "decides" | "tightens" | "error" | false;

/** What a rule comes to; `holds` are its conditions without `when`. */
function outcome(
  rule: PolicyRule,
  guardrail: boolean,
  input: DecideInput,
  { lent, chain }: { lent: Who; chain: Who },
  holds: (who: Who) => boolean,
): Outcome {
  const { when } = rule.match;
  const ask = (who: Who) => (when === undefined ? true : (EXPRESSIONS[when]?.(input, who) ?? "error"));
  const asIfEach = chain.ids.map((id) => ask({ ...chain, ids: [id] }));
  const any = [ask(lent), ...asIfEach];
  const all = [ask(lent), asIfEach[0] ?? false];
  const some = any.includes(true) ? true : any.includes("error") ? "error" : false;
  const every = all.includes(false) ? false : all.includes("error") ? "error" : true;
  if (guardrail || rule.decision === "deny") return holds(chain) && (some === true ? "decides" : some);
  const gives = holds(lent) && (every === true ? "decides" : every);
  if (gives !== false || rule.decision === "allow") return gives;
  return holds(chain) && (some === true ? "tightens" : some);
}

function outOfScope(input: DecideInput, t: Target, level: string): boolean {
  const glob = (wanted: readonly string[] | undefined, text: string) =>
    wanted === undefined || wanted.some((pattern) => naiveGlob(pattern, text));
  const one = (wanted: readonly string[] | undefined, text: string) => wanted === undefined || wanted.includes(text);
  return (input.agent?.delegation ?? []).some(({ scope }) => {
    if (!glob(scope?.actions, input.request.action)) return true;
    const targets = scope?.targets;
    return (
      !glob(targets?.ids, input.request.target) ||
      !one(targets?.environments, t.spec.environment) ||
      !one(targets?.sensitivities, level) ||
      !one(targets?.types, t.spec.type) ||
      Object.entries(targets?.labels ?? {}).some(([key, value]) => t.spec.labels?.[key] !== value)
    );
  });
}

/** What the request must get under the strict profile. */
export function reference(world: World, input: DecideInput): Expected {
  const { agent, request } = input;
  const seen = views(input);
  if (!agent || !seen) return { result: "deny", cause: "UnknownAgent" };
  if (agent.suspended) return { result: "deny", cause: "AgentSuspended" };
  const action = world.actions.find((a) => a.metadata.name === request.action);
  if (!action) return { result: "deny", cause: "UnknownAction" };
  const same = world.targets.filter((t) => (t.spec.id ?? t.metadata.name) === request.target);
  const [target] = same;
  if (!target) return { result: "deny", cause: "UnknownTarget" };
  const key = (t: Target): string => {
    const k = t.spec.resource?.kubernetes;
    return JSON.stringify([k?.apiVersion.split("/").slice(0, -1), k?.kind, k?.namespace, k?.name]);
  };
  if (same.length > 1 || world.targets.some((t) => t !== target && key(t) === key(target)))
    return { result: "deny", cause: "DuplicateTarget" };
  const level = sensitivity(target, world.targets);
  if (outOfScope(input, target, level)) return { result: "deny", cause: "OutOfScope" };
  if (!action.spec.targetTypes.includes(target.spec.type)) return { result: "deny", cause: "TargetTypeMismatch" };
  const effectiveRisk = risk(action.spec.riskClass, level);
  const all = world.policies
    .flatMap((policy) => policy.spec.rules.map((rule, order) => ({ policy, rule, order })))
    .filter(({ rule }) => !rule.disabled)
    .sort(
      (a, b) =>
        (b.rule.priority ?? 0) - (a.rule.priority ?? 0) ||
        (a.policy.metadata.name < b.policy.metadata.name
          ? -1
          : a.policy.metadata.name > b.policy.metadata.name
            ? 1
            : a.order - b.order),
    )
    .map((entry) => {
      const holds = (who: Who) => conditions(entry.rule, input, who, target, level, effectiveRisk);
      const guardrail = entry.policy.spec.guardrail === true;
      return { ...entry, outcome: outcome(entry.rule, guardrail, input, seen, holds) };
    })
    .filter(({ outcome }) => outcome !== false);
  const guardrails = all.filter(({ policy, rule }) => policy.spec.guardrail && rule.decision !== "allow");
  const ordinary = all.filter(({ policy }) => !policy.spec.guardrail);
  const answer = (entry: (typeof all)[number] | undefined, result: string, cause: string): Expected => ({
    result,
    cause,
    effectiveRisk,
    ...(entry && { policy: entry.policy.metadata.name, rule: entry.rule.name }),
  });
  const deny = guardrails.find(({ rule, outcome }) => outcome === "decides" && rule.decision === "deny");
  if (deny) return answer(deny, "deny", "Guardrail");
  const broken = guardrails.find(({ outcome }) => outcome === "error");
  if (broken) return answer(broken, "undecided", "GuardrailError");
  const first = ordinary.find(({ outcome }) => outcome !== "tightens");
  if (!first) return answer(undefined, "deny", "NoMatchingRule");
  if (first.outcome === "error") return answer(first, "undecided", "RuleError");
  const approval = guardrails.find(({ rule }) => rule.decision === "require_approval");
  const tighter = ordinary.slice(0, ordinary.indexOf(first)).find(({ outcome }) => outcome === "tightens");
  if (first.rule.decision !== "deny" && tighter) return answer(tighter, "require_approval", "Rule");
  if (first.rule.decision === "allow" && approval) return answer(approval, "require_approval", "Guardrail");
  return answer(first, first.rule.decision, "Rule");
}
