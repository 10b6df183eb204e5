/**
 * Makes text from outside safe for a terminal and a line: everything that could move the cursor, colour, break the line or turn
 * the reading direction becomes `\n`, `\t` or `\u{…}`; a backslash is doubled so that nothing can pose as an escape.
 * @param limit characters after which it is cut with `…`
 */
export function plainText(text: string, limit = 200): string {
  const escaped = text.toWellFormed().replace(/[\\\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/gu, (char) => {
    if (char === "\\") return "\\\\";
    if (char === "\n") return "\\n";
    if (char === "\r") return "\\r";
    if (char === "\t") return "\\t";
    return `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`;
  });
  const characters = [...escaped];
  return characters.length > limit ? `${characters.slice(0, limit - 1).join("")}…` : escaped;
}
