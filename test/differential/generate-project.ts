import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type GeneratedAction, generateAction } from "./generate-action.ts";
import { mutate } from "./mutate.ts";
import { Loose, pythonYaml } from "./python-yaml.ts";
import type { Random } from "./random.ts";
import { ACTIONS, AGENTS, GLOBS, GROUPS, LABELS, ROLES, TARGETS, TYPES } from "./vocabulary.ts";

const ENVIRONMENTS = ["dev", "staging", "prod"];
const SENSITIVITIES = ["public", "internal", "restricted", "critical"];
const RISKS = ["low", "medium", "high", "critical"];

/** A project as data, and as files of the Python project. */
export interface GeneratedProject {
  actions: GeneratedAction[];
  /** Whether limits hold, so that requests must be asked in their order. */
  limited: boolean;
  files: Record<string, string>;
}

type Block = Record<string, unknown>;

function put(into: Block, key: string, value: unknown): void {
  if (value !== undefined) into[key] = value;
}

/** Some of the items, seldom none at all, seldom nothing. */
function listOf(random: Random, items: readonly string[], most = 3): string[] | null {
  if (random.chance(0.03)) return null;
  return random.some(items, random.chance(0.03) ? 0 : 1, most);
}

function targetSelector(random: Random): Block {
  const made: Block = {};
  put(
    made,
    "environments",
    random.maybe(0.5, () => listOf(random, ENVIRONMENTS, 2)),
  );
  put(
    made,
    "sensitivities",
    random.maybe(0.25, () => listOf(random, SENSITIVITIES)),
  );
  put(
    made,
    "types",
    random.maybe(0.25, () => listOf(random, TYPES)),
  );
  put(
    made,
    "labels",
    random.maybe(0.25, () => labels(random, 2)),
  );
  return made;
}

function labels(random: Random, most: number): Record<string, string> {
  return Object.fromEntries(
    random.some(Object.keys(LABELS), 0, most).map((key) => [key, random.of(LABELS[key] ?? [""])]),
  );
}

function callerSelector(random: Random): Block {
  const made: Block = {};
  put(
    made,
    "agent_ids",
    random.maybe(0.3, () => listOf(random, AGENTS)),
  );
  put(
    made,
    "roles",
    random.maybe(0.4, () => listOf(random, ROLES)),
  );
  put(
    made,
    "groups",
    random.maybe(0.2, () => listOf(random, GROUPS)),
  );
  put(
    made,
    "delegated_from",
    random.maybe(0.1, () => listOf(random, AGENTS)),
  );
  put(
    made,
    "max_delegation_depth",
    random.maybe(0.15, () => random.int(-1, 8)),
  );
  put(
    made,
    "require_delegation",
    random.maybe(0.15, () => random.of<unknown>([true, false, null, new Loose(true)])),
  );
  return made;
}

function timeWindow(random: Random): Block {
  const made: Block = {};
  put(
    made,
    "days",
    random.maybe(0.6, () => (random.chance(0.05) ? null : random.some([-1, 0, 1, 2, 3, 4, 5, 6, 7], 0, 5))),
  );
  put(
    made,
    "start_hour",
    random.maybe(0.8, () => random.int(0, 23)),
  );
  put(
    made,
    "end_hour",
    random.maybe(0.8, () => random.int(0, 23)),
  );
  return made;
}

function match(random: Random): Block {
  const made: Block = {};
  put(
    made,
    "actions",
    random.maybe(0.8, () => random.some([...GLOBS, ...ACTIONS], random.chance(0.02) ? 0 : 1, 5)),
  );
  put(
    made,
    "targets",
    random.maybe(0.55, () => targetSelector(random)),
  );
  put(
    made,
    "callers",
    random.maybe(0.35, () => callerSelector(random)),
  );
  put(
    made,
    "time_windows",
    random.maybe(0.2, () => Array.from({ length: random.int(0, 3) }, () => timeWindow(random))),
  );
  put(
    made,
    "risk_classes",
    random.maybe(0.25, () => listOf(random, RISKS)),
  );
  put(
    made,
    "require_ticket",
    random.maybe(0.2, () => random.of<unknown>([true, false, null, new Loose(false)])),
  );
  return made;
}

