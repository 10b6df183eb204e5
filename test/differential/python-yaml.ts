import type { Random } from "./random.ts";

/** A number or boolean that the reader also takes in other spellings, such as text. */
export class Loose {
  readonly value: number | boolean;
  constructor(value: number | boolean) {
    this.value = value;
  }
}

/** A float that is written with its fraction, also when that is zero. */
export class PythonFloat {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
  get text(): string {
    return Number.isInteger(this.value) ? `${this.value}.0` : String(this.value);
  }
}

/** Text that stands as it is, without quotes. */
export class PlainText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

const YES = ["yes", "Yes", "on", "ON", "true", "True", "TRUE"];
const NO = ["no", "No", "NO", "off", "Off", "false", "False"];
const RESERVED = /^(y|n|yes|no|on|off|true|false|null|~|=)$/i;

function underscored(digits: string): string {
  return digits.length > 3 ? `${digits.slice(0, -3)}_${digits.slice(-3)}` : digits;
}

function integer(random: Random, value: number): string {
  const sign = value < 0 ? "-" : "";
  const size = Math.abs(value);
  switch (random.int(0, 9)) {
    case 0:
      return size > 0 ? `${sign}0${size.toString(8)}` : "0";
    case 1:
      return `${sign}0x${size.toString(16)}`;
    case 2:
      return `${sign}0b${size.toString(2)}`;
    case 3:
      return `${sign}${underscored(String(size))}`;
    case 4:
      return size >= 60 ? `${sign}${Math.floor(size / 60)}:${size % 60}` : String(value);
    case 5:
      return value > 0 ? `+${value}` : String(value);
    default:
      return String(value);
  }
}

function text(random: Random, value: string): string {
  if (/^[A-Za-z][A-Za-z0-9_/-]*$/.test(value) && !RESERVED.test(value) && random.chance(0.8)) return value;
  if (/^[ -~]*$/.test(value) && random.chance(0.4)) return `'${value.replaceAll("'", "''")}'`;
  return JSON.stringify(value);
}

function scalar(random: Random, value: unknown): string {
  if (value instanceof Loose) return loose(random, value.value);
  if (value instanceof PythonFloat || value instanceof PlainText) return value.text;
  if (value === null) return random.of(["~", "null", "Null"]);
  if (typeof value === "boolean") return random.of(value ? YES : NO);
  if (typeof value === "number") return Number.isInteger(value) ? integer(random, value) : value.toFixed(2);
  return text(random, String(value));
}

function loose(random: Random, value: number | boolean): string {
  if (random.chance(0.7)) return scalar(random, value);
  if (typeof value === "boolean")
    return random.of(value ? ['"yes"', "1", '"T"', '"On"'] : ['"no"', "0", '"f"', '"OFF"']);
  return random.of([`"${value}"`, Number.isInteger(value) ? `${value}.0` : String(value)]);
}

function isPlain(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return true;
  return value instanceof Loose || value instanceof PythonFloat || value instanceof PlainText;
}

function flow(random: Random, value: unknown): string {
  if (isPlain(value)) return scalar(random, value);
  if (Array.isArray(value)) return `[${value.map((item) => flow(random, item)).join(", ")}]`;
  const entries = Object.entries(value as object).map(([key, each]) => `${text(random, key)}: ${flow(random, each)}`);
  return `{${entries.join(", ")}}`;
}

/**
 * YAML 1.1 of a value, as people write it: block and flow, numbers and booleans in any spelling, now and then a key that
 * nobody knows or one that is written twice.
 */
export function pythonYaml(random: Random, value: unknown, indent = ""): string {
  if (isPlain(value)) return `${indent}${scalar(random, value)}\n`;
  const entries = Array.isArray(value) ? value : Object.entries(value as object);
  if (entries.length === 0) return `${indent}${Array.isArray(value) ? "[]" : "{}"}\n`;
  if (Array.isArray(value)) {
    return value
      .map((item) =>
        isPlain(item) || random.chance(0.1)
          ? `${indent}- ${flow(random, item)}\n`
          : `${indent}-\n${pythonYaml(random, item, `${indent}  `)}`,
      )
      .join("");
  }
  return (entries as [string, unknown][])
    .map(([key, each]) => {
      const before = random.chance(0.01) ? `${indent}${text(random, key)}: overwritten\n` : "";
      const extra = random.chance(0.01) ? `${indent}unknown_${random.int(0, 9)}: 1\n` : "";
      const own =
        isPlain(each) || random.chance(0.15)
          ? `${indent}${text(random, key)}: ${flow(random, each)}\n`
          : `${indent}${text(random, key)}:\n${pythonYaml(random, each, `${indent}  `)}`;
      return before + own + (isMapOfText(key) ? "" : extra);
    })
    .join("");
}

/** Keys below which any key means something. */
function isMapOfText(key: string): boolean {
  return ["labels", "app", "tier", "team", "a"].includes(key);
}
