/** One thing that is wrong with an object. */
export interface FieldError {
  /** Path from the object's root, such as `spec.params.replicas`. */
  path: string;
  /** Stable word for programs. */
  code: string;
  /** For people; begins with the path and carries the value and the bound, escaped and capped. */
  message: string;
  /** How to mend it, when that is known. */
  hint?: string;
}

const MAX_SHOWN = 80;

/** A value as it may stand in a message: JSON, ASCII only, at most 80 characters. */
export function show(value: unknown): string {
  let text: string;
  try {
    text =
      JSON.stringify(value, (_key, member) => (typeof member === "bigint" ? `${member}` : member)) ?? String(value);
  } catch {
    return `<${typeof value} that is not JSON>`;
  }
  const cut = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
  // biome's control-character rule does not like them in a pattern, and we don't want them in a message
  return Array.from(cut, (char) => {
    const point = char.codePointAt(0) ?? 0;
    return point < 0x20 || (point > 0x7e && char !== "…") ? `\\u${point.toString(16).padStart(4, "0")}` : char;
  }).join("");
}

/** Makes an error whose message begins with its path. */
export function fieldError(path: string, code: string, message: string, hint?: string): FieldError {
  return { path, code, message: `${path}: ${message}`, ...(hint === undefined ? {} : { hint }) };
}

/** A hint from names that look alike, or undefined. */
export function didYouMean(near: readonly string[]): string | undefined {
  return near.length === 0 ? undefined : `did you mean ${near.map((name) => JSON.stringify(name)).join(", ")}?`;
}
