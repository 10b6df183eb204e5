import { errorFromStatus, KubeError, messageOf, type Status } from "./errors.ts";
import type { KubeObject } from "./types.ts";

/** One event of a watch. BOOKMARK objects hold nothing but a resourceVersion. */
export interface WatchEvent<T extends KubeObject> {
  type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK";
  object: T;
}

const newline = 0x0a;

function parseLine<T extends KubeObject>(line: Uint8Array): WatchEvent<T> {
  const text = Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString("utf8");
  let event: { type?: string; object?: unknown };
  try {
    event = JSON.parse(text);
  } catch (error) {
    throw new KubeError({
      code: "MALFORMED_RESPONSE",
      message: `watch: ${messageOf(error)}`,
      retryable: true,
      cause: error,
    });
  }
  if (event?.type === "ERROR") throw errorFromStatus("watch", event.object as Status);
  const known = event?.type === "ADDED" || event?.type === "MODIFIED" || event?.type === "DELETED";
  const object = event?.object as T | undefined;
  if (
    (!known && event?.type !== "BOOKMARK") ||
    !object?.metadata?.resourceVersion ||
    (known && !object.metadata.name)
  ) {
    throw new KubeError({ code: "MALFORMED_RESPONSE", message: "watch: a line is not a watch event", retryable: true });
  }
  return { type: event.type as WatchEvent<T>["type"], object };
}

/**
 * Cuts a watch's bytes into events. Lines are cut before they are decoded, so a character that is split between two
 * chunks stays whole. A last line without its newline is dropped: it may be half an event, and the server sends it again.
 * @throws KubeError MALFORMED_RESPONSE, RESPONSE_TOO_LARGE (a line above `maxLineBytes`), or the code of an ERROR event
 */
export async function* watchEvents<T extends KubeObject>(
  body: AsyncIterable<Uint8Array>,
  maxLineBytes: number,
): AsyncGenerator<WatchEvent<T>> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  for await (const chunk of body) {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(newline, start);
      const part = chunk.subarray(start, end < 0 ? chunk.length : end);
      if (heldBytes + part.length > maxLineBytes) {
        throw new KubeError({
          code: "RESPONSE_TOO_LARGE",
          message: `watch: a line is larger than ${maxLineBytes} bytes`,
        });
      }
      if (end < 0) {
        if (part.length > 0) held.push(part);
        heldBytes += part.length;
        break;
      }
      start = end + 1;
      const line = held.length === 0 ? part : Buffer.concat([...held, part]);
      held = [];
      heldBytes = 0;
      if (line.length > 0) yield parseLine<T>(line);
    }
  }
}
