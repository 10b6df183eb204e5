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

/** The expressions that the random worlds use, in plain words. */
export const EXPRESSIONS: Record<string, (input: DecideInput) => boolean | "error"> = {
  "request.reason == 'yes'": (input) => (input.request.reason ?? "") === "yes",
  "params.n > 1": (input) => {
    const n = input.request.params?.n;
    return typeof n === "number" ? n > 1 : "error";
  },
  "'sre' in agent.roles": (input) => input.agent?.roles.includes("sre") ?? false,
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

function matches(
  rule: PolicyRule,
  input: DecideInput,
  t: Target | undefined,
  level: string,
  effective: string,
): boolean | "error" {
  const { targets, callers, ...m } = rule.match;
  const { agent, request } = input;
  if (m.actions && !m.actions.some((glob) => naiveGlob(glob, request.action))) return false;
  if (targets) {
    if (!t) return false;
    if (targets.environments && !targets.environments.includes(t.spec.environment)) return false;
    if (targets.sensitivities && !(targets.sensitivities as string[]).includes(level)) return false;
    if (targets.types && !targets.types.includes(t.spec.type)) return false;
    for (const [key, value] of Object.entries(targets.labels ?? {})) if (t.spec.labels?.[key] !== value) return false;
  }
  if (callers) {
    if (!agent) return false;
    if (callers.agentIds && !callers.agentIds.includes(agent.id)) return false;
    if (callers.roles && !callers.roles.some((r) => agent.roles.includes(r))) return false;
    if (callers.groups && !callers.groups.some((g) => agent.groups.includes(g))) return false;
    if (callers.delegatedFrom && !agent.delegation.some((link) => callers.delegatedFrom?.includes(link.id)))
      return false;
    if (callers.maxDelegationDepth !== undefined && agent.delegation.length > callers.maxDelegationDepth) return false;
    if (callers.requireDelegation !== undefined && callers.requireDelegation !== agent.delegation.length > 0)
      return false;
  }
  if (m.riskClasses && !(m.riskClasses as string[]).includes(effective)) return false;
  if (!inWindows(rule, input.now)) return false;
  if (m.requireTicket !== undefined && m.requireTicket !== Boolean(request.ticketId)) return false;
  return m.when === undefined ? true : (EXPRESSIONS[m.when]?.(input) ?? "error");
}

/** What the request must get under the strict profile. */
export function reference(world: World, input: DecideInput): Expected {
  const { agent, request } = input;
  if (!agent) return { result: "deny", cause: "UnknownAgent" };
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
  if (!action.spec.targetTypes.includes(target.spec.type)) return { result: "deny", cause: "TargetTypeMismatch" };
  const level = sensitivity(target, world.targets);
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
    .map((entry) => ({ ...entry, outcome: matches(entry.rule, input, target, level, effectiveRisk) }))
    .filter(({ outcome }) => outcome !== false);
  const guardrails = all.filter(({ policy, rule }) => policy.spec.guardrail && rule.decision !== "allow");
  const ordinary = all.filter(({ policy }) => !policy.spec.guardrail);
  const answer = (entry: (typeof all)[number] | undefined, result: string, cause: string): Expected => ({
    result,
    cause,
    effectiveRisk,
    ...(entry && { policy: entry.policy.metadata.name, rule: entry.rule.name }),
  });
  const deny = guardrails.find(({ rule, outcome }) => outcome === true && rule.decision === "deny");
  if (deny) return answer(deny, "deny", "Guardrail");
  const broken = guardrails.find(({ outcome }) => outcome === "error");
  if (broken) return answer(broken, "undecided", "GuardrailError");
  const [first] = ordinary;
  if (!first) return answer(undefined, "deny", "NoMatchingRule");
  if (first.outcome === "error") return answer(first, "undecided", "RuleError");
  const approval = guardrails.find(({ rule }) => rule.decision === "require_approval");
  if (first.rule.decision === "allow" && approval) return answer(approval, "require_approval", "Guardrail");
  return answer(first, first.rule.decision, "Rule");
}
