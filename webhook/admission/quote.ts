/** How much of a value is shown in a message. */
const SHOWN = 64;

/**
 * A value as it may stand in a message: JSON, capped, and without characters that steer a terminal, break a line
 * or turn the reading direction.
 */
export function quote(value: unknown): string {
  const json = JSON.stringify(value) ?? String(value);
  const short = [...json.slice(0, SHOWN * 2)].slice(0, SHOWN).join("");
  return escapeControls(short.length < json.length ? `${short}…` : short);
}

/** Text with control, format and line-separating characters written as escapes, cut to `limit` characters. */
export function plain(text: string, limit = 1024): string {
  const escaped = escapeControls(text.slice(0, limit * 2));
  return escaped.length > limit || text.length > limit * 2 ? `${escaped.slice(0, limit - 1)}…` : escaped;
}

function escapeControls(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`,
  );
}
