/** What moves a cursor, colours, hides, breaks a line or turns the reading direction. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/gu;

function escapeCharacter(character: string): string {
  return Array.from(
    { length: character.length },
    (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`,
  ).join("");
}

/** Text of unknown origin as one line that a terminal only prints. */
export function safeLine(text: string): string {
  return text.toWellFormed().replace(UNSAFE, escapeCharacter);
}

/** The same for JSON or YAML with line breaks: strings in double quotes mean what they meant before. */
export function safeDocument(text: string): string {
  return text
    .toWellFormed()
    .replace(UNSAFE, (character) => (character === "\n" ? character : escapeCharacter(character)));
}

/** Rows as a table whose columns are aligned; the first row is the heading. Cells are made safe. */
export function table(rows: readonly (readonly string[])[]): string {
  const safe = rows.map((row) => row.map(safeLine));
  const widths = (safe[0] ?? []).map((_, column) => Math.max(...safe.map((row) => width(row[column] ?? ""))));
  return safe
    .map((row) =>
      row
        .map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - width(cell)))
        .join("   ")
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join("");
}

function width(text: string): number {
  return [...text].length;
}
