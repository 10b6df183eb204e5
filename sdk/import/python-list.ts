const ITEM = /'(?<text>[^'\\]*)'|(?<number>-?(?:0|[1-9]\d*)\.\d*[1-9]|-?[1-9]\d*|0)|(?<word>True|False|None)/;
const LIST = new RegExp(`^\\[(?:(?:${ITEM.source.replace(/\?<\w+>/g, "?:")})(?:, (?!\\])|(?=\\])))*\\]$`);
const WORDS: Readonly<Record<string, unknown>> = { True: true, False: false, None: null };

/** The list that Python writes so, of plain texts, numbers, booleans and None; undefined when it never would. */
export function pythonList(text: string): unknown[] | undefined {
  if (!LIST.test(text)) return undefined;
  return Array.from(text.matchAll(new RegExp(ITEM, "g")), ({ groups = {} }) => {
    if (groups.text !== undefined) return groups.text;
    return groups.number === undefined ? WORDS[groups.word ?? ""] : Number(groups.number);
  });
}
