import { performance } from "node:perf_hooks";

/** How `count` runs of something went with a number of them under way at a time. Times in milliseconds. */
export interface Load {
  perSecond: number;
  times: number[];
}

/** Runs `work` `count` times, `width` at once. Rejects with the first failure. */
export async function inFlight(count: number, width: number, work: (index: number) => Promise<void>): Promise<Load> {
  const times: number[] = [];
  let next = 0;
  const begun = performance.now();
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (let index = next++; index < count; index = next++) {
        const start = performance.now();
        await work(index);
        times.push(performance.now() - start);
      }
    }),
  );
  return { perSecond: (count * 1000) / (performance.now() - begun), times };
}

/** The value below which `share` of `values` are; 0 for none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
