import { DAYS, type Day } from "../../controller/api/vocabulary.ts";
import type { PythonWindow } from "./shapes.ts";

/** A window as a rule writes it. */
export interface Window {
  days?: Day[];
  start?: string;
  end?: string;
}

function clock(hour: number): string {
  return `${String(hour).padStart(2, "0")}:00`;
}

/**
 * The windows that hold at the same times, none when it never holds. Their end hour is included, and their day is that of the
 * request: what runs past midnight becomes two windows, since ours belong to the day on which they begin.
 */
export function toWindows(window: PythonWindow): Window[] {
  const { start_hour: start, end_hour: end } = window;
  let days: Day[] | undefined;
  if (window.days !== undefined) {
    const wanted = window.days;
    days = DAYS.filter((_, i) => wanted.includes(i));
    if (days.length === 0) return [];
  }
  const part = (from: number, to: number): Window => ({
    ...(days && days.length < DAYS.length && { days }),
    start: clock(from),
    end: clock(to),
  });
  return start <= end ? [part(start, end + 1)] : [part(start, 24), part(0, end + 1)];
}
