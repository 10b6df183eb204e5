import { auditable, canonical } from "./canonical.ts";
import { AuditError } from "./errors.ts";
import { type EventType, isEventType } from "./event-types.ts";

/** The most bytes one event may have: an entry of a tlog-tiles bundle has a 16-bit length. */
export const MAX_ENTRY_BYTES = 65_535;
/** Bytes set aside for what the writer adds (v, seq, id, time, origin, epoch, type, prev). */
const ENVELOPE_BYTES = 1024;

/** The request an event is about. */
export interface EventAction {
  uid: string;
  ns?: string;
  name?: string;
  /** The Action's name. */
  ref?: string;
  /** Attempt of the ticket or execution, from 1. */
  attempt?: number;
}

/** Who did it. */
export interface EventActor {
  kind: string;
  username?: string;
  uid?: string;
  [key: string]: unknown;
}

/** What it was done to. */
export interface EventTarget {
  id?: string;
  kind?: string;
  ref?: string;
  [key: string]: unknown;
}

/** A large body kept beside the log. */
export interface EventBlob {
  name: string;
  content: string | Buffer;
}

/** What a caller hands to the log. Numbers are integers; see {@link auditable} for values that may hold others. */
export interface EventInput {
  type: EventType;
  action?: EventAction;
  actor?: EventActor;
  target?: EventTarget;
  data: Record<string, unknown>;
  blobs?: EventBlob[];
}

/** How a blob is named in an event. The salt is in the blob's own file, so that deleting the file erases the value. */
export interface BlobReference {
  name: string;
  /** `sha256:<hex of SHA-256(salt || content)>` */
  digest: string;
  /** Bytes of the content. */
  size: number;
}

/** One event as it stands in the log. */
export interface AuditEvent {
  v: 1;
  seq: number;
  /** UUIDv7. */
  id: string;
  /** RFC 3339, UTC, milliseconds. */
  time: string;
  origin: string;
  epoch: number;
  type: EventType;
  action?: EventAction;
  actor?: EventActor;
  target?: EventTarget;
  data: Record<string, unknown>;
  blobs?: BlobReference[];
  /** Hex leaf hash of the event before, zeros for the first. */
  prev: string;
}

/** An event whose own parts are canonical text; only what the writer assigns is missing. */
export interface PreparedEvent {
  head: string;
  target: string;
  tail: string;
  id: string;
  time: number;
  bytes: number;
}

/** A UUIDv7 of a time (epoch ms) and 10 random bytes. */
export function uuidv7(time: number, random: Buffer): string {
  const bytes = Buffer.alloc(16);
  bytes.writeUIntBE(time, 0, 6);
  random.copy(bytes, 6, 0, 10);
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/**
 * Checks an event and writes its own parts down, so that the writer only has to join strings.
 * @throws AuditError BAD_EVENT, ENTRY_TOO_LARGE
 */
export function prepareEvent(
  input: EventInput,
  { time, random, blobs }: { time: number; random: Buffer; blobs: BlobReference[] },
): PreparedEvent {
  if (!isEventType(input.type)) {
    throw new AuditError("BAD_EVENT", `${JSON.stringify(String(input.type).slice(0, 64))} is no event type`);
  }
  if (typeof input.data !== "object" || input.data === null || Array.isArray(input.data)) {
    throw new AuditError("BAD_EVENT", "data: must be an object");
  }
  const part = (name: "action" | "actor" | "target", value: unknown) =>
    value === undefined ? "" : `"${name}":${canonical(value, name)},`;
  // The order is that of RFC 8785: action, actor, blobs, data, epoch, id, origin, prev, seq, target, time, type, v.
  const listed = blobs.length > 0 ? `"blobs":${canonical(blobs, "blobs")},` : "";
  const head = `{${part("action", input.action)}${part("actor", input.actor)}${listed}"data":${canonical(input.data, "data")},`;
  const target = part("target", input.target);
  const tail = `"time":"${new Date(time).toISOString()}","type":"${input.type}","v":1}`;
  const bytes = Buffer.byteLength(head) + Buffer.byteLength(target) + ENVELOPE_BYTES;
  if (bytes > MAX_ENTRY_BYTES) {
    throw new AuditError(
      "ENTRY_TOO_LARGE",
      `an event of about ${bytes} bytes; at most ${MAX_ENTRY_BYTES} fit: move bodies to blobs`,
    );
  }
  return { head, target, tail, id: uuidv7(time, random), time, bytes };
}

/** The canonical text of an event at its place in the log. `origin` must be plain (no quotes or backslashes). */
export function sealEvent(
  event: PreparedEvent,
  place: { origin: string; epoch: number; seq: number; prev: string },
): string {
  return `${event.head}"epoch":${place.epoch},"id":"${event.id}","origin":"${place.origin}","prev":"${place.prev}","seq":${place.seq},${event.target}${event.tail}`;
}

/** Reads a line of the log. @throws AuditError BAD_EVENT when it is no event of a version this code knows. */
export function parseEvent(line: Buffer): AuditEvent {
  let value: unknown;
  try {
    value = JSON.parse(line.toString("utf8"));
  } catch {
    throw new AuditError("BAD_EVENT", "not JSON");
  }
  if (!isEvent(value)) throw new AuditError("BAD_EVENT", "not an event of version 1");
  return value;
}

function isEvent(value: unknown): value is AuditEvent {
  if (typeof value !== "object" || value === null) return false;
  const event: Partial<Record<keyof AuditEvent, unknown>> = value;
  return (
    event.v === 1 &&
    Number.isSafeInteger(event.seq) &&
    Number.isSafeInteger(event.epoch) &&
    typeof event.prev === "string" &&
    typeof event.origin === "string" &&
    typeof event.type === "string" &&
    typeof event.time === "string" &&
    typeof event.id === "string" &&
    typeof event.data === "object" &&
    event.data !== null
  );
}
