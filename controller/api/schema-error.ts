/** What is wrong with a field: a closed set. */
export type SchemaErrorCode =
  | "required"
  | "unknown"
  | "type"
  | "enum"
  | "pattern"
  | "format"
  | "bounds"
  | "duplicate"
  | "rule";

/** One thing that is wrong with an object. */
export interface SchemaError {
  /** Where, as in `spec.rules[0].match`; empty for the object itself. */
  path: string;
  code: SchemaErrorCode;
  /** What is wrong and what would be right, without the path. Values are escaped and cut. */
  message: string;
  /** The name that was probably meant. */
  hint?: string;
}

/** A value as it may stand in a message: JSON, with control characters escaped, at most 64 characters. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  const safe = text.replace(/[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
  return safe.length > 64 ? `${safe.slice(0, 63)}…` : safe;
}
