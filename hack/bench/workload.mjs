// Workload generator and oracle shared by every bench in this folder (no dependencies, Node >= 20).
//
// Use:
//   node workload.mjs --policies 1000 --targets 1000 [--requests 2000] [--seed 1] [--profile team|miss] [--out FILE]
//   node workload.mjs --matrix [--dir DIR]     all N in 10,100,1000,10000 x M in 10,1000,10000
//                                              (DIR defaults to $BENCH_WORK/workloads, BENCH_WORK to <os tmp>/bench-work)
// Every generated file is a pure function of (policies, targets, requests, seed, profile): the printed sha256 must be
// the same on every machine. The JSON format is described in README.md.
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

// ---- seeded PRNG (mulberry32: 32-bit integer arithmetic only) ----
export function prng(seed) {
  let a = seed >>> 0;
  const next = () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = a;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
  const int = (n) => Math.floor((next() / 4294967296) * n); // 0..n-1
  const chance = (percent) => int(100) < percent;
  const pick = (list) => list[int(list.length)];
  const weighted = (pairs) => {
    let r = int(pairs.reduce((s, [, w]) => s + w, 0));
    for (const [v, w] of pairs) {
      r -= w;
      if (r < 0) return v;
    }
    return pairs[0][0];
  };
  const some = (list, k) => {
    const copy = [...list];
    const out = [];
    while (out.length < k && copy.length) out.push(copy.splice(int(copy.length), 1)[0]);
    return out;
  };
  return { next, int, chance, pick, weighted, some };
}

// ---- fixed vocabulary ----
export const ENVIRONMENTS = ["dev", "staging", "prod"];
export const SENSITIVITIES = ["public", "internal", "restricted", "critical"];
export const RISKS = ["low", "medium", "high", "critical"];
export const EFFECTS = ["allow", "deny", "require_approval"];
const ROLES = ["deployer", "sre", "viewer", "security", "dba", "oncall", "ci", "operator"];
const TIERS = ["frontend", "backend", "data", "edge"];
const APPS = ["checkout", "search", "billing", "login", "catalog", "media", "queue", "report"];
const KINDS = {
  workload: {
    type: "k8s-deployment",
    verbs: [
      ["get", "low"],
      ["restart", "medium"],
      ["scale", "medium"],
      ["rollback", "high"],
      ["update", "high"],
      ["delete", "critical"],
    ],
  },
  pod: {
    type: "k8s-pod",
    verbs: [
      ["get", "low"],
      ["logs", "low"],
      ["exec", "high"],
      ["delete", "medium"],
      ["evict", "medium"],
    ],
  },
  node: {
    type: "k8s-node",
    verbs: [
      ["get", "low"],
      ["cordon", "high"],
      ["uncordon", "medium"],
      ["drain", "critical"],
    ],
  },
  namespace: {
    type: "k8s-namespace",
    verbs: [
      ["get", "low"],
      ["create", "medium"],
      ["update", "high"],
      ["delete", "critical"],
    ],
  },
  config: {
    type: "k8s-configmap",
    verbs: [
      ["get", "low"],
      ["update", "medium"],
      ["delete", "high"],
    ],
  },
  secret: {
    type: "k8s-secret",
    verbs: [
      ["get", "high"],
      ["rotate", "high"],
      ["delete", "critical"],
    ],
  },
  instance: {
    type: "cloud-instance",
    verbs: [
      ["get", "low"],
      ["start", "medium"],
      ["stop", "high"],
      ["restart", "high"],
      ["delete", "critical"],
    ],
  },
  service: {
    type: "cloud-service",
    verbs: [
      ["get", "low"],
      ["scale", "medium"],
      ["update", "medium"],
      ["stop", "medium"],
    ],
  },
  function: {
    type: "cloud-function",
    verbs: [
      ["get", "low"],
      ["invoke", "low"],
      ["update", "medium"],
      ["delete", "high"],
    ],
  },
  bucket: {
    type: "cloud-bucket",
    verbs: [
      ["get", "low"],
      ["update", "critical"],
      ["delete", "critical"],
    ],
  },
};
// action risk x target sensitivity; columns in the order of SENSITIVITIES
export const RISK_MATRIX = {
  low: { public: "low", internal: "low", restricted: "medium", critical: "high" },
  medium: { public: "low", internal: "medium", restricted: "high", critical: "critical" },
  high: { public: "medium", internal: "high", restricted: "critical", critical: "critical" },
  critical: { public: "high", internal: "critical", restricted: "critical", critical: "critical" },
};
export function actionCatalogue() {
  const out = [];
  for (const [noun, k] of Object.entries(KINDS)) {
    for (const [verb, risk] of k.verbs) out.push({ name: `${verb}-${noun}`, risk_class: risk, target_types: [k.type] });
  }
  return out; // 41 actions
}

