import { stringify } from "yaml";
import type { CrdSchema } from "../../../controller/api/schema.ts";
import { pick, type Random } from "./random.ts";

/** An object as JSON has it. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
type Holder = { [name: string]: Json };

/** A document as somebody might have written it, and what was done to it. */
export interface Mutant {
  text: string;
  contentType: "application/json" | "application/yaml";
  done: string[];
}

/** Who asks is for admission, a dry run for the planner, a status for our roles: none of them is about a document being right. */
const untouched = new Set(["requester", "planRef", "dryRun", "status", "apiVersion", "kind", "namespace"]);

const nasty: readonly Json[] = [
  null,
  true,
  false,
  0,
  -1,
  1,
  1.5,
  2 ** 31,
  2 ** 31 - 1,
  1e21,
  1e300,
  "",
  " ",
  "x",
  "0s",
  "1h",
  "24h1s",
  "168h",
  "99999h",
  "*",
  "[",
  "a b",
  "yes",
  "1.0",
  "\u0000",
  "\u202eevil",
  "é".repeat(64),
  "😀".repeat(64),
  "x".repeat(63),
  "x".repeat(64),
  "x".repeat(253),
  "x".repeat(254),
  "x".repeat(1025),
  "{{ params.x }}",
  "now > 1 &&",
  "((((",
  [],
  [null],
  [[]],
  ["x"],
  ["x", "x"],
  {},
  { x: null },
  { "": "x" },
  { x: { y: [1] } },
];

/** Changes a copy of an object in one to three places that its schema knows or almost knows, and writes it down. */
export function mutate(random: Random, original: Holder, schema: CrdSchema): Mutant {
  const object = structuredClone(original);
  const done: string[] = [];
  const count = 1 + Math.floor(random() * 3);
  for (let i = 0; i < count; i++) {
    const places = [...placesOf(object, schema, "")];
    if (places.length > 0) done.push(pick(random, changes)(random, pick(random, places)));
  }
  if (object.spec === undefined || random() < 0.1) done.push(metadata(random, object));
  return { ...write(random, object, done), done };
}

interface Place {
  holder: Holder | Json[];
  key: string | number;
  /** Schema of what is there. */
  schema: CrdSchema;
  /** Schema of the holder. */
  parent: CrdSchema;
  path: string;
}

type Change = (random: Random, place: Place) => string;

const changes: readonly Change[] = [
  (random, { holder, key, path }) => {
    const value = structuredClone(pick(random, nasty));
    set(holder, key, value);
    return `${path} = ${JSON.stringify(value)?.slice(0, 40)}`;
  },
  (_random, { holder, key, path }) => {
    if (Array.isArray(holder)) holder.splice(Number(key), 1);
    else delete holder[String(key)];
    return `without ${path}`;
  },
  (random, { holder, path, parent }) => {
    if (Array.isArray(holder)) return "nothing";
    const known = Object.keys(parent.properties ?? {});
    const name = known.length === 0 ? "another" : misspell(random, pick(random, known));
    holder[name] = structuredClone(pick(random, nasty));
    return `${name} beside ${path}`;
  },
  (random, { holder, path, parent }) => {
    const known = Object.entries(parent.properties ?? {}).filter(([name]) => !untouched.has(name));
    if (Array.isArray(holder) || known.length === 0) return "nothing";
    const [name, schema] = pick(random, known);
    holder[name] = sample(random, schema);
    return `${name} beside ${path} as its schema has it`;
  },
  (random, { holder, key, schema, path }) => {
    set(holder, key, sample(random, schema));
    return `${path} as its schema has it`;
  },
  (random, { holder, key, path }) => {
    const list = Array.isArray(holder) ? holder : get(holder, key);
    if (!Array.isArray(list) || list.length === 0) return "nothing";
    list.splice(Math.floor(random() * (list.length + 1)), 0, structuredClone(pick(random, list)));
    return `${path} twice`;
  },
];

/** Every place that is there, with what its schema says; what is below a free-form field has the empty schema. */
function* placesOf(value: Json, schema: CrdSchema, path: string): Generator<Place> {
  if (value === null || typeof value !== "object") return;
  const children: [string | number, Json, CrdSchema][] = Array.isArray(value)
    ? value.map((item, index) => [index, item, schema.items ?? {}])
    : Object.entries(value).map(([name, item]) => [
        name,
        item,
        schema.properties?.[name] ?? schema.additionalProperties ?? {},
      ]);
  for (const [key, item, child] of children) {
    if (path === "" && key !== "spec") continue;
    if (untouched.has(String(key))) continue;
    const own = typeof key === "number" ? `${path}[${key}]` : `${path}.${key}`;
    yield { holder: value, key, schema: child, parent: schema, path: own };
    yield* placesOf(item, child, own);
  }
}

