import { Loose, PlainText, PythonFloat } from "./python-yaml.ts";
import type { Random } from "./random.ts";

const VALUES: readonly unknown[] = [
  null,
  "x",
  "",
  "Allow",
  "5",
  " 7 ",
  "1.0",
  "yes",
  "maybe",
  0,
  1,
  2,
  -1,
  24,
  1.5,
  new PythonFloat(2),
  true,
  false,
  [],
  {},
  [1],
  ["x"],
  [null],
  { x: "y" },
  { x: 1 },
  new PlainText("2026-01-02"),
  new PlainText("="),
  new PlainText("1e3"),
  new PlainText("0o17"),
  new PlainText("08"),
  new PlainText(".5"),
  new PlainText("1_0"),
  new PlainText("y"),
  new PlainText("!!str 1"),
  new PlainText("!!int '3'"),
  new PlainText("!foo x"),
  new PlainText(".inf"),
  new PlainText(".nan"),
];

function isInner(value: unknown): value is Record<string, unknown> | unknown[] {
  const leaf = value instanceof Loose || value instanceof PythonFloat || value instanceof PlainText;
  return typeof value === "object" && value !== null && !leaf;
}

/** Changes one value somewhere within, or takes it away. */
export function mutate(random: Random, value: Record<string, unknown> | unknown[]): void {
  const keys = Object.keys(value);
  const key = keys.length > 0 ? random.of(keys) : "added";
  const inner = (value as Record<string, unknown>)[key];
  if (isInner(inner) && random.chance(0.8)) mutate(random, inner);
  else if (!Array.isArray(value) && random.chance(0.15)) delete value[key];
  else if (Array.isArray(value) && random.chance(0.2)) value.push(value[0] ?? null);
  else (value as Record<string, unknown>)[Array.isArray(value) && keys.length === 0 ? "0" : key] = random.of(VALUES);
}
