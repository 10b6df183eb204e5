import { RE2JS } from "re2js";
import { ExpressionError } from "./errors.ts";

/** A compiled pattern: whether the whole text matches, in time linear in the text. */
export type Pattern = (text: string) => boolean;

/** Longest pattern that is accepted, in characters. */
export const MAX_PATTERN_LENGTH = 1024;

function compile(source: string): RE2JS {
  if (source.length > MAX_PATTERN_LENGTH)
    throw new ExpressionError("TooLong", `pattern is longer than ${MAX_PATTERN_LENGTH} characters`);
  try {
    return RE2JS.compile(source);
  } catch (error) {
    throw new ExpressionError(
      "Syntax",
      `not an RE2 pattern: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** Compiles an RE2 pattern that must match the whole text. Throws ExpressionError. */
export function compilePattern(source: string): Pattern {
  const re = compile(source);
  return (text) => re.matches(text);
}

/** Compiles an RE2 pattern that may match anywhere in the text, as CEL's `matches` does. Throws ExpressionError. */
export function compileSearch(source: string): Pattern {
  const re = compile(source);
  return (text) => re.matcher(text).find();
}
