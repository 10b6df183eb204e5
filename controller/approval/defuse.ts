/**
 * Text that agents wrote, shown to people: everything stays text. Characters that hide or reorder others are made visible, markdown is
 * taken literally because it stands in code spans and fences that it can't leave, and nothing mentions, links or closes anything.
 */

/** Controls (line's end and tab aside), and what shows nothing or turns others around: bidirectional marks, zero widths, tags. */
const HIDDEN = /(?![\n\t])[\p{C}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}]/gu;

/** The text with every hidden character as `\u{…}`. */
export function visible(text: string): string {
  return text.replace(HIDDEN, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** At most `length` characters, with a sign of how many are missing. */
export function capped(text: string, length: number): string {
  const characters = Array.from(text);
  if (characters.length <= length) return text;
  return `${characters.slice(0, length).join("")}… (${characters.length - length} more characters)`;
}

/** One line of it in a code span, fit for a table's cell. */
export function code(text: string, length = 200): string {
  const line = capped(visible(text.replace(/\r\n?|\n/g, "⏎").replace(/\t/g, " ")), length).replace(/\|/g, "\\|");
  const ticks = "`".repeat(longestRun(line) + 1);
  // A span that begins or ends with a backtick needs the spaces; one that is empty would be none.
  return line === "" ? "(empty)" : `${ticks} ${line} ${ticks}`;
}

/** A fenced block that its content can't end. */
export function fence(text: string, language = ""): string {
  const shown = visible(text.replace(/\r\n?/g, "\n"));
  const ticks = "`".repeat(Math.max(3, longestRun(shown) + 1));
  return `${ticks}${language}\n${shown}${shown.endsWith("\n") ? "" : "\n"}${ticks}`;
}

/** One plain line, for a title: no mention, no reference, no markup, at most `length` characters. */
export function plainLine(text: string, length = 200): string {
  const line = visible(text.replace(/\s+/g, " ")).replace(/[@#<>`*_[\]|\\]/g, " ");
  return capped(line.replace(/ +/g, " ").trim(), length);
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
}
