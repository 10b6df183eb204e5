/**
 * An fnmatch pattern in our glob language, where only a bracket that is never closed differs: there it is itself, here it
 * must be written `[[]`.
 */
export function toGlob(pattern: string): string {
  let glob = "";
  for (let i = 0; i < pattern.length; ) {
    if (pattern[i] !== "[") {
      glob += pattern[i++];
      continue;
    }
    const first = pattern[i + 1] === "!" ? i + 2 : i + 1;
    const close = pattern.indexOf("]", first + 1); // a "]" directly after the opening is a member
    glob += close < 0 ? "[[]" : pattern.slice(i, close + 1);
    i = close < 0 ? i + 1 : close + 1;
  }
  return glob;
}
