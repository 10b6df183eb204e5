import { createHmac } from "node:crypto";
import type { State } from "./diff.ts";

/** Bytes of JSON that one field of a state may take in a status. */
export const MAX_FIELD_BYTES = 4096;
/** Bytes of JSON that a whole state may take. */
export const MAX_STATE_BYTES = 32_768;

/** Cuts a text to a number of UTF-8 bytes, never within a character, and says so. */
export function capText(text: string, maxBytes: number): string {
  const bytes = Buffer.byteLength(text);
  if (bytes <= maxBytes) return text;
  const note = `… [${bytes} bytes]`;
  const room = maxBytes - Buffer.byteLength(note);
  if (room <= 0) return "";
  // A cut character decodes to U+FFFD at the end.
  return (
    Buffer.from(text)
      .subarray(0, room)
      .toString("utf8")
      .replace(/\uFFFD$/, "") + note
  );
}

/** A state that fits into a status: fields that are too large are told by size only. */
export function capState(state: State): State {
  const capped: State = {};
  let total = 0;
  for (const [name, value] of Object.entries(state)) {
    const size = Buffer.byteLength(JSON.stringify(value) ?? "null");
    const fits = size <= MAX_FIELD_BYTES && total + size <= MAX_STATE_BYTES;
    if (fits) total += size;
    capped[name] = fits ? value : { truncated: true, bytes: size };
  }
  return capped;
}

/**
 * A state with some fields told only by a keyed digest. The key is made for one execution and kept nowhere, so that a
 * small value can't be found by trying; equal values before and after still show as equal.
 */
export function redactState(state: State, fields: readonly string[], key: Uint8Array): State {
  return Object.fromEntries(
    Object.entries(state).map(([name, value]) => [name, fields.includes(name) ? redacted(value, key) : value]),
  );
}

function redacted(value: unknown, key: Uint8Array): unknown {
  if (value === null || value === undefined) return value;
  const digest = createHmac("sha256", key).update(JSON.stringify(value)).digest("hex");
  return `redacted:${digest.slice(0, 32)}`;
}
