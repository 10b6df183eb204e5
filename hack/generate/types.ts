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

/** TypeScript types of one kind: the object, its spec and status, and every titled schema within, each as a named export. */
export async function renderTypes(crd: Crd): Promise<string> {
  const definitions: Definitions = {};
  const root = convert(crd.schema, definitions) as JSONSchema & { properties: Definitions; required?: string[] };
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
  const source = await compile({ ...root, title: crd.kind, definitions }, crd.kind, {
    bannerComment: "",
    additionalProperties: false,
    unreachableDefinitions: true,
    style: { printWidth: 120 },
  });
  const text = source.replaceAll(referenced, "");
  const imports = text.includes("Condition[]") ? "Condition, ObjectMeta" : "ObjectMeta";
  return [
    `// Generated from crds/${crd.file} by hack/generate.ts. Do not edit.`,
    `import type { ${imports} } from "../object.ts";`,
    "",
    text,
  ].join("\n");
}

function convert(schema: CrdSchema, definitions: Definitions): JSONSchema {
  const title = schema.title;
  if (title !== undefined && title in handwritten) return { tsType: handwritten[title] ?? "unknown" };
  const result = convertBody(schema, definitions);
  if (title === undefined) return result;
  const known = definitions[title];
  if (known && !isDeepStrictEqual({ ...known, description: "" }, { ...result, description: "" })) {
    throw new Error(`two different schemas are called ${title}`);
  }
  definitions[title] ??= result;
  return { $ref: `#/definitions/${title}` };
}

function convertBody(schema: CrdSchema, definitions: Definitions): JSONSchema {
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
  if (schema.items) result.items = convert(schema.items, definitions);
  if (typeof schema.additionalProperties === "object") {
    result.additionalProperties = convert(schema.additionalProperties, definitions);
  }
  if (schema.properties) {
    const entries = Object.entries(schema.properties).map(([name, child]) => [name, convert(child, definitions)]);
    result.properties = Object.fromEntries(entries) as Definitions;
    result.additionalProperties = false;
  }
  return result;
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
