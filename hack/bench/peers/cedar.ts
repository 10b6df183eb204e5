import { createRequire } from "node:module";
import { join } from "node:path";
import type { WorkloadSelectors } from "../workload-types.ts";
import { type Peer, type Question, questioner, ranked } from "./peer.ts";

/** As much of the package as is used; it is not installed with us, so its own types are not there. */
interface Cedar {
  preparsePolicySet(id: string, set: { staticPolicies: Record<string, string> }): { type: string; errors?: unknown };
  statefulIsAuthorized(
    call: object,
  ):
    | { type: "success"; response: { diagnostics: { reason: string[]; errors: unknown[] } } }
    | { type: "failure"; errors: unknown[] };
}

const quoted = (values: readonly string[]) => `[${values.map((v) => JSON.stringify(v)).join(", ")}]`;

function actionTest(globs: readonly string[]): string {
  const tests = globs.map((glob) =>
    glob.includes("*") ? `context.name like ${JSON.stringify(glob)}` : `action == Action::${JSON.stringify(glob)}`,
  );
  return `(${tests.join(" || ")})`;
}

function windowTest({ days, start_hour: start, end_hour: end }: NonNullable<WorkloadSelectors["time_window"]>): string {
  const hours = `context.hour >= ${start} ${start <= end ? "&&" : "||"} context.hour <= ${end}`;
  return `${days === null ? "" : `[${days.join(", ")}].contains(context.day) && `}(${hours})`;
}

/** A policy as Cedar writes it. Cedar knows no priorities: all are permits, and the host takes the first in rank of those that hold. */
function toCedar(s: WorkloadSelectors): string {
  const target = [
    ...Object.entries(s.labels ?? {}).map(([key, value]) => `resource.${key} == ${JSON.stringify(value)}`),
    ...(s.environments ? [`${quoted(s.environments)}.contains(resource.env)`] : []),
    ...(s.sensitivities ? [`${quoted(s.sensitivities)}.contains(resource.sen)`] : []),
    ...(s.target_types ? [`${quoted(s.target_types)}.contains(resource.type)`] : []),
  ];
  const tests = [
    ...target,
    ...(s.actions ? [actionTest(s.actions)] : []),
    ...(s.agent_ids ? [`${quoted(s.agent_ids)}.contains(context.agent)`] : []),
    ...(s.roles ? [`principal.roles.containsAny(${quoted(s.roles)})`] : []),
    ...(s.groups ? [`principal.groups.containsAny(${quoted(s.groups)})`] : []),
    ...(s.risk_classes ? [`${quoted(s.risk_classes)}.contains(context.risk)`] : []),
    ...(s.time_window ? [windowTest(s.time_window)] : []),
  ];
  const resource = target.length > 0 ? "resource is Target" : "resource";
  return `permit(principal, action, ${resource})${tests.length > 0 ? ` when { ${tests.join(" && ")} }` : ""};`;
}

function toCall(q: Question): object {
  const { env, sen, type, team, tier, app } = q;
  const principal = { type: "Agent", id: q.agent };
  const resource = { type: q.known ? "Target" : "Unknown", id: "target" };
  return {
    principal,
    action: { type: "Action", id: q.action },
    resource,
    context: { name: q.action, agent: q.agent, risk: q.risk, day: q.day, hour: q.hour },
    preparsedPolicySetId: "bench",
    // Only the two entities that matter: handing over all of them with each call would be much slower.
    entities: [
      { uid: principal, attrs: { roles: q.roles, groups: q.groups }, parents: [] },
      { uid: resource, attrs: q.known ? { env, sen, type, team, tier, app } : {}, parents: [] },
    ],
  };
}

/** Cedar, compiled to wasm by its makers, with the policy set parsed beforehand. */
export const cedar: Peer = {
  name: "cedar",
  about: "Cedar 4.13, wasm, policies parsed beforehand",
  async load(workload, installed) {
    const engine = createRequire(join(installed, "package.json"))("@cedar-policy/cedar-wasm/nodejs") as Cedar;
    const order = ranked(workload);
    const rank = new Map(order.map((p, index) => [p.name, index]));
    const staticPolicies = Object.fromEntries(order.map((p) => [p.name, toCedar(p.selectors)]));
    const parsed = engine.preparsePolicySet("bench", { staticPolicies });
    if (parsed.type !== "success") throw new Error(`cedar refuses the policies: ${JSON.stringify(parsed.errors)}`);
    const ask = questioner(workload);
    return (request) => {
      const question = ask(request);
      if (question === undefined) return null;
      const answer = engine.statefulIsAuthorized(toCall(question));
      if (answer.type === "failure") throw new Error(`cedar: ${JSON.stringify(answer.errors)}`);
      let best: string | null = null;
      let bestRank = order.length;
      for (const name of answer.response.diagnostics.reason) {
        const at = rank.get(name) ?? order.length;
        if (at < bestRank) {
          bestRank = at;
          best = name;
        }
      }
      return best;
    };
  },
};
