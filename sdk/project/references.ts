import { nearest } from "../../controller/api/near-names.ts";
import { show } from "../../controller/api/schema-error.ts";
import type { Action, ActionPlan, ActionPolicy, ActionRequest, Agent, Target } from "../../controller/api/types.ts";
import { compileGlob, isGlob } from "../../controller/policy/glob.ts";
import { resourceKey } from "../../controller/policy/resource.ts";
import type { Profile } from "../../controller/policy/types.ts";
import { validateRequest } from "../../controller/policy/validate-request.ts";
import { type Definition, problemAt } from "./definitions.ts";
import type { Problem } from "./problem.ts";

/** What names something that is not there, or is there twice. `definitions` have the right shape and meaning each for itself. */
export function referenceProblems(definitions: readonly Definition[], profile: Profile): Problem[] {
  const problems: Problem[] = [];
  const names = {
    actions: namesOf(definitions, "Action"),
    profiles: namesOf(definitions, "RiskProfile"),
    agentIds: definitions.filter(({ kind }) => kind === "Agent").map(({ object }) => agentId(object as Agent)),
    roles: definitions.flatMap(({ kind, object }) => (kind === "Agent" ? ((object as Agent).spec.roles ?? []) : [])),
    groups: definitions.flatMap(({ kind, object }) => (kind === "Agent" ? ((object as Agent).spec.groups ?? []) : [])),
    targetIds: definitions.filter(({ kind }) => kind === "Target").map(({ object }) => targetId(object as Target)),
    types: definitions.flatMap(({ kind, object }) => (kind === "Target" ? [(object as Target).spec.type] : [])),
  };
  duplicates(definitions, problems, profile);
  for (const definition of definitions) {
    if (definition.kind === "ActionPolicy") policyReferences(definition, names, problems, profile);
    if (definition.kind === "Agent") agentReferences(definition, names.profiles, problems);
    if (definition.kind === "ActionRequest") requestReferences(definition, definitions, names, problems);
    if (definition.kind === "ActionPlan") planReferences(definition, names.targetIds, problems);
  }
  return problems;
}

type Names = Record<"actions" | "profiles" | "agentIds" | "roles" | "groups" | "targetIds" | "types", string[]>;

function namesOf(definitions: readonly Definition[], wanted: string): string[] {
  return definitions.filter(({ kind }) => kind === wanted).map(({ object }) => object.metadata.name);
}

function agentId(agent: Agent): string {
  return agent.spec.agentId ?? agent.metadata.name;
}

function targetId(target: Target): string {
  return target.spec.id ?? target.metadata.name;
}

/** What two objects may not share: each as [field, key, what it is]. */
function* identities({ kind, object }: Definition, profile: Profile): Iterable<[string, string, string]> {
  const { name, namespace = "" } = object.metadata;
  if (name) yield ["metadata.name", `${kind}/${namespace}/${name}`, `${kind} ${show(name)}`];
  if (kind === "Target") {
    const target = object as Target;
    const id = targetId(target);
    yield [target.spec.id === undefined ? "metadata.name" : "spec.id", `id ${id}`, `the target id ${show(id)}`];
    const resource = profile === "strict" ? resourceKey(target.spec) : undefined;
    if (resource !== undefined) yield ["spec.resource", `resource ${resource}`, "this resource"];
  }
  if (kind === "Agent") {
    const agent = object as Agent;
    const id = agentId(agent);
    yield [
      agent.spec.agentId === undefined ? "metadata.name" : "spec.agentId",
      `agent ${id}`,
      `the agent id ${show(id)}`,
    ];
    for (const [i, subject] of (agent.spec.subjects ?? []).entries()) {
      const { kind: of, namespace: ns, name: who, issuer, subject: jwt } = subject;
      yield [`spec.subjects[${i}]`, JSON.stringify([of, ns, who, issuer, jwt]), "this subject"];
    }
  }
}

function duplicates(definitions: readonly Definition[], problems: Problem[], profile: Profile): void {
  const seen = new Map<string, Definition>();
  for (const definition of definitions) {
    for (const [path, key, what] of identities(definition, profile)) {
      const first = seen.get(key);
      if (!first) seen.set(key, definition);
      else if (
        first !== definition &&
        (path !== "spec.id" || first.object.metadata.name !== definition.object.metadata.name)
      ) {
        const { file, line } = { file: first.source.file, ...first.source.locate(path) };
        const message = `${what} is that of ${first.kind} ${show(first.object.metadata.name)} too (${file}:${line})`;
        problems.push(problemAt(definition.source, path, "Duplicate", message, { kind: definition.kind }));
      }
    }
  }
}

