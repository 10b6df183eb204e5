import { DurationError, parseDuration } from "../api/duration.ts";
import { type FieldError, fieldError, show } from "./field-error.ts";

/** Checks that an optional duration, as in `1h30m`, is one, is more than nothing and at most `most` (a duration as well). */
export function durationErrors(path: string, text: string | undefined, most: string): FieldError[] {
  if (text === undefined) return [];
  try {
    const length = parseDuration(text);
    if (length > 0 && length <= parseDuration(most)) return [];
    return [fieldError(path, "OutOfRange", `${show(text)} is not more than 0s and at most ${most}`)];
  } catch (error) {
    if (!(error instanceof DurationError)) throw error;
    return [fieldError(path, "BadDuration", error.message)];
  }
}
