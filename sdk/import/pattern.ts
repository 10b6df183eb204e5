import { compilePattern, MAX_PATTERN_LENGTH } from "../../controller/policy/regex.ts";

/** A pattern that no text matches. */
export const NOTHING = "[^\\x{0}-\\x{10FFFF}]";

const SPACE =
  "\\t-\\r\\x1c-\\x20\\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}";
const NO_SPACE =
  "\\x{0}-\\x08\\x0e-\\x1b\\x21-\\x{84}\\x{86}-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{10ffff}";
const WORD = "\\p{L}\\p{N}_";

/** Classes by the letter after the backslash: outside brackets, and between them. */
const CLASSES: Readonly<Record<string, readonly [outside: string, inside: string | undefined]>> = {
  d: ["\\p{Nd}", "\\p{Nd}"],
  D: ["\\P{Nd}", "\\P{Nd}"],
  s: [`[${SPACE}]`, SPACE],
  S: [`[${NO_SPACE}]`, NO_SPACE],
  w: [`[${WORD}]`, WORD],
  W: [`[^${WORD}]`, undefined],
};

class Untranslatable extends Error {}

/** Reads one pattern from left to right. */
class Scanner {
  at = 0;
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  take(pattern: RegExp): string | undefined {
    const sticky = new RegExp(pattern.source, "yu");
    sticky.lastIndex = this.at;
    const found = sticky.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }
}

function escaped(scan: Scanner, inBrackets: boolean): string {
  const hex = scan.take(/x[0-9a-fA-F]{2}/) ?? scan.take(/u[0-9a-fA-F]{4}/) ?? scan.take(/U[0-9a-fA-F]{8}/);
  if (hex !== undefined) return `\\x{${hex.slice(1)}}`;
  const octal = scan.take(/0[0-7]{0,2}/) ?? scan.take(/[1-3][0-7]{2}/);
  if (octal !== undefined) return `\\x{${Number.parseInt(octal, 8).toString(16)}}`;
  const next = scan.take(/./s);
  if (next === undefined) throw new Untranslatable("a lone backslash");
  const known = CLASSES[next];
  if (known) {
    const made = known[inBrackets ? 1 : 0];
    if (made === undefined) throw new Untranslatable(`\\${next} between brackets`);
    return made;
  }
  if (/[afnrtv]/.test(next)) return `\\${next}`;
  if (next === "b") return inBrackets ? "\\x08" : "\\b";
  if (!inBrackets && next === "B") return "\\B";
  if (!inBrackets && next === "A") return "\\A";
  if (!inBrackets && next === "Z") return "\\z";
  if (/[A-Za-z0-9]/.test(next)) throw new Untranslatable(`\\${next}`);
  return `\\x{${(next.codePointAt(0) ?? 0).toString(16)}}`;
}

/** A set in brackets; members that mean something to RE2 alone, such as `[:alpha:]`, are escaped. */
function brackets(scan: Scanner): string {
  let set = `[${scan.take(/\^/) ?? ""}`;
  for (let first = true; ; first = false) {
    const next = scan.take(/./s);
    if (next === undefined) throw new Untranslatable("a bracket that is never closed");
    if (next === "]" && !first) return `${set}]`;
    if (next === "\\") set += escaped(scan, true);
    else if (next === "[" || next === "]") set += `\\${next}`;
    else set += next;
  }
}

function group(scan: Scanner): string {
  const plain = scan.take(/\?:/) ?? scan.take(/\?P<[A-Za-z_]\w*>/) ?? scan.take(/\?[ims]+(?:-[ims]+)?:/);
  if (plain !== undefined) return `(${plain}`;
  if (scan.take(/\?#[^)]*\)/) !== undefined) return "";
  const flags = scan.at === 1 ? scan.take(/\?[ims]+\)/) : undefined;
  if (flags !== undefined) return `(${flags}`;
  if (scan.text[scan.at] === "?") throw new Untranslatable(`(${scan.text.slice(scan.at, scan.at + 3)}…`);
  return "(";
}

/** What may follow an item: `{,3}` is `{0,3}` there; `*+` and the like never give back. */
function repetition(scan: Scanner): string | undefined {
  const bounds = scan.take(/\{(?:\d+(?:,\d*)?|,\d*)\}/);
  const made = bounds?.replace("{,}", "*").replace("{,", "{0,") ?? scan.take(/[*+?]/);
  if (made === undefined) return undefined;
  const greed = scan.take(/[?+]/);
  if (greed === "+") throw new Untranslatable("a possessive repetition");
  return made + (greed ?? "");
}

function translate(source: string): string {
  const scan = new Scanner(source);
  let made = "";
  while (scan.at < source.length) {
    const repeated = repetition(scan);
    if (repeated !== undefined) {
      made += repeated;
      continue;
    }
    const next = scan.take(/./s) ?? "";
    if (next === "\\") made += escaped(scan, false);
    else if (next === "[") made += brackets(scan);
    else if (next === "(") made += group(scan);
    else if (next === "{" || next === "}") made += `\\${next}`;
    // without the flag for lines, "$" also stands before a last line feed; a whole text that ends there still ends
    else made += next;
  }
  return made;
}

/** Whether nothing in it means one thing to Python and another to RE2. */
function isPlain(source: string): boolean {
  return !/\\[^.\-/:]|\(\?|[*+?}]\+|\{,|\[\^?\]|\[[^\]]*\[|\]\]/.test(source);
}

/** A pattern of Python's `re.fullmatch` in RE2, or why there is none. */
export function toRe2(source: string): { pattern: string } | { problem: string } {
  try {
    const pattern = isPlain(source) ? source : translate(source);
    compilePattern(pattern);
    return pattern.length <= 512 && source.length <= MAX_PATTERN_LENGTH ? { pattern } : { problem: "it is too long" };
  } catch (error) {
    if (error instanceof Untranslatable) return { problem: `RE2 has nothing like ${error.message}` };
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}
