import { DAYS } from "../api/vocabulary.ts";
import { type ZoneOffset, zoneOffset } from "./zone.ts";

/** A time window as a policy writes it. */
export interface TimeWindowSpec {
  /** Days it begins on; absent means every day. */
  days?: readonly string[] | undefined;
  /** "HH:MM", default 00:00. */
  start?: string | undefined;
  /** "HH:MM", exclusive, default 24:00. */
  end?: string | undefined;
  /** IANA zone, default UTC. */
  timeZone?: string | undefined;
}

/** A compiled window. */
export interface TimeWindow {
  /** Bit per weekday, Monday lowest. */
  days: number;
  /** Minutes of the day. */
  start: number;
  end: number;
  offset: ZoneOffset;
}

const WEEKDAYS: readonly string[] = DAYS;
const MINUTE_MS = 60_000;
const DAY_MINUTES = 1440;
const EVERY_DAY = 0b1111111;

/** Minutes since midnight of "HH:MM" (24:00 is 1440), or undefined when it is no time of day. */
export function minutesOf(text: string): number | undefined {
  const found = /^([0-9]{2}):([0-9]{2})$/.exec(text);
  if (!found) return undefined;
  const minutes = Number(found[1]) * 60 + Number(found[2]);
  return Number(found[2]) < 60 && minutes <= DAY_MINUTES ? minutes : undefined;
}

/** All that is wrong with a window, as [field, message]; empty when it is sound. */
export function windowProblems(
  spec: TimeWindowSpec,
  zoneExists: (zone: string) => boolean,
): [keyof TimeWindowSpec, string][] {
  const problems: [keyof TimeWindowSpec, string][] = [];
  const start = minutesOf(spec.start ?? "00:00");
  const end = minutesOf(spec.end ?? "24:00");
  if (start === undefined || start === DAY_MINUTES) problems.push(["start", 'must be a time from "00:00" to "23:59"']);
  if (end === undefined) problems.push(["end", 'must be a time from "00:00" to "24:00"']);
  if (start !== undefined && start === end)
    problems.push(["end", 'equals start, so the window is empty; a whole day is "00:00" to "24:00"']);
  for (const day of spec.days ?? []) {
    if (!WEEKDAYS.includes(day)) problems.push(["days", `knows ${WEEKDAYS.join(", ")}`]);
  }
  if (spec.timeZone !== undefined && !zoneExists(spec.timeZone))
    problems.push(["timeZone", "is not an IANA time zone"]);
  return problems;
}

/** Compiles a window; throws RangeError when it is malformed. */
export function compileWindow(spec: TimeWindowSpec): TimeWindow {
  const start = minutesOf(spec.start ?? "00:00");
  const end = minutesOf(spec.end ?? "24:00");
  if (start === undefined || end === undefined || start === end || start === DAY_MINUTES)
    throw new RangeError("malformed time window");
  let days = spec.days === undefined ? EVERY_DAY : 0;
  for (const day of spec.days ?? []) {
    const at = WEEKDAYS.indexOf(day);
    if (at < 0) throw new RangeError("malformed time window: unknown day");
    days |= 1 << at;
  }
  return { days, start, end, offset: zoneOffset(spec.timeZone ?? "UTC") };
}

/**
 * Whether the instant (epoch ms) lies in the window, by the wall clock of its zone: [start, end), and what runs past
 * midnight belongs to the day on which it began.
 */
export function inWindow(window: TimeWindow, now: number): boolean {
  const local = Math.floor((now + window.offset(now)) / MINUTE_MS);
  const dayNumber = Math.floor(local / DAY_MINUTES);
  const minute = local - dayNumber * DAY_MINUTES;
  const day = (((dayNumber + 3) % 7) + 7) % 7; // 1970-01-01 was a Thursday
  if (window.start < window.end)
    return minute >= window.start && minute < window.end && (window.days & (1 << day)) !== 0;
  if (minute >= window.start) return (window.days & (1 << day)) !== 0;
  return minute < window.end && (window.days & (1 << ((day + 6) % 7))) !== 0;
}