// ---- generator ----
export function generate({ policies: N = 100, targets: M = 100, requests: K = 2000, seed = 1, profile = "team" } = {}) {
  // one stream per part, so that the policies depend on N alone, and the targets on M (and on N only for the team label)
  const stream = (part, size) =>
    prng((Math.imul(seed, 0x9e3779b1) ^ Math.imul(part, 0x85ebca6b) ^ Math.imul(size, 0xc2b2ae35)) >>> 0);
  const actions = actionCatalogue();
  const verbs = [...new Set(actions.map((a) => a.name.split("-")[0]))];
  const nouns = Object.keys(KINDS);
  const types = Object.values(KINDS).map((k) => k.type);
  const T = Math.max(2, Math.ceil(N / 25)); // teams: about 25 policies each
  const A = Math.max(50, T);
  const team = (i) => `team-${i % T}`;

  let r = stream(1, M);
  const targets = [];
  for (let i = 0; i < M; i++) {
    const environment = r.weighted([
      ["dev", 40],
      ["staging", 30],
      ["prod", 30],
    ]);
    const app = r.pick(APPS);
    targets.push({
      id: `${environment}/${app}-${i}`,
      type: r.pick(types),
      environment,
      sensitivity: r.weighted([
        ["public", 20],
        ["internal", 40],
        ["restricted", 25],
        ["critical", 15],
      ]),
      labels: { team: team(i), tier: r.pick(TIERS), app },
    });
  }
  r = stream(2, A);
  const agents = [];
  for (let i = 0; i < A; i++) {
    agents.push({ agent_id: `agent-${i}`, roles: r.some(ROLES, 1 + r.int(3)), groups: ["agents", team(i)] });
  }

  const actionSelector = () => {
    const n = 1 + r.int(3);
    const out = [];
    for (let i = 0; i < n; i++) {
      const kind = r.int(100);
      out.push(kind < 25 ? `${r.pick(verbs)}-*` : kind < 45 ? `*-${r.pick(nouns)}` : r.pick(actions).name);
    }
    return [...new Set(out)];
  };
  const timeWindow = () =>
    r.pick([
      { days: [0, 1, 2, 3, 4], start_hour: 8, end_hour: 17 },
      { days: [5, 6], start_hour: 0, end_hour: 23 },
      { days: null, start_hour: 22, end_hour: 5 },
    ]);

  r = stream(3, N);
  const guardrails = Math.min(Math.max(2, Math.round(N * 0.2)), 40);
  const policies = [];
  for (let i = 0; i < N; i++) {
    const s = {};
    let effect;
    let priority;
    if (i < guardrails) {
      // organisation-wide, high priority, narrow
      priority = 700 + r.int(300);
      effect = r.weighted([
        ["deny", 50],
        ["require_approval", 50],
      ]);
      s.actions = r.some(actions, 1 + r.int(2)).map((a) => a.name);
      s.environments = r.weighted([
        [["prod"], 70],
        [["prod", "staging"], 30],
      ]);
      const k = r.int(4);
      if (k === 0) s.sensitivities = ["critical", "restricted"];
      else if (k === 1) s.risk_classes = ["critical"];
      else if (k === 2) s.time_window = timeWindow();
      else s.roles = r.some(ROLES, 2);
    } else if (i === N - 1) {
      // catch-all at the bottom
      priority = 1;
      effect = "allow";
      s.actions = ["get-*", "logs-*"];
      s.environments = ["dev", "staging"];
    } else {
      // team-scoped
      priority = 100 + r.int(600);
      effect = r.weighted([
        ["allow", 55],
        ["deny", 20],
        ["require_approval", 25],
      ]);
      s.labels = { team: team(i) };
      if (r.chance(25)) s.labels.tier = r.pick(TIERS);
      if (r.chance(85)) s.actions = actionSelector();
      if (r.chance(45)) s.environments = r.some(ENVIRONMENTS, 1 + r.int(2));
      if (r.chance(20)) s.sensitivities = r.some(SENSITIVITIES, 2);
      if (r.chance(15)) s.target_types = r.some(types, 3);
      if (r.chance(15)) s.risk_classes = r.some(RISKS, 2);
      if (r.chance(10)) s.time_window = timeWindow();
      const who = r.int(100);
      if (who < 35) s.roles = r.some(ROLES, 1 + r.int(3));
      else if (who < 55) s.groups = [team(i)];
      else if (who < 65) s.agent_ids = r.some(agents, 3).map((a) => a.agent_id);
    }
    if (profile === "miss") {
      s.labels = { ...s.labels, app: "none" };
    } // nothing ever matches: the full-scan bound
    policies.push({ name: `p${i}`, priority, effect, reason: `rule p${i}`, selectors: s });
  }

  const byTeam = new Map();
  agents.forEach((a) => {
    const t = a.groups[1];
    byTeam.set(t, [...(byTeam.get(t) ?? []), a]);
  });
  const byType = new Map();
  for (const a of actions) byType.set(a.target_types[0], [...(byType.get(a.target_types[0]) ?? []), a]);
  r = stream(4, N + M);
  const base = Date.UTC(2026, 0, 1);
  const requests = [];
  for (let i = 0; i < K; i++) {
    const target = r.pick(targets);
    const own = byTeam.get(target.labels.team);
    const agent = own && r.chance(70) ? r.pick(own) : r.pick(agents);
    const action = r.chance(80) ? r.pick(byType.get(target.type)) : r.pick(actions);
    const odd = r.int(100);
    requests.push({
      action: odd === 0 ? "no-such-action" : action.name,
      target: odd === 1 ? "no/such-target" : target.id,
      agent: agent.agent_id,
      timestamp: new Date(base + r.int(365 * 86400) * 1000).toISOString().replace(".000Z", "Z"),
    });
  }

  const w = {
    format: "policy-workload/1",
    seed,
    profile,
    params: { policies: N, targets: M, agents: A, teams: T, requests: K },
    risk_matrix: RISK_MATRIX,
    actions,
    targets,
    agents,
    policies,
    requests,
    stats: {},
  };
  // expected results and how deep a first-match scan goes
  const o = oracle(w);
  const effects = { allow: 0, deny: 0, require_approval: 0 };
  let depth = 0;
  let matches = 0;
  let none = 0;
  for (const q of requests) {
    const d = o.decide(q);
    q.expect = { effect: d.effect, policy: d.policy };
    effects[d.effect]++;
    depth += d.depth;
    matches += o.countMatches(q);
    if (d.policy === null) none++;
  }
  w.stats = {
    effects,
    no_policy_matched: none,
    mean_first_match_depth: Math.round((depth / K) * 10) / 10,
    mean_matching_policies: Math.round((matches / K) * 100) / 100,
    distinct_action_patterns: new Set(policies.flatMap((p) => p.selectors.actions ?? [])).size,
  };
  return w;
}

