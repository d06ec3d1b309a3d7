/**
 * What counts must be wherever they pass. Who stores them refuses by the same rules as who judges them:
 * what is stored and then refused is lost, and no replay gets past it.
 */
import type { MetricCounts } from "./counts.ts";
import type { InvalidInput } from "./errors.ts";

/** No interval of one edge, and no reading, counts more than this; beyond it the input is broken, not busy. */
export const countPerIntervalMax = 1_000_000_000;
/** No interval lasts longer; beyond it a clock jumped. */
export const intervalMsMax = 600_000;

export type RuleBroken = Pick<InvalidInput, "field" | "expected"> & { readonly found: unknown };

/** What is wrong with an interval's time, if anything. */
export function brokenTime(startAt: number, endAt: number): RuleBroken | undefined {
  if (!Number.isFinite(startAt) || !Number.isFinite(endAt) || endAt < startAt) {
    return { field: "endAt", expected: "an instant not before startAt", found: endAt };
  }
  if (endAt - startAt <= intervalMsMax) return undefined;
  const expected = `at most ${intervalMsMax} ms after startAt: a clock jumped`;
  return { field: "endAt", expected, found: endAt };
}

/** What is wrong with events among a sample, if anything. */
export function brokenCounts({ events, sample }: MetricCounts): RuleBroken | undefined {
  if (!isIntervalCount(sample)) {
    return {
      field: "sample",
      expected: `a whole number, 0..${countPerIntervalMax}`,
      found: sample,
    };
  }
  return isIntervalCount(events) && events <= sample
    ? undefined
    : { field: "events", expected: `a whole number, 0..${sample}`, found: events };
}

/** A whole number that one interval can count. */
export function isIntervalCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value <= countPerIntervalMax;
}