function policyReferences(definition: Definition, names: Names, problems: Problem[], profile: Profile): void {
  const policy = definition.object as ActionPolicy;
  const warn = (path: string, value: string, what: string, known: readonly string[]): void => {
    const near = nearest(value, known);
    const more = { severity: "warning" as const, kind: definition.kind, hint: near && `did you mean ${near}?` };
    problems.push(problemAt(definition.source, path, "UnknownName", `${what} ${show(value)}`, more));
  };
  for (const [i, rule] of policy.spec.rules.entries()) {
    const match = rule.match ?? {};
    const path = `spec.rules[${i}].match`;
    for (const [j, pattern] of (match.actions ?? []).entries()) {
      if (names.actions.length === 0) break;
      if (isGlob(pattern)) {
        const test = compileGlob(pattern);
        if (!names.actions.some((name) => test(name))) warn(`${path}.actions[${j}]`, pattern, "no Action matches", []);
      } else if (!names.actions.includes(pattern))
        warn(`${path}.actions[${j}]`, pattern, "there is no Action", names.actions);
    }
    const each = (list: readonly string[] | undefined, field: string, what: string, known: readonly string[]): void => {
      if (known.length === 0) return;
      for (const [j, value] of (list ?? []).entries())
        if (!known.includes(value)) warn(`${path}.${field}[${j}]`, value, what, known);
    };
    each(match.targets?.types, "targets.types", "no Target has the type", names.types);
    if (profile === "compat") continue;
    each(match.callers?.agentIds, "callers.agentIds", "no Agent has the id", names.agentIds);
    each(match.callers?.delegatedFrom, "callers.delegatedFrom", "no Agent has the id", names.agentIds);
    each(match.callers?.roles, "callers.roles", "no Agent has the role", names.roles);
    each(match.callers?.groups, "callers.groups", "no Agent is in the group", names.groups);
  }
}

function agentReferences(definition: Definition, profiles: readonly string[], problems: Problem[]): void {
  const { riskProfile } = (definition.object as Agent).spec;
  if (riskProfile === undefined || riskProfile === "default" || profiles.includes(riskProfile)) return;
  const near = nearest(riskProfile, profiles);
  const message = `there is no RiskProfile ${show(riskProfile)}; this agent's requests would stay undecided`;
  const more = { kind: definition.kind, hint: near && `did you mean ${near}?` };
  problems.push(problemAt(definition.source, "spec.riskProfile", "UnknownName", message, more));
}

function requestReferences(
  definition: Definition,
  definitions: readonly Definition[],
  names: Names,
  problems: Problem[],
): void {
  const { spec } = definition.object as ActionRequest;
  if (names.actions.length === 0) return;
  const found = definitions.find(({ kind, object }) => kind === "Action" && object.metadata.name === spec.action);
  for (const { path, code, message, hint } of validateRequest(
    found?.object as Action | undefined,
    spec,
    names.actions,
  )) {
    const bare = message.startsWith(`${path}: `) ? message.slice(path.length + 2) : message;
    problems.push(problemAt(definition.source, path, code, bare, { hint, kind: definition.kind }));
  }
  targetReference(definition, "spec.target", spec.target, names.targetIds, problems);
}

function planReferences(definition: Definition, targetIds: readonly string[], problems: Problem[]): void {
  const { steps } = (definition.object as ActionPlan).spec;
  for (const [i, { target }] of steps.entries())
    targetReference(definition, `spec.steps[${i}].target`, target, targetIds, problems);
}

function targetReference(
  { source, kind }: Definition,
  path: string,
  target: string,
  targetIds: readonly string[],
  problems: Problem[],
): void {
  if (targetIds.length === 0 || targetIds.includes(target)) return;
  const near = nearest(target, targetIds);
  const more = { kind, hint: near && `did you mean ${near}?` };
  problems.push(problemAt(source, path, "UnknownTarget", `unknown target ${show(target)}`, more));
}
