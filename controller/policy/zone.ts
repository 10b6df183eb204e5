import { Temporal } from "temporal-polyfill";

/** UTC offset in milliseconds of one zone at an instant (epoch ms). */
export type ZoneOffset = (now: number) => number;

const utc: ZoneOffset = () => 0;
const compiled = new Map<string, ZoneOffset>();

/** Whether the IANA time zone exists. */
export function isTimeZone(zone: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

interface Span {
  from: number;
  until: number;
  offset: number;
}

/** The span of constant offset that holds `now`; open ends are bounded to what is asked about. */
function spanAt(zone: string, now: number): Span {
  const here = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(zone);
  const next = here.getTimeZoneTransition("next");
  const until = next ? next.epochMilliseconds : Number.POSITIVE_INFINITY;
  // "previous" is strictly earlier than its instant; one millisecond on, a transition at `now` itself counts too
  const previous = Temporal.Instant.fromEpochMilliseconds(now + 1)
    .toZonedDateTimeISO(zone)
    .getTimeZoneTransition("previous");
  const from = previous ? previous.epochMilliseconds : Number.NEGATIVE_INFINITY;
  return { from, until, offset: here.offsetNanoseconds / 1e6 };
}

/**
 * The zone's offset as a function of time. Asking the calendar costs tens of microseconds, so the spans between two
 * transitions are remembered. Throws RangeError for an unknown zone.
 */
export function zoneOffset(zone: string): ZoneOffset {
  if (zone === "UTC" || zone === "Etc/UTC") return utc;
  const known = compiled.get(zone);
  if (known) return known;
  if (!isTimeZone(zone)) throw new RangeError(`unknown time zone ${JSON.stringify(zone.slice(0, 64))}`);
  let spans: Span[] = [];
  const offset: ZoneOffset = (now) => {
    for (const span of spans) if (now >= span.from && now < span.until) return span.offset;
    const span = spanAt(zone, now);
    spans = [span, ...spans].slice(0, 16);
    return span.offset;
  };
  if (compiled.size < 1024) compiled.set(zone, offset);
  return offset;
}
