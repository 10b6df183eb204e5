import { Option } from "commander";
import { safeDocument } from "./terminal.ts";

/** How a command prints. */
export type OutputFormat = "json" | "yaml" | "wide" | "name";

/** The option `-o` with the formats that a command knows. */
export function outputOption(formats: readonly OutputFormat[]): Option {
  return new Option("-o, --output <format>", "output format").choices([...formats]);
}

/** A value as indented JSON that a terminal may show. */
export function jsonText(value: unknown): string {
  return `${safeDocument(JSON.stringify(value, null, 2))}\n`;
}

/** A value as YAML whose strings are quoted, so that no reader takes one for something else. */
export async function yamlText(value: unknown): Promise<string> {
  const { stringify } = await import("yaml");
  return safeDocument(
    stringify(value, {
      defaultStringType: "QUOTE_DOUBLE",
      defaultKeyType: "PLAIN",
      lineWidth: 0,
      aliasDuplicateObjects: false,
    }),
  );
}