function ruleFile(random: Random, rules: number, tag: string): Block {
  return {
    rules: Array.from({ length: rules }, (_, i) => {
      const made: Block = {
        name: random.chance(0.1) ? `Rule ${tag}/${i} ü` : random.chance(0.05) ? "again" : `rule-${tag}-${i}`,
        match: match(random),
        decision: random.of(["allow", "allow", "deny", "require_approval"]),
        reason: `because ${tag}${i}`,
      };
      const priority = random.chance(0.01)
        ? random.int(-3_000_000, 3_000_000)
        : random.of([0, 10, 10, 50, 100, 900, -5]);
      if (random.chance(0.85)) made.priority = random.chance(0.2) ? new Loose(priority) : priority;
      return made;
    }),
  };
}

function inventory(random: Random): Block {
  return {
    targets: random.some(TARGETS, 1, TARGETS.length).map((id) => {
      const made: Block = {
        id,
        type: random.of(TYPES),
        environment: random.of(ENVIRONMENTS),
        sensitivity: random.of(SENSITIVITIES),
      };
      put(
        made,
        "owner",
        random.maybe(0.3, () => random.of(["team", "on", ""])),
      );
      put(
        made,
        "labels",
        random.maybe(0.8, () => labels(random, 3)),
      );
      return made;
    }),
  };
}

function limits(random: Random): Block {
  const made: Block = {};
  if (random.chance(0.6)) {
    const windows = [1, 30, 60];
    made.rate_limit = {
      max_requests: random.int(3, 60),
      window_seconds: random.of(windows),
      ...(random.chance(0.7) && {
        circuit_breaker_threshold: random.int(0, 8),
        circuit_breaker_window_seconds: random.of(windows),
        circuit_breaker_cooldown_seconds: random.of([1, 5, 40]),
      }),
    };
  }
  if (random.chance(0.7)) {
    const escalation = random.int(1, 60);
    made.cumulative_risk = {
      window_seconds: random.of([1, 20, 60, 3600]),
      escalation_threshold: escalation,
      deny_threshold: escalation + random.int(1, 90),
      ...(random.chance(0.4) && { risk_scores: { low: random.int(0, 3), high: random.int(5, 20), critical: 30 } }),
    };
  }
  return made;
}

/** A random project. One in ten has a value that was changed at random, and mostly does not load. */
export function generateProject(random: Random): GeneratedProject {
  const names = random.some(ACTIONS, 3, 9);
  const actions = names.map((name) => generateAction(random, name, names));
  const limited = random.chance(0.3);
  const limit = limited ? limits(random) : {};
  const data = new Map<string, Block>();
  for (const action of actions) data.set(`actions/${action.name}.${random.of(["yaml", "yml"])}`, action);
  const policies = random.some(
    ["default.yaml", "_managed.yaml", "Zulu.yaml", "default.yml", "a.b.yaml", "10.yaml"],
    1,
    4,
  );
  for (const [i, name] of policies.entries()) {
    const rules = random.chance(0.02) ? 0 : random.int(1, random.chance(0.03) ? 300 : 12);
    data.set(`policies/${name}`, ruleFile(random, rules, "abcdef"[i] ?? "z"));
  }
  if (random.chance(0.97)) data.set("inventory.yaml", inventory(random));
  if (random.chance(0.1)) mutate(random, random.of([...data.values(), limit]));
  const config = { registry: "./actions", policies: "policies", inventory: "./inventory.yaml", ...limit };
  const files = { "agent-safe.yaml": pythonYaml(random, config) };
  for (const [name, value] of data) Object.assign(files, { [name]: pythonYaml(random, value) });
  return { actions, limited, files };
}

/** Writes the files below a folder. */
export function writeProject(dir: string, files: Record<string, string>): void {
  mkdirSync(join(dir, "actions"), { recursive: true });
  mkdirSync(join(dir, "policies"), { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(dir, name), content);
}
