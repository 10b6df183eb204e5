import type { TimeWindow } from "../api/types.ts";
import { compileWindow, inWindow } from "../policy/time.ts";

const DAY = 1440;
const WEEK = 7 * DAY;
const MINUTE_MS = 60_000;
/** Monday 2026-01-05, 00:00 UTC. */
const MONDAY = Date.UTC(2026, 0, 5);

/** Minutes of a local week, one per element. */
type Week = Uint8Array;

/** The minutes that windows cover, by time zone: in one zone a window depends on nothing but weekday and minute. */
function weeks(windows: readonly TimeWindow[]): Map<string, Week> {
  const all = new Map<string, Week>();
  for (const window of windows) {
    const zone = window.timeZone ?? "UTC";
    const week = all.get(zone) ?? new Uint8Array(WEEK);
    const { days, start, end } = compileWindow(window);
    const length = end > start ? end - start : end + DAY - start;
    for (let day = 0; day < 7; day++) {
      if ((days & (1 << day)) === 0) continue;
      for (let i = 0; i < length; i++) week[(day * DAY + start + i) % WEEK] = 1;
    }
    all.set(zone, week);
  }
  return all;
}

/** Whether some window of `outer` holds whenever one of `inner` does, as far as that can be proven; absent means always. */
export function windowsContain(
  outer: readonly TimeWindow[] | undefined,
  inner: readonly TimeWindow[] | undefined,
): boolean {
  if (outer === undefined) return true;
  const have = weeks(outer);
  if ([...have.values()].some((week) => !week.includes(0))) return true;
  if (inner === undefined) return false;
  for (const [zone, week] of weeks(inner)) {
    const cover = have.get(zone);
    if (!cover || week.some((minute, i) => minute === 1 && cover[i] === 0)) return false;
  }
  return true;
}

/** Instants (epoch ms) of a week at which windows begin, end, or have just begun or ended; `from` is the first of all. */
export function boundaries(windows: readonly TimeWindow[], from: number = MONDAY): number[] {
  const instants = new Set<number>([from]);
  for (const window of windows) {
    const { start, end, offset } = compileWindow(window);
    for (let day = -1; day < 8; day++) {
      for (const minute of [start, end]) {
        const local = Math.floor(from / (DAY * MINUTE_MS)) * DAY * MINUTE_MS + (day * DAY + minute) * MINUTE_MS;
        const at = local - offset(local);
        for (const instant of [at - MINUTE_MS, at]) {
          if (instant >= from && instant < from + WEEK * MINUTE_MS) instants.add(instant);
        }
      }
    }
  }
  return [...instants].sort((a, b) => a - b);
}

/** An instant at which both have a window; undefined when none is found. Absent means always. */
export function commonTime(
  a: readonly TimeWindow[] | undefined,
  b: readonly TimeWindow[] | undefined,
): number | undefined {
  const holds = [a, b].map((windows) => windows?.map(compileWindow));
  const at = (now: number): boolean =>
    holds.every((windows) => windows === undefined || windows.some((window) => inWindow(window, now)));
  return boundaries([...(a ?? []), ...(b ?? [])]).find(at);
}
