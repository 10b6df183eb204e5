import { nearest } from "../../controller/api/near-names.ts";
import { fault, inside, type Place, shown, warn } from "./problem.ts";
import { YamlDate } from "./pyyaml-scalar.ts";

/** Reads a value of a shape; what does not fit is reported, and gives undefined. */
export type Reader<T> = (value: unknown, place: Place) => { value: T } | undefined;

/** A key of a mapping: how it is read, and what counts when it is absent. Without `absent` it must be there. */
export interface Field<T> {
  read: Reader<T>;
  absent?: { value: T };
}

export function required<T>(read: Reader<T>): Field<T> {
  return { read };
}

export function withDefault<T>(read: Reader<T>, value: T): Field<T> {
  return { read, absent: { value } };
}

/** A key that may be absent or null, which is the same. */
export function optional<T>(read: Reader<T>): Field<T | undefined> {
  return {
    read: (value, place) => (value === null ? { value: undefined } : read(value, place)),
    absent: { value: undefined },
  };
}

function typeName(value: unknown): string {
  if (value === null) return "nothing (null)";
  if (value instanceof YamlDate) return `the date ${value.source}`;
  if (Array.isArray(value)) return "a list";
  if (value instanceof Map) return "a mapping";
  return `${typeof value} ${shown(value)}`;
}

function misfit(place: Place, wanted: string, value: unknown): undefined {
  const quote = typeof value === "number" || typeof value === "boolean" || value instanceof YamlDate;
  fault(
    place,
    `must be ${wanted}, not ${typeName(value)}`,
    quote && wanted === "text" ? "put it in quotes" : undefined,
  );
  return undefined;
}

export const text: Reader<string> = (value, place) =>
  typeof value === "string" ? { value } : misfit(place, "text", value);

/** Text of a pattern, which the message repeats. */
export function matching(pattern: RegExp): Reader<string> {
  return (value, place) => {
    const read = text(value, place);
    if (!read || pattern.test(read.value)) return read;
    fault(place, `must match ${pattern.source}, not ${shown(value)}`);
    return undefined;
  };
}

function toNumber(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return Number(value);
  if (typeof value !== "string" || !/^\s*[-+]?(\d[\d_]*\.?\d*|\.\d+)([eE][-+]?\d+)?\s*$/.test(value)) return undefined;
  return Number(value.replaceAll("_", ""));
}

/** A whole number, also one that is written as text, as a boolean or with a fraction of zero. Bounds are inclusive. */
export function integer(min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY): Reader<number> {
  return (value, place) => {
    const number =
      typeof value === "string" && !/^\s*[-+]?\d[\d_]*(\.0+)?\s*$/.test(value) ? undefined : toNumber(value);
    if (number === undefined || !Number.isInteger(number)) return misfit(place, "a whole number", value);
    if (number >= min && number <= max) return { value: number };
    fault(place, `must be ${number < min ? `at least ${min}` : `at most ${max}`}, not ${number}`);
    return undefined;
  };
}

/** A number above `over`. */
export function number(over = Number.NEGATIVE_INFINITY): Reader<number> {
  return (value, place) => {
    const read = toNumber(value);
    if (read === undefined) return misfit(place, "a number", value);
    if (!(read <= over)) return { value: read };
    fault(place, `must be above ${over}, not ${read}`);
    return undefined;
  };
}

/** A boolean, also as 0, 1 or a word for it. */
export const boolean: Reader<boolean> = (value, place) => {
  if (typeof value === "boolean") return { value };
  const word = typeof value === "number" ? String(value) : typeof value === "string" ? value.toLowerCase() : "";
  if (["1", "on", "t", "true", "y", "yes"].includes(word)) return { value: true };
  if (["0", "off", "f", "false", "n", "no"].includes(word)) return { value: false };
  return misfit(place, "yes or no", value);
};

export function oneOf<T extends string>(values: readonly T[]): Reader<T> {
  return (value, place) => {
    const found = values.find((known) => known === value);
    if (found !== undefined) return { value: found };
    const near = typeof value === "string" ? nearest(value, values) : undefined;
    fault(place, `must be one of ${values.join(", ")}, not ${shown(value)}`, near && `use ${near}`);
    return undefined;
  };
}

export function list<T>(item: Reader<T>, least = 0): Reader<T[]> {
  return (value, place) => {
    if (!Array.isArray(value)) return misfit(place, "a list", value);
    if (value.length < least) fault(place, `must have at least ${least} items`);
    const items = value.map((each, i) => item(each, inside(place, i)));
    const whole = items.filter((each) => each !== undefined);
    return whole.length === value.length && value.length >= least
      ? { value: whole.map((each) => each.value) }
      : undefined;
  };
}

export function mapOf<T>(item: Reader<T>): Reader<Map<string, T>> {
  return (value, place) => {
    if (!(value instanceof Map)) return misfit(place, "a mapping", value);
    const entries = new Map<string, T>();
    for (const [key, each] of value as Map<string, unknown>) {
      const read = item(each, inside(place, key));
      if (read) entries.set(key, read.value);
    }
    return entries.size === value.size ? { value: entries } : undefined;
  };
}

/** Whatever is written, as JSON has it; dates as they are written. */
export const anything: Reader<unknown> = (value) => ({ value: toJson(value) });

export function toJson(value: unknown): unknown {
  if (value instanceof YamlDate) return value.source;
  if (Array.isArray(value)) return value.map(toJson);
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, each]) => [key, toJson(each)]));
  return value;
}

type Values<F> = { [K in keyof F]: F[K] extends Field<infer T> ? T : never };

/** A mapping of known keys. Others are reported: the Python project drops them without a word. */
export function record<F extends Record<string, Field<unknown>>>(fields: F): Reader<Values<F>> {
  const names = Object.keys(fields);
  return (value, place) => {
    if (!(value instanceof Map)) return misfit(place, "a mapping", value);
    for (const key of value.keys() as Iterable<string>) {
      if (names.includes(key)) continue;
      const near = nearest(key, names);
      warn(inside(place, key), `the key ${shown(key)} is not known and was ignored`, near && `did you mean ${near}?`);
    }
    const values: Record<string, unknown> = {};
    let whole = true;
    for (const name of names) {
      const field = fields[name];
      const read = value.has(name) ? field?.read(value.get(name), inside(place, name)) : field?.absent;
      if (read) values[name] = read.value;
      else whole = false;
      if (!value.has(name) && !field?.absent) fault(place, `${name} is missing`);
    }
    return whole ? { value: values as Values<F> } : undefined;
  };
}

/** What a reader reads. */
export type Read<R> = R extends Reader<infer T> ? T : never;
