import { createRequire } from "node:module";
import { performance } from "node:perf_hooks";
import type { Action, ActionPolicy, PolicyRule, Target, TimeWindow } from "../../controller/api/types.ts";
import { DAYS, type RiskClass, type Sensitivity } from "../../controller/api/vocabulary.ts";
import { decide, verdict } from "../../controller/policy/decide.ts";
import { PolicyEngine } from "../../controller/policy/engine.ts";
import type { DecideInput, ResolvedAgent } from "../../controller/policy/types.ts";
import type { Workload, WorkloadModule } from "./workload-types.ts";

const API_VERSION = "agentsafe.dev/v1alpha1";

/** What one size measured, in microseconds but for the compile times (milliseconds). */
export interface DecisionBench {
  profile: "team" | "miss";
  policies: number;
  targets: number;
  decideP50: number;
  decideP99: number;
  verdictP50: number;
  verdictP99: number;
  linearP50: number;
  compileMs: number;
  changeMs: number;
}

// The generator is plain JavaScript: anybody can run it beside another engine and get the same workloads.
const { generate, oracle } = createRequire(import.meta.url)("./workload.mjs") as WorkloadModule;

type WorkloadPolicy = Workload["policies"][number];

const time = (hour: number): string => `${String(hour).padStart(2, "0")}:00`;

/**
 * The workload's windows have inclusive hours, and one that wraps looks at the day of the request; ours are [start, end) and
 * belong to the day on which they begin. So a wrapped one becomes two.
 */
function windows(w: { days: number[] | null; start_hour: number; end_hour: number }): TimeWindow[] {
  const days = w.days?.map((day) => DAYS[day] ?? "mon");
  const window = (start: number, end: number): TimeWindow => ({
    ...(days && { days }),
    start: time(start),
    end: time(end),
    timeZone: "UTC",
  });
  if (w.start_hour <= w.end_hour) return [window(w.start_hour, w.end_hour + 1)];
  return [window(w.start_hour, 24), window(0, w.end_hour + 1)];
}

/** Ties of the workload go by file order, ours by policy name: the names count up with leading zeros. */
function toPolicy(p: WorkloadPolicy, index: number): ActionPolicy {
  const s = p.selectors;
  const hasTargets = s.environments ?? s.sensitivities ?? s.target_types ?? s.labels;
  const hasCallers = s.agent_ids ?? s.roles ?? s.groups;
  const match: PolicyRule["match"] = {
    ...(s.actions && { actions: s.actions }),
    ...(hasTargets && {
      targets: {
        environments: s.environments,
        sensitivities: s.sensitivities,
        types: s.target_types,
        labels: s.labels,
      },
    }),
    ...(hasCallers && { callers: { agentIds: s.agent_ids, roles: s.roles, groups: s.groups } }),
    ...(s.risk_classes && { riskClasses: s.risk_classes }),
    ...(s.time_window && { timeWindows: windows(s.time_window) }),
  };
  return {
    apiVersion: API_VERSION,
    kind: "ActionPolicy",
    metadata: { name: policyName(index), uid: `policy-${index}`, generation: 1, resourceVersion: String(index + 1) },
    spec: { rules: [{ name: p.name, priority: p.priority, decision: p.effect, reason: p.reason, match }] },
  };
}

function policyName(index: number): string {
  return `p-${String(index).padStart(8, "0")}`;
}

function toAction(a: Workload["actions"][number]): Action {
  return {
    apiVersion: API_VERSION,
    kind: "Action",
    metadata: { name: a.name },
    spec: {
      version: "1.0.0",
      description: a.name,
      riskClass: a.risk_class as RiskClass,
      targetTypes: a.target_types,
      execution: { handler: { handler: "none" } },
    },
  };
}

function toTarget(t: Workload["targets"][number], index: number): Target {
  return {
    apiVersion: API_VERSION,
    kind: "Target",
    metadata: { name: `t-${index}` },
    spec: {
      id: t.id,
      type: t.type,
      environment: t.environment as "dev" | "staging" | "prod",
      sensitivity: t.sensitivity as Sensitivity,
      labels: t.labels,
    },
  };
}

/** The workload's objects in our form, and its requests as inputs. */
export function importWorkload(w: Workload) {
  const agents = new Map<string, ResolvedAgent>(
    w.agents.map((a) => [
      a.agent_id,
      { id: a.agent_id, roles: a.roles, groups: a.groups, delegation: [], suspended: false },
    ]),
  );
  const inputs: DecideInput[] = w.requests.map((q, index) => ({
    now: Date.parse(q.timestamp),
    request: {
      uid: `r-${index}`,
      namespace: "agents",
      name: `r-${index}`,
      action: q.action,
      target: q.target,
      params: {},
    },
    agent: agents.get(q.agent) ?? null,
  }));
  return {
    actions: w.actions.map(toAction),
    targets: w.targets.map(toTarget),
    policies: w.policies.map(toPolicy),
    inputs,
  };
}

function quantile(sorted: Float64Array, q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}

/**
 * Runs `call` over all inputs several times and gives p50 and p99 over the inputs, in microseconds. An input's time is the
 * median of its rounds, so that what else the machine does is left out and what the input costs is not.
 */
