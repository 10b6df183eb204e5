import { compileGlob, type GlobToken, globTokens, isGlob, matchesOne } from "../policy/glob.ts";

/** Most combined states that are looked at; beyond it nothing is known. */
const MAX_STATES = 20_000;

/** Positions in a glob that may have been reached, in ascending order. */
type State = readonly number[];

/** A star may be left without taking anything. */
function closed(tokens: readonly GlobToken[], positions: Iterable<number>): State {
  const all = new Set(positions);
  for (const position of all) if (tokens[position] === null && position < tokens.length) all.add(position + 1);
  return [...all].sort((a, b) => a - b);
}

function step(tokens: readonly GlobToken[], state: State, point: number): State {
  const next: number[] = [];
  for (const position of state) {
    if (position >= tokens.length) continue;
    const token = tokens[position];
    if (token === null) next.push(position);
    else if (matchesOne(token, point)) next.push(position + 1);
  }
  return closed(tokens, next);
}

/** Code points that tell the globs' tokens apart: what they name, what borders on it, and one that nobody names. */
function alphabet(globs: readonly (readonly GlobToken[])[]): number[] {
  const points = new Set<number>([..."abcdefghijklmnopqrstuvwxyz0123456789-"].map((char) => char.codePointAt(0) ?? 0));
  for (const token of globs.flat()) {
    if (typeof token === "number") points.add(token);
    else if (token) {
      for (const [low, high] of token.ranges)
        for (const point of [low - 1, low, high, high + 1]) if (point >= 0 && point <= 0x10ffff) points.add(point);
    }
  }
  let other = 0x10ffff;
  while (points.has(other)) other--;
  return [...points, other];
}

/**
 * A shortest text for which `goal` holds of which globs match it; undefined when there is none, null when that was too much
 * to find out. `alive` tells from which globs can still match whether to go on.
 */
function search(
  patterns: readonly string[],
  points: (all: number[]) => number[],
  goal: (matched: boolean[]) => boolean,
  alive: (possible: boolean[]) => boolean,
): string | undefined | null {
  const globs = patterns.map(globTokens);
  const letters = points(alphabet(globs));
  const queue: { states: State[]; text: string }[] = [{ states: globs.map((tokens) => closed(tokens, [0])), text: "" }];
  const seen = new Set<string>();
  for (const { states, text } of queue) {
    if (goal(states.map((state, i) => state.at(-1) === globs[i]?.length))) return text;
    for (const point of letters) {
      const next = states.map((state, i) => step(globs[i] ?? [], state, point));
      const key = next.join("|");
      if (seen.has(key) || !alive(next.map((state) => state.length > 0))) continue;
      if (seen.size >= MAX_STATES) return null;
      seen.add(key);
      queue.push({ states: next, text: text + String.fromCodePoint(point) });
    }
  }
  return undefined;
}

/** Whether every text that `inner` matches is matched by one of `outer`. False also when that is too much to find out. */
export function globsContain(outer: readonly string[], inner: string): boolean {
  if (outer.includes(inner) || outer.includes("*")) return true;
  if (!isGlob(inner)) return outer.some((glob) => compileGlob(glob)(inner));
  const escaped = search(
    [inner, ...outer],
    (all) => all,
    ([first, ...rest]) => first === true && !rest.includes(true),
    ([first]) => first === true,
  );
  return escaped === undefined;
}

/** A name (letters, digits and dashes, a letter first) that all globs match; undefined when none is found. */
export function commonName(globs: readonly string[]): string | undefined {
  const legal = (point: number): boolean => /[a-z0-9-]/.test(String.fromCodePoint(point));
  const found = search(
    ["[a-z]*", ...globs],
    (all) => all.filter(legal),
    (matched) => !matched.includes(false),
    (possible) => !possible.includes(false),
  );
  return found ?? undefined;
}
