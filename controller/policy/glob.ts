/** A compiled glob: tells whether the whole text matches. */
export type Glob = (text: string) => boolean;

/** Longest glob that is accepted, in UTF-16 units. Matching costs at most text length × this. */
export const MAX_GLOB_LENGTH = 256;

interface CharClass {
  negated: boolean;
  /** Inclusive code point ranges. */
  ranges: [number, number][];
}

/** `null` is `*`, `undefined` is `?`, a number is a literal code point. */
export type GlobToken = null | undefined | number | CharClass;

const BANG = 0x21;
const DASH = 0x2d;

function codePoints(text: string): number[] {
  const out: number[] = [];
  for (const char of text) out.push(char.codePointAt(0) ?? 0);
  return out;
}

/** Reads `[abc]`, `[!abc]`, `[a-z]` at `open`; undefined when the bracket is never closed. */
function readClass(points: number[], open: number): { token: CharClass; next: number } | undefined {
  let at = open + 1;
  const negated = points[at] === BANG;
  if (negated) at++;
  const first = at;
  const close = points.indexOf(0x5d, first + 1); // "]" directly after the opening is a member
  if (close < 0) return undefined;
  const ranges: [number, number][] = [];
  while (at < close) {
    const low = points[at] ?? 0;
    if (points[at + 1] === DASH && at + 2 < close) {
      ranges.push([low, points[at + 2] ?? 0]);
      at += 3;
    } else {
      ranges.push([low, low]);
      at++;
    }
  }
  return { token: { negated, ranges }, next: close + 1 };
}

function tokenize(pattern: string): { tokens: GlobToken[]; unclosed: boolean } {
  const points = codePoints(pattern);
  const tokens: GlobToken[] = [];
  let unclosed = false;
  for (let i = 0; i < points.length; ) {
    const point = points[i];
    if (point === 0x2a) {
      if (tokens.length === 0 || tokens[tokens.length - 1] !== null) tokens.push(null);
      i++;
    } else if (point === 0x3f) {
      tokens.push(undefined);
      i++;
    } else if (point === 0x5b) {
      const set = readClass(points, i);
      if (set) {
        tokens.push(set.token);
        i = set.next;
      } else {
        unclosed = true; // fnmatch reads a lone "[" as itself
        tokens.push(point);
        i++;
      }
    } else {
      tokens.push(point);
      i++;
    }
  }
  return { tokens, unclosed };
}

/** Whether a token that is not `*` takes this code point. */
export function matchesOne(token: GlobToken, point: number): boolean {
  if (token === undefined) return true;
  if (token === null) return false;
  if (typeof token === "number") return token === point;
  let found = false;
  for (const [low, high] of token.ranges) if (point >= low && point <= high) found = true;
  return found !== token.negated;
}

/** Only the last star is ever revisited, so the work is bounded by text × pattern, never exponential. */
function run(tokens: GlobToken[], text: number[]): boolean {
  let t = 0;
  let p = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    if (p < tokens.length && tokens[p] === null) {
      star = p++;
      resume = t;
    } else if (p < tokens.length && matchesOne(tokens[p], text[t] ?? 0)) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < tokens.length && tokens[p] === null) p++;
  return p === tokens.length;
}

/** The tokens of a glob, for those who reason about what it can match. */
export function globTokens(pattern: string): readonly GlobToken[] {
  return tokenize(pattern).tokens;
}

/** Whether `pattern` holds any of `*`, `?`, `[`; without one it only matches itself. */
export function isGlob(pattern: string): boolean {
  return /[*?[]/.test(pattern);
}

/**
 * Compiles a glob: `*` any run, `?` one character (code point), `[abc]`, `[a-z]`, `[!abc]`; case-sensitive, whole text.
 * A bracket that is never closed is an ordinary character. Longer than MAX_GLOB_LENGTH matches nothing.
 */
export function compileGlob(pattern: string): Glob {
  if (pattern.length > MAX_GLOB_LENGTH) return () => false;
  if (pattern === "*") return () => true;
  if (!isGlob(pattern)) return (text) => text === pattern;
  const { tokens } = tokenize(pattern);
  return (text) => run(tokens, codePoints(text));
}

/** What is wrong with a glob as written, or undefined. */
export function globProblem(pattern: string): string | undefined {
  if (pattern.length === 0) return "is empty and matches nothing";
  if (pattern.length > MAX_GLOB_LENGTH) return `is longer than ${MAX_GLOB_LENGTH} characters`;
  if (tokenize(pattern).unclosed) return 'has a "[" that is never closed';
  return undefined;
}