/** A value that fits a schema, or lies right at the edge of it. */
function sample(random: Random, schema: CrdSchema): Json {
  const edge = random() < 0.3 ? pick(random, [-1, 1]) : 0;
  const bound = (keyword: string, otherwise: number) => Number(schema[keyword] ?? otherwise);
  if (Array.isArray(schema.enum)) return pick(random, schema.enum as Json[]);
  switch (schema.type) {
    case "boolean":
      return random() < 0.5;
    case "integer":
    case "number":
      return pick(random, [bound("minimum", -5), bound("maximum", 5)]) + edge;
    case "string": {
      if (schema.default !== undefined && random() < 0.5) return schema.default as string;
      const length = pick(random, [bound("minLength", 0), 4, Math.min(bound("maxLength", 64), 5000)]) + edge;
      return pick(random, ["a", "a", "Z", "😀", "é"]).repeat(Math.max(0, length));
    }
    case "array": {
      const length = Math.min(40, Math.max(0, pick(random, [bound("minItems", 0), 2, bound("maxItems", 3)]) + edge));
      return Array.from({ length }, () => sample(random, schema.items ?? {}));
    }
    case "object": {
      const names = Object.entries(schema.properties ?? {}).filter(([name]) => !untouched.has(name) || name === "kind");
      const wanted = names.filter(([name]) => schema.required?.includes(name) || random() < 0.3);
      const entries = wanted.map(([name, child]): [string, Json] => [name, sample(random, child)]);
      const { additionalProperties } = schema;
      if (additionalProperties) entries.push([pick(random, ["", "a", "a.b/c"]), sample(random, additionalProperties)]);
      return Object.fromEntries(entries);
    }
    default:
      return structuredClone(pick(random, nasty));
  }
}

/** Names, labels and annotations, right and wrong. */
function metadata(random: Random, object: Holder): string {
  const meta = object.metadata as Holder;
  const [name, value] = pick<[string, Json]>(random, [
    ["name", "Upper"],
    ["name", "a..b"],
    ["name", "a_b"],
    ["name", "-a"],
    ["name", "x".repeat(253)],
    ["name", "x".repeat(254)],
    ["name", 7],
    ["name", null],
    ["labels", { a: "b" }],
    ["labels", { "a/b": "x".repeat(64) }],
    ["labels", { "a b": "c" }],
    ["labels", { "a/b/c": "d" }],
    ["labels", { a: "-b" }],
    ["labels", { a: 1 }],
    ["labels", []],
    ["annotations", { "x.dev/a": "anything \u202e at all" }],
    ["annotations", { "a b": "c" }],
    ["annotations", { "X.dev/a": "c" }],
    ["annotations", { a: null }],
    ["annotations", "x"],
    ["unknown", "x"],
    ["generateName", "x-"],
  ]);
  meta[name] = value;
  return `metadata.${name} = ${JSON.stringify(value).slice(0, 40)}`;
}

/** As JSON or as the YAML that kubectl reads; now and then broken as a text. */
function write(random: Random, object: Holder, done: string[]): Omit<Mutant, "done"> {
  const asJson = random() < 0.5;
  const contentType = asJson ? "application/json" : "application/yaml";
  const text = asJson ? JSON.stringify(object, undefined, 2) : stringify(object, { version: "1.1" });
  if (random() > 0.06) return { text, contentType };
  const [what, broken] = pick<[string, string]>(random, [
    ["cut in the middle", text.slice(0, Math.floor(text.length / 2))],
    ["a key twice", asJson ? text.replace('"spec":', '"kind": "Twice",\n  "spec":') : `${text}kind: Twice\n`],
    ["a stray bracket", text.replace(":", ": ]")],
    ["nothing at all", ""],
    ["no object", asJson ? "[1]" : "- 1\n"],
  ]);
  done.push(what);
  return { text: broken, contentType };
}

function misspell(random: Random, name: string): string {
  const at = Math.floor(random() * name.length);
  return pick(random, [name.slice(0, at) + name.slice(at + 1), `${name}s`, name.toUpperCase(), `${name}x`]) || "x";
}

function get(holder: Holder | Json[], key: string | number): Json | undefined {
  return Array.isArray(holder) ? holder[Number(key)] : holder[String(key)];
}

function set(holder: Holder | Json[], key: string | number, value: Json): void {
  if (Array.isArray(holder)) holder[Number(key)] = value;
  else holder[String(key)] = value;
}
