import type { Crd } from "./crd.ts";

/** The schemas of all kinds as one TypeScript module, for the offline validator. */
export function renderSchemas(crds: Crd[]): string {
  const schemas = Object.fromEntries(crds.map((crd) => [crd.kind, crd.schema]));
  const lines = Object.entries(schemas).map(([kind, schema]) => `  ${kind}: ${json(schema)},`);
  return [
    "// Generated from crds/ by hack/generate.ts. Do not edit.",
    'import type { CrdSchema } from "../schema.ts";',
    "",
    "/** The OpenAPI schema of each kind, as in its CRD. */",
    "export const schemas: Record<string, CrdSchema> = {",
    ...lines,
    "};",
    "",
  ].join("\n");
}

function json(value: unknown): string {
  return JSON.stringify(value, undefined, 2).replaceAll("\n", "\n  ");
}
