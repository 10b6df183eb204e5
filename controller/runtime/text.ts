/**
 * Text of unknown origin as one line of plain text: control characters (also those of terminals), invisible ones and
 * those that turn the reading direction become spaces, and what is over `maxBytes` of UTF-8 is cut at a character.
 */
export function plainText(text: string, maxBytes: number): string {
  const clean = text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ")
    .trim();
  if (Buffer.byteLength(clean) <= maxBytes) return clean;
  const mark = "…";
  const room = maxBytes - Buffer.byteLength(mark);
  let size = 0;
  let end = 0;
  for (const character of clean) {
    size += Buffer.byteLength(character);
    if (size > room) break;
    end += character.length;
  }
  return clean.slice(0, end) + mark;
}
