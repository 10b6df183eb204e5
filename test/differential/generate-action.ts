import { Loose, PythonFloat } from "./python-yaml.ts";
import type { Random } from "./random.ts";
import { PATTERNS, TEXTS, TYPES } from "./vocabulary.ts";

const RISKS = ["low", "medium", "high", "critical"];

export interface GeneratedParameter {
  name: string;
  type: string;
  required?: boolean | Loose;
  default?: unknown;
  constraints?: Record<string, unknown>;
}

export interface GeneratedAction {
  name: string;
  parameters?: GeneratedParameter[];
  [field: string]: unknown;
}

function put(into: Record<string, unknown>, key: string, value: unknown): void {
  if (value !== undefined) into[key] = value;
}

function constraints(random: Random, type: string): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  const often = (types: string[]): number => (types.includes(type) ? 0.5 : 0.05);
  put(
    made,
    "min_value",
    random.maybe(often(["integer", "number"]), () => new Loose(random.int(-3, 5))),
  );
  put(
    made,
    "max_value",
    random.maybe(often(["integer", "number"]), () => (random.chance(0.2) ? 4.75 : random.int(3, 90))),
  );
  put(
    made,
    "min_length",
    random.maybe(often(["string"]) / 2, () => random.int(-1, 3)),
  );
  put(
    made,
    "max_length",
    random.maybe(often(["string"]) / 2, () => random.int(0, 6)),
  );
  put(
    made,
    "pattern",
    random.maybe(often(["string"]), () => random.of(PATTERNS)),
  );
  const values: Record<string, string[]> = {
    string: TEXTS,
    integer: ["1", "2", "03", "5", "-1", "x"],
    number: ["1", "2.5", "3.0", "0.1"],
    boolean: ["True", "False", "true"],
    array: ["[]", "['a']"],
  };
  put(
    made,
    "enum",
    random.maybe(0.15, () => random.some(values[type] ?? [], 0, 4)),
  );
  if (random.chance(0.03)) made.pattern = null;
  return made;
}

function parameter(random: Random, name: string): GeneratedParameter {
  const type = random.of(["string", "string", "integer", "integer", "number", "boolean", "array"]);
  const made: GeneratedParameter = { name, type };
  const required = random.maybe(0.7, () => random.chance(0.5));
  if (required !== undefined) made.required = random.chance(0.3) ? new Loose(required) : required;
  if (random.chance(0.2)) made.default = random.of<unknown>([1, "a", true, null, 2.5, ["x"], new PythonFloat(3)]);
  if (random.chance(0.6)) made.constraints = constraints(random, type);
  return made;
}

/** A definition of an action that the Python project loads. */
export function generateAction(random: Random, name: string, others: readonly string[]): GeneratedAction {
  const made: GeneratedAction = {
    name,
    version: "1.0.0",
    description: random.of(["Does it.", "It: does, #1", "on"]),
    risk_class: random.of(RISKS),
    target_types: random.some(TYPES, 1, 3),
  };
  if (random.chance(0.85))
    made.parameters = random.some(["a", "b", "c", "on_"], 0, 3).map((each) => parameter(random, each));
  if (random.chance(0.3))
    made.prechecks = [{ name: random.of(["pod-exists", "Free Text!", "x-not-exists"]), description: "d" }];
  put(
    made,
    "reversible",
    random.maybe(0.5, () => new Loose(random.chance(0.5))),
  );
  put(
    made,
    "rollback_action",
    random.maybe(0.3, () => random.of([...others, null, "nowhere"])),
  );
  if (random.chance(0.2))
    made.rollback_params = { a: { source: random.of(["params.a", "before_state.replicas", "nonsense"]) } };
  if (random.chance(0.3))
    made.state_fields = [{ name: "replicas", type: random.of(["integer", "thing"]), required: true }];
  if (random.chance(0.3)) {
    made.credentials = random.of<unknown>([
      null,
      { type: "kubernetes", fields: { verbs: ["get", "list"], resources: ["pods"] }, ttl: 120 },
      { type: "aws", fields: { actions: ["ec2:StopInstances", "s3:*"] } },
      { type: "ssh", scope: { hosts: ["a"] } },
    ]);
  }
  if (random.chance(0.3)) made.tags = ["t", "t", "no"];
  return made;
}
