export type DurationErrorCode = "INVALID_DURATION";

/** A text that is no duration; the message shows it and what would be right. */
export class DurationError extends Error {
  readonly code: DurationErrorCode = "INVALID_DURATION";
}

const pattern = /^(?:(\d{1,6})h)?(?:(\d{1,8})m)?(?:(\d{1,9})s)?$/;

/** Milliseconds of a duration such as `1h30m`, `15m` or `30s`. Throws DurationError for anything else. */
export function parseDuration(text: string): number {
  const match = text === "" ? null : pattern.exec(text);
  if (!match) {
    throw new DurationError(`${JSON.stringify(text.slice(0, 64))} is not a duration; write it as 1h30m, 15m or 30s`);
  }
  const [hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0));
  return (((hours ?? 0) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0)) * 1000;
}

/** The shortest text of a whole number of seconds, such as `1h30m`; zero is `0s`. Milliseconds are cut off. */
export function formatDuration(milliseconds: number): string {
  const total = Math.max(0, Math.floor(milliseconds / 1000));
  const parts = [
    [Math.floor(total / 3600), "h"],
    [Math.floor(total / 60) % 60, "m"],
    [total % 60, "s"],
  ] as const;
  const text = parts.map(([count, unit]) => (count > 0 ? `${count}${unit}` : "")).join("");
  return text === "" ? "0s" : text;
}
