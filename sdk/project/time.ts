export type TimeErrorCode = "BadTime";

/** A text that is no time. */
export class TimeError extends Error {
  readonly code: TimeErrorCode = "BadTime";
}

const RFC3339 = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|z|[+-]\d{2}:\d{2})?$/;

/** Epoch ms of an RFC 3339 time. Without a zone it says nothing and is refused; under `compat` it is UTC. Throws TimeError. */
export function parseTime(text: string, profile: "strict" | "compat" = "strict"): number {
  const match = RFC3339.exec(text);
  const zoned = match?.[3] !== undefined;
  const time = match ? Date.parse(zoned ? text.toUpperCase() : `${text.replace(" ", "T")}Z`) : Number.NaN;
  if (Number.isNaN(time) || (!zoned && profile === "strict")) {
    const what = match && !zoned ? "has no zone" : "is no time";
    throw new TimeError(
      `${JSON.stringify(text.slice(0, 64))} ${what}; write it as 2026-01-31T09:00:00Z or with +01:00`,
    );
  }
  return time;
}
