import { stringify } from "yaml";

/** A value as YAML that versions 1.1 and 1.2 read alike. */
export function yamlText(value: unknown): string {
  return stringify(value, { version: "1.1", lineWidth: 0, aliasDuplicateObjects: false, directives: null });
}

/** Several objects in one file. */
export function yamlDocuments(values: readonly unknown[]): string {
  return values.map((value, i) => `${i > 0 ? "---\n" : ""}${yamlText(value)}`).join("");
}
