import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { CrdSchema } from "../../controller/api/schema.ts";
import type { Crd } from "./crd.ts";

const begin = "<!-- fields: generated from the CRD by npm run generate -->";
const end = "<!-- end of fields -->";

/**
 * The page of each kind with its table of fields as the CRD has them, by path. Everything else on a page is written by hand and kept.
 * Throws when a page lacks the two marks between which the table stands.
 */
export function renderPages(crds: Crd[], folder: string): Map<string, string> {
  const present = readdirSync(folder);
  const pages = crds.map((crd): [string, string] => {
    const file = `${crd.kind.toLowerCase()}.md`;
    const text = present.includes(file)
      ? readFileSync(join(folder, file), "utf8")
      : `# ${crd.kind}\n\n${begin}\n${end}\n`;
    const [before, after] = [text.indexOf(begin), text.indexOf(end)];
    if (before < 0 || after < before) throw new Error(`${join(folder, file)} lacks the line ${begin} or ${end}`);
    return [join(folder, file), `${text.slice(0, before)}${begin}\n${tables(crd)}${text.slice(after)}`];
  });
  return new Map(pages);
}

function tables(crd: Crd): string {
  return ["spec", "status"]
    .map((part) => ({ part, schema: crd.schema.properties?.[part] }))
    .map(({ part, schema }) => (schema ? table(part, schema) : ""))
    .join("")
    .concat("\n");
}

function table(part: string, schema: CrdSchema): string {
  const rows = [...fieldsOf(schema, part)].map(
    ({ path, field, required }) => `| \`${path}\`${required ? " *" : ""} | ${typeOf(field)} | ${describe(field)} |\n`,
  );
  const rules = [...rulesOf(schema, part)].map(({ path, message }) => `- \`${path}\`: ${cell(message)}\n`);
  const head = `\n### \`${part}\`\n\n| field (* required) | type | what it says |\n|---|---|---|\n`;
  const held = rules.length === 0 ? "" : `\nRules that the API server holds:\n\n${rules.join("")}`;
  return `${head}${rows.join("")}${held}`;
}

interface Field {
  path: string;
  field: CrdSchema;
  required: boolean;
}

function* fieldsOf(schema: CrdSchema, path: string): Generator<Field> {
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    const own = `${path}.${name}`;
    yield { path: own, field, required: schema.required?.includes(name) ?? false };
    if (field.items) yield* fieldsOf(field.items, `${own}[]`);
    else if (field.title !== "Condition") yield* fieldsOf(field, own);
  }
}

function* rulesOf(schema: CrdSchema, path: string): Generator<{ path: string; message: string }> {
  for (const { rule, message, fieldPath } of schema["x-kubernetes-validations"] ?? []) {
    yield { path: path + (fieldPath ?? ""), message: message ?? rule };
  }
  for (const [name, child] of Object.entries(schema.properties ?? {})) yield* rulesOf(child, `${path}.${name}`);
  if (schema.items) yield* rulesOf(schema.items, `${path}[]`);
}

function typeOf(field: CrdSchema): string {
  if (field.enum) return (field.enum as unknown[]).map((value) => `\`${value}\``).join(", ");
  if (field.type === "array")
    return `list of ${field.items?.enum ? typeOf(field.items) : (field.items?.type ?? "any value")}`;
  if (field.additionalProperties) return `map of ${field.additionalProperties.type ?? "any value"}`;
  return `${field.type ?? "any value"}${field.format ? ` (${field.format})` : ""}`;
}

const limits: [keyword: string, words: (limit: unknown) => string][] = [
  ["minimum", (limit) => `at least ${limit}`],
  ["maximum", (limit) => `at most ${limit}`],
  ["maxLength", (limit) => `at most ${limit} characters`],
  ["minItems", (limit) => `at least ${limit} items`],
  ["maxItems", (limit) => `at most ${limit} items`],
  ["maxProperties", (limit) => `at most ${limit} entries`],
];

function describe(field: CrdSchema): string {
  const parts = limits.flatMap(([keyword, words]) => (field[keyword] === undefined ? [] : [words(field[keyword])]));
  if (field.default !== undefined) parts.push(`default \`${JSON.stringify(field.default)}\``);
  return cell(`${field.description ?? ""}${parts.length === 0 ? "" : ` (${parts.join(", ")})`}`);
}

/** Text within a cell of a table. */
function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
