import type { GeneratedAction } from "./generate-action.ts";
import { Loose, PythonFloat } from "./python-yaml.ts";
import type { Random } from "./random.ts";
import { ACTIONS, AGENTS, GROUPS, ROLES, TARGETS, TEXTS } from "./vocabulary.ts";

/** Who asks: nobody, a bare id, or an identity with what it was lent. */
export type Caller =
  | null
  | string
  | { id: string; roles: string[]; groups: string[]; chain?: string[]; depth?: number };

/** A request as both sides are asked. `clock` is the time of the limits in ms. */
export interface Asked {
  action: string;
  target: string | null;
  caller: Caller;
  params?: Record<string, unknown>;
  time: string;
  ticket?: string;
  clock?: number;
}

/** When the clock of limits stands at 0. */
const LIMITED_FROM = Date.UTC(2026, 2, 6, 21);

/** `simple` leaves out numbers that the two sides are meant to read differently. */
function value(random: Random, type: string, simple: boolean): unknown {
  const kind = random.chance(0.05) ? random.of(["string", "integer", "boolean", "array", "null"]) : type;
  switch (kind) {
    case "string":
      return random.of(TEXTS);
    case "integer":
      if (!simple && random.chance(0.003)) return 2 ** 60;
      return !simple && random.chance(0.02) ? new PythonFloat(random.int(0, 9)) : random.int(-3, 20);
    case "number":
      return random.of<unknown>([1, 2.5, 0.1, 3, 7, !simple && random.chance(0.1) ? new PythonFloat(3) : 4, -1.5]);
    case "boolean":
      return random.chance(0.5);
    case "array":
      return random.of<unknown>([[], ["a"], [1, 2]]);
    default:
      return null;
  }
}

function params(
  random: Random,
  action: GeneratedAction | undefined,
  limited: boolean,
): Record<string, unknown> | undefined {
  if (!limited && random.chance(0.05)) return random.of([undefined, {}]);
  const made: Record<string, unknown> = {};
  for (const parameter of Array.isArray(action?.parameters) ? action.parameters : []) {
    if (typeof parameter !== "object" || parameter === null) continue;
    const { name, type, required } = parameter;
    const needed =
      required === undefined || required === true || (required instanceof Loose && required.value === true);
    if (random.chance(needed ? 0.97 : 0.6)) made[name] = value(random, type, limited);
  }
  if (random.chance(0.03) || (limited && Object.keys(made).length === 0)) made.extra = 1;
  return made;
}

function caller(random: Random, delegated: boolean): Caller {
  if (random.chance(0.1)) return null;
  if (random.chance(0.2)) return random.of(AGENTS);
  const made: Caller = { id: random.of(AGENTS), roles: random.some(ROLES, 0, 2), groups: random.some(GROUPS, 0, 2) };
  if (delegated && random.chance(0.4)) made.chain = Array.from({ length: random.int(1, 7) }, () => random.of(AGENTS));
  if (delegated && random.chance(0.01)) made.depth = random.int(0, 3);
  return made;
}

function time(random: Random): string {
  const at = new Date(Date.UTC(2026, 0, 1) + random.int(0, 365 * 24 * 60 - 1) * 60_000 + random.of([0, 59_000, 1_000]));
  const local = at.toISOString().slice(0, 19);
  const zone = random.chance(0.08) ? random.of(["+02:00", "-05:30", "+14:00", "-11:00", ""]) : "+00:00";
  return local + zone;
}

/** A random request to a project with these actions. Under limits nobody is delegated: there the root pays here. */
export function generateRequest(
  random: Random,
  actions: readonly GeneratedAction[],
  limited: boolean,
  clock: number,
): Asked {
  const action = random.chance(0.03) ? random.of(ACTIONS) : String(random.of(actions).name);
  const known = actions.find(({ name }) => name === action);
  const made: Asked = {
    action,
    target: random.chance(0.05) ? random.of([null, "nowhere", ""]) : random.of(TARGETS),
    caller: limited
      ? random.chance(0.8)
        ? random.of(AGENTS.slice(0, 3))
        : caller(random, false)
      : caller(random, true),
    time: time(random),
  };
  const given = params(random, known, limited);
  if (given) made.params = given;
  if (random.chance(0.4)) made.ticket = random.of(["CHG-1", "", " "]);
  if (limited) {
    made.clock = clock;
    made.time = `${new Date(LIMITED_FROM + clock).toISOString().slice(0, -1)}+00:00`;
  }
  return made;
}

/** The request as JSON for Python, in which a float keeps its fraction. */
export function pythonJson(value: unknown): string {
  if (value instanceof PythonFloat) return value.text;
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).filter(([, each]) => each !== undefined);
    return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${pythonJson(each)}`).join(",")}}`;
  }
  return JSON.stringify(value);
}
