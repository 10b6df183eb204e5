/** A line of a document, numbered from 1, and whether it stands in a fenced block of code. */
export interface DocLine {
  number: number;
  text: string;
  code: boolean;
}

/** The lines of a Markdown text. The fences themselves count as code. */
export function linesOf(text: string): DocLine[] {
  let fence: string | undefined;
  return text.split("\n").map((line, i) => {
    const marks = /^\s*(`{3,}|~{3,})/.exec(line)?.[1];
    const inside = fence !== undefined;
    if (marks !== undefined) {
      if (fence === undefined) fence = marks;
      else if (marks.startsWith(fence)) fence = undefined;
    }
    return { number: i + 1, text: line, code: inside || marks !== undefined };
  });
}

/** Targets of the links and pictures of a line, without those that are shown as code. */
export function linksOf(line: string): string[] {
  const plain = line.replace(/`[^`]*`/g, "");
  return [...plain.matchAll(/\]\(\s*<?([^)>\s]+)>?(?:\s+"[^"]*")?\s*\)/g)].map((match) => match[1] ?? "");
}

/** The anchors that a forge gives to the headings of a text; equal ones are numbered. */
export function anchorsOf(text: string): Set<string> {
  const seen = new Map<string, number>();
  const anchors = new Set<string>();
  for (const line of linesOf(text)) {
    const heading = line.code ? undefined : /^#{1,6}\s+(.*?)\s*#*$/.exec(line.text)?.[1];
    if (heading === undefined) continue;
    const slug = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replace(/\s/g, "-");
    const before = seen.get(slug) ?? 0;
    seen.set(slug, before + 1);
    anchors.add(before === 0 ? slug : `${slug}-${before}`);
  }
  return anchors;
}
