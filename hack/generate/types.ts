import { isDeepStrictEqual } from "node:util";
import { compile, type JSONSchema } from "json-schema-to-typescript";
import type { CrdSchema } from "../../controller/api/schema.ts";
import type { Crd } from "./crd.ts";

/** Titles whose type is written by hand rather than generated, with what stands for them in the types. */
const handwritten: Record<string, string> = {
  Condition: "Condition",
  ParameterBinding: 'string | { ownedBy: "target" }',
};

/** What json-schema-to-typescript adds to the comment of a definition; it tells nothing. */
const referenced = /\n \*\n \* This interface was referenced by .*\n \* via the `definition` .*/g;

type Definitions = Record<string, JSONSchema>;

/** Schemas that several kinds have under one title, such as who requests. */
export interface SharedTypes {
  /** One module with the types of all of them. */
  text: string;
  titles: ReadonlySet<string>;
}

/** The types that more than one kind has, so that each is declared once. Throws when two kinds give one title to different schemas. */
export async function renderShared(crds: Crd[]): Promise<SharedTypes> {
  const all: Definitions = {};
  const shared: Definitions = {};
  for (const crd of crds) {
    const own: Definitions = {};
    convert(crd.schema, own);
    for (const [title, schema] of Object.entries(own)) {
      const known = all[title];
      if (known && !sameSchema(known, schema))
        throw new Error(`${crd.kind} calls another schema ${title} than others do`);
      if (known) shared[title] = known;
      all[title] = schema;
    }
  }
  const body = await render(
    { title: "Shared", type: "object", additionalProperties: false, definitions: shared },
    "Shared",
  );
  const text = body.replace(/export interface Shared \{\}\n/, "");
  return {
    text: ["// Generated from crds/ by hack/generate.ts. Do not edit.", "", text].join("\n"),
    titles: new Set(Object.keys(shared)),
  };
}

/** TypeScript types of one kind: the object, its spec and status, and every titled schema within, each as a named export. */
export async function renderTypes(crd: Crd, shared: ReadonlySet<string>): Promise<string> {
  const definitions: Definitions = {};
  const root = convert(crd.schema, definitions, shared) as JSONSchema & {
    properties: Definitions;
    required?: string[];
  };
  for (const part of ["spec", "status"]) {
    const schema = root.properties[part];
    if (!schema) continue;
    definitions[`${crd.kind}${capital(part)}`] = { ...schema, title: `${crd.kind}${capital(part)}` };
    root.properties[part] = { $ref: `#/definitions/${crd.kind}${capital(part)}` };
  }
  root.properties.apiVersion = { const: `${crd.group}/${crd.version}` };
  root.properties.kind = { const: crd.kind };
  root.properties.metadata = { tsType: "ObjectMeta" };
  root.required = ["apiVersion", "kind", "metadata", ...(root.required ?? [])];
  const text = await render({ ...root, title: crd.kind, definitions }, crd.kind);
  const imports = text.includes("Condition[]") ? "Condition, ObjectMeta" : "ObjectMeta";
  const others = [...shared].filter((title) => new RegExp(`: ${title}\\b`).test(text)).sort();
  return [
    `// Generated from crds/${crd.file} by hack/generate.ts. Do not edit.`,
    `import type { ${imports} } from "../object.ts";`,
    ...(others.length > 0 ? [`import type { ${others.join(", ")} } from "./shared.ts";`] : []),
    "",
    text,
  ].join("\n");
}

async function render(schema: JSONSchema, name: string): Promise<string> {
  const source = await compile(schema, name, {
    bannerComment: "",
    additionalProperties: false,
    unreachableDefinitions: true,
    style: { printWidth: 120 },
  });
  return source.replaceAll(referenced, "");
}

function convert(schema: CrdSchema, definitions: Definitions, shared: ReadonlySet<string> = new Set()): JSONSchema {
  const { title, description } = schema;
  if (title !== undefined && title in handwritten) return { tsType: handwritten[title] ?? "unknown" };
  if (title !== undefined && shared.has(title))
    return { tsType: title, ...(description === undefined ? {} : { description }) };
  const result = convertBody(schema, definitions, shared);
  if (title === undefined) return result;
  const known = definitions[title];
  if (known && !sameSchema(known, result)) throw new Error(`two different schemas are called ${title}`);
  definitions[title] ??= result;
  return { $ref: `#/definitions/${title}` };
}

/** Whether two schemas allow the same; what they say of themselves may differ. */
function sameSchema(a: JSONSchema, b: JSONSchema): boolean {
  return isDeepStrictEqual({ ...a, description: "" }, { ...b, description: "" });
}

function convertBody(schema: CrdSchema, definitions: Definitions, shared: ReadonlySet<string>): JSONSchema {
  const { description, type, required, enum: values, title } = schema as JSONSchema & CrdSchema;
  const result: JSONSchema = {};
  if (title !== undefined) result.title = title;
  if (description !== undefined) result.description = description;
  if (schema["x-kubernetes-preserve-unknown-fields"] && !schema.properties) {
    return { ...result, tsType: type === "object" ? "Record<string, unknown>" : "unknown" };
  }
  if (type !== undefined) result.type = type as NonNullable<JSONSchema["type"]>;
  if (values !== undefined) result.enum = values;
  if (required !== undefined) result.required = [...(required as string[])];
  if (schema.items) result.items = convert(schema.items, definitions, shared);
  if (typeof schema.additionalProperties === "object") {
    result.additionalProperties = convert(schema.additionalProperties, definitions, shared);
  }
  if (schema.properties) {
    const entries = Object.entries(schema.properties).map(([name, child]) => [
      name,
      convert(child, definitions, shared),
    ]);
    result.properties = Object.fromEntries(entries) as Definitions;
    result.additionalProperties = false;
  }
  return result;
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