// ---- oracle: linear, highest priority first (ties in file order), first match wins, default deny ----
export const globToRegExp = (g) =>
  new RegExp(
    `^${g
      .replace(/[.+^${}()|[\]\\]/g, "\\$&")
      .replace(/\*/g, "[\\s\\S]*")
      .replace(/\?/g, "[\\s\\S]")}$`,
  );
export const ranked = (policies) =>
  policies
    .map((p, i) => [p, i])
    .sort((a, b) => b[0].priority - a[0].priority || a[1] - b[1])
    .map(([p]) => p);
export const dayHour = (iso) => {
  const d = new Date(iso);
  return [(d.getUTCDay() + 6) % 7, d.getUTCHours()];
}; // 0 = Monday

export function facts(w) {
  const targets = new Map(w.targets.map((t) => [t.id, t]));
  const agents = new Map(w.agents.map((a) => [a.agent_id, a]));
  const actions = new Map(w.actions.map((a) => [a.name, a]));
  return { targets, agents, actions };
}
export const effectiveRisk = (w, action, target) =>
  w.risk_matrix[action ? action.risk_class : "critical"][target ? target.sensitivity : "critical"];

export function oracle(w) {
  const f = facts(w);
  const rules = ranked(w.policies).map((p) => {
    const s = p.selectors;
    const set = (v) => (v ? new Set(v) : null);
    return {
      p,
      globs: s.actions ? s.actions.map(globToRegExp) : null,
      env: set(s.environments),
      sen: set(s.sensitivities),
      typ: set(s.target_types),
      lab: s.labels ? Object.entries(s.labels) : null,
      ids: set(s.agent_ids),
      roles: s.roles ?? null,
      groups: s.groups ?? null,
      risk: set(s.risk_classes),
      win: s.time_window ?? null,
      needsTarget: Boolean(s.environments || s.sensitivities || s.target_types || s.labels),
    };
  });
  const matches = (c, q, t, a, risk, day, hour) => {
    if (c.globs && !c.globs.some((g) => g.test(q.action))) return false;
    if (c.needsTarget) {
      if (!t) return false;
      if (c.env && !c.env.has(t.environment)) return false;
      if (c.sen && !c.sen.has(t.sensitivity)) return false;
      if (c.typ && !c.typ.has(t.type)) return false;
      if (c.lab) for (const [k, v] of c.lab) if (t.labels[k] !== v) return false;
    }
    if (c.ids && !c.ids.has(a.agent_id)) return false;
    if (c.roles && !c.roles.some((x) => a.roles.includes(x))) return false;
    if (c.groups && !c.groups.some((x) => a.groups.includes(x))) return false;
    if (c.risk && !c.risk.has(risk)) return false;
    if (c.win) {
      const { days, start_hour: s, end_hour: e } = c.win;
      if (days && !days.includes(day)) return false;
      if (s <= e ? hour < s || hour > e : hour < s && hour > e) return false;
    }
    return true;
  };
  const bind = (q) => {
    const t = f.targets.get(q.target);
    const [day, hour] = q.day === undefined ? dayHour(q.timestamp) : [q.day, q.hour];
    return [t, f.agents.get(q.agent), effectiveRisk(w, f.actions.get(q.action), t), day, hour];
  };
  return {
    decide(q) {
      if (!f.actions.has(q.action)) return { effect: "deny", policy: null, depth: 0 };
      const [t, a, risk, day, hour] = bind(q);
      for (let i = 0; i < rules.length; i++) {
        if (matches(rules[i], q, t, a, risk, day, hour))
          return { effect: rules[i].p.effect, policy: rules[i].p.name, depth: i + 1 };
      }
      return { effect: "deny", policy: null, depth: rules.length };
    },
    countMatches(q) {
      if (!f.actions.has(q.action)) return 0;
      const b = bind(q);
      return rules.reduce((n, c) => n + (matches(c, q, ...b) ? 1 : 0), 0);
    },
  };
}

