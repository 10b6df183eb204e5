import { setTimeout as sleep } from "node:timers/promises";
import { type AuditEvent, parseEvent } from "./event.ts";
import { plainText } from "./text.ts";
import { listSegments, readLines } from "./wal.ts";

/** Which events to give. */
export interface EventFilter {
  type?: string;
  /** A request's UID, or `namespace/name`. */
  request?: string;
  /** Epoch ms; events from then on. */
  since?: number;
}

/** True when an event passes the filter. A type may end in `*`. */
export function matches(event: AuditEvent, { type, request, since }: EventFilter): boolean {
  if (type?.endsWith("*") ? !event.type.startsWith(type.slice(0, -1)) : type !== undefined && event.type !== type)
    return false;
  if (request !== undefined) {
    const { uid, ns, name } = event.action ?? {};
    if (uid !== request && `${ns}/${name}` !== request) return false;
  }
  return since === undefined || Date.parse(event.time) >= since;
}

/** The whole events of a log from `from` on that are in its files now. */
async function* events(dir: string, from: number): AsyncGenerator<AuditEvent> {
  for await (const { lines } of readLines(dir, from)) for (const line of lines) yield parseEvent(line);
}

/** The last `count` events that pass, oldest first, and the seq after the last event that was read. */
export async function lastEvents(
  dir: string,
  count: number,
  filter: EventFilter,
): Promise<{ events: AuditEvent[]; next: number }> {
  const everything = filter.type === undefined && filter.request === undefined && filter.since === undefined;
  const segments = await listSegments(dir);
  // Without a filter the last file with enough events is enough.
  const tail = everything
    ? segments.findLast((s) => s.firstSeq + count <= (segments.at(-1)?.firstSeq ?? 0))
    : undefined;
  const found: AuditEvent[] = [];
  let next = tail?.firstSeq ?? 0;
  for await (const event of events(dir, next)) {
    next = event.seq + 1;
    if (!matches(event, filter)) continue;
    found.push(event);
    if (found.length > 2 * count + 64) found.splice(0, found.length - count);
  }
  return { events: count > 0 ? found.slice(-count) : [], next };
}

/** Events from `from` on as they come, until the signal. */
export async function* followEvents(
  dir: string,
  from: number,
  filter: EventFilter,
  signal: AbortSignal,
): AsyncGenerator<AuditEvent> {
  let next = from;
  while (!signal.aborted) {
    for await (const event of events(dir, next)) {
      next = event.seq + 1;
      if (matches(event, filter)) yield event;
    }
    try {
      await sleep(250, undefined, { signal });
    } catch {
      return; // only the signal ends the sleep
    }
  }
}

function detailValue(value: unknown): string {
  if (typeof value !== "string") return plainText(JSON.stringify(value), 120);
  return /[\s"=]/u.test(value) ? `"${plainText(value, 120).replaceAll('"', '\\"')}"` : plainText(value, 120);
}

function detail(data: Record<string, unknown>): string {
  const parts: string[] = [];
  for (const [key, value] of Object.entries(data)) {
    if (value === null || value === undefined || value === "") continue;
    parts.push(`${plainText(key, 40)}=${detailValue(value)}`);
  }
  return parts.join(" ");
}

/** One event as one line for people. Nothing in it can break the line or reach the terminal as a command. */
export function formatEvent(event: AuditEvent, { wide = false, log }: { wide?: boolean; log?: string } = {}): string {
  const { action, actor, target } = event;
  const columns = [
    log === undefined ? undefined : plainText(log, 40),
    String(event.seq).padStart(6),
    plainText(event.time, 32),
    plainText(event.type, 40).padEnd(18),
    action ? plainText(action.ns && action.name ? `${action.ns}/${action.name}` : action.uid, 130) : undefined,
    action?.ref ? plainText(action.ref, 64) : undefined,
    target?.id ? `→ ${plainText(String(target.id), 130)}` : undefined,
    actor?.username ? `by ${plainText(String(actor.username), 130)}` : undefined,
    plainText(detail(event.data), wide ? 2_000 : 160),
    wide
      ? `id=${plainText(event.id, 40)} epoch=${event.epoch} prev=${plainText(event.prev.slice(0, 12), 12)}`
      : undefined,
  ];
  return columns.filter((column) => column).join("  ");
}
