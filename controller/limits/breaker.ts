import type { BreakerLimit } from "./risk-limits.ts";

/**
 * When the breaker opened, by its denials alone (epoch ms, ascending); undefined when it is closed at `now`. An open breaker
 * lets nothing through, so that it closes after its cooldown and with it forgets the denials that had opened it.
 */
export function openedAt(denials: readonly number[], limit: BreakerLimit, now: number): number | undefined {
  let opened: number | undefined;
  /** Denials from here on are remembered. */
  let first = 0;
  for (const [i, time] of denials.entries()) {
    if (opened !== undefined && time - opened >= limit.cooldownMs) {
      opened = undefined;
      first = i;
    }
    while ((denials[first] ?? time) < time - limit.windowMs) first++;
    if (i - first + 1 >= limit.threshold) opened = time;
  }
  return opened !== undefined && now - opened < limit.cooldownMs ? opened : undefined;
}