// ---- CLI ----
export const workDir = () => process.env.BENCH_WORK ?? join(tmpdir(), "bench-work");
export const workloadPath = (n, m, profile = "team") => join(workDir(), "workloads", `w-${profile}-n${n}-m${m}.json`);
function main(argv) {
  const opt = (k, d) => {
    const i = argv.indexOf(`--${k}`);
    return i < 0 ? d : argv[i + 1];
  };
  const write = (o, file) => {
    const w = generate(o);
    const text = JSON.stringify(w);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    console.log(
      JSON.stringify({
        file,
        bytes: text.length,
        sha256: createHash("sha256").update(text).digest("hex"),
        params: w.params,
        stats: w.stats,
      }),
    );
  };
  const seed = Number(opt("seed", 1));
  const requests = Number(opt("requests", 2000));
  if (argv.includes("--matrix")) {
    const dir = opt("dir", join(workDir(), "workloads"));
    for (const policies of [10, 100, 1000, 10000]) {
      for (const targets of [10, 1000, 10000])
        write({ policies, targets, requests, seed }, join(dir, `w-team-n${policies}-m${targets}.json`));
      write({ policies, targets: 1000, requests, seed, profile: "miss" }, join(dir, `w-miss-n${policies}-m1000.json`));
    }
  } else {
    const o = {
      policies: Number(opt("policies", 100)),
      targets: Number(opt("targets", 100)),
      requests,
      seed,
      profile: opt("profile", "team"),
    };
    write(o, opt("out", join(workDir(), "workloads", `w-${o.profile}-n${o.policies}-m${o.targets}.json`)));
  }
}
if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) main(process.argv.slice(2));