export function measure(count: number, rounds: number, call: (index: number) => unknown): { p50: number; p99: number } {
  let sink = 0;
  for (let i = 0; i < count; i++) if (call(i)) sink++;
  const perRound = Array.from({ length: rounds }, () => new Float64Array(count));
  for (const times of perRound) {
    for (let i = 0; i < count; i++) {
      const started = performance.now();
      if (call(i)) sink++;
      times[i] = (performance.now() - started) * 1000;
    }
  }
  if (sink === 0) throw new Error("nothing was decided");
  const medians = new Float64Array(count);
  const own = new Float64Array(rounds);
  for (let i = 0; i < count; i++) {
    for (let round = 0; round < rounds; round++) own[round] = perRound[round]?.[i] ?? 0;
    own.sort();
    medians[i] = own[rounds >> 1] ?? Number.NaN;
  }
  medians.sort();
  return { p50: quantile(medians, 0.5), p99: quantile(medians, 0.99) };
}

function check(w: Workload, engine: PolicyEngine, inputs: readonly DecideInput[]): void {
  for (let i = 0; i < inputs.length; i++) {
    const input = inputs[i];
    const expect = w.requests[i]?.expect;
    if (!input || !expect) continue;
    const fast = verdict(engine, input);
    const full = decide(engine, input);
    if (fast.result !== expect.effect || fast.rule !== expect.policy) {
      throw new Error(
        `request ${i}: expected ${expect.effect} by ${expect.policy}, got ${fast.result} by ${fast.rule}`,
      );
    }
    if (full.result !== fast.result || (full.rule ?? null) !== fast.rule)
      throw new Error(`request ${i}: decide and verdict differ`);
  }
}

/** Builds the engine of one size, checks every answer, then measures. Throws when an answer is wrong. */
export function benchDecision(options: {
  policies: number;
  targets: number;
  profile?: "team" | "miss";
  requests?: number;
  rounds?: number;
}): DecisionBench {
  const { policies, targets, profile = "team", requests = 2000, rounds = 10 } = options;
  const w = generate({ policies, targets, requests, profile });
  const imported = importWorkload(w);
  const { inputs } = imported;
  const engine = new PolicyEngine({ profile: "compat" });
  const started = performance.now();
  engine.replaceAll(imported);
  const compileMs = performance.now() - started;
  check(w, engine, inputs);
  const changes = new Float64Array(20);
  for (let i = 0; i < changes.length; i++) {
    const policy = imported.policies[Math.floor((i * imported.policies.length) / changes.length)];
    if (!policy) continue;
    const changed = { ...policy, metadata: { ...policy.metadata, resourceVersion: String(1_000_000 + i) } };
    const before = performance.now();
    engine.upsertPolicy(changed);
    changes[i] = performance.now() - before;
  }
  check(w, engine, inputs);
  const get = (i: number): DecideInput => inputs[i] ?? (inputs[0] as DecideInput);
  const full = measure(inputs.length, rounds, (i) => decide(engine, get(i)));
  const fast = measure(inputs.length, rounds, (i) => verdict(engine, get(i)));
  const plain = oracle(w);
  const clocked = w.requests.map((q) => {
    const at = new Date(q.timestamp);
    return { ...q, day: (at.getUTCDay() + 6) % 7, hour: at.getUTCHours() };
  });
  const linear = measure(inputs.length, policies > 1000 ? 1 : 3, (i) => plain.decide(clocked[i] ?? clocked[0]));
  return {
    profile,
    policies,
    targets,
    decideP50: full.p50,
    decideP99: full.p99,
    verdictP50: fast.p50,
    verdictP99: fast.p99,
    linearP50: linear.p50,
    compileMs,
    changeMs: Math.max(...changes),
  };
}

const us = (value: number): string => value.toFixed(value < 10 ? 2 : 1).padStart(8);

/** Runs every size, prints a table as it goes and gives the figures back. Throws when an answer is wrong. */
export function runDecisionBench(print: (line: string) => void = console.log): DecisionBench[] {
  const results: DecisionBench[] = [];
  print("decision: microseconds per request, every answer checked; linear = plain scan in the same run");
  print(
    " profile policies  targets | decide p50      p99 | verdict p50     p99 | linear p50   ratio | compile ms  one change ms",
  );
  const row = (options: Parameters<typeof benchDecision>[0]): void => {
    const r = benchDecision(options);
    results.push(r);
    print(
      `${r.profile.padStart(8)} ${String(r.policies).padStart(8)} ${String(r.targets).padStart(8)} |   ${us(r.decideP50)} ${us(r.decideP99)} |    ${us(r.verdictP50)} ${us(r.verdictP99)} |   ${us(r.linearP50)} ${`${(r.linearP50 / r.verdictP50).toFixed(1)}x`.padStart(7)} |   ${r.compileMs.toFixed(1).padStart(8)}       ${r.changeMs.toFixed(2).padStart(8)}`,
    );
  };
  for (const policies of [10, 100, 1000, 10_000]) {
    for (const targets of [10, 1000, 10_000]) row({ policies, targets });
    row({ policies, targets: 1000, profile: "miss" });
  }
  return results;
}

if (process.argv[1] === import.meta.filename) runDecisionBench();
