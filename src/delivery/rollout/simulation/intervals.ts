/** How sure a number of runs makes one: exact intervals with 95 % confidence. */

/** Each side's part of what may be missed. */
const tail = 0.025;

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Clopper and Pearson's interval for a share of `events` in `sample` runs. */
export function shareInterval(events: number, sample: number): Interval {
  if (sample === 0) return { low: 0, high: 1 };
  const low = events === 0 ? 0 : bisect((p) => 1 - binomialBelow(events - 1, sample, p) < tail);
  const high = events === sample ? 1 : bisect((p) => binomialBelow(events, sample, p) > tail);
  return { low, high };
}

/** Where, from 0 to 1, a condition that holds at first stops to hold. */
function bisect(holds: (p: number) => boolean): number {
  let [low, high] = [0, 1];
  for (let step = 0; step < 50; step += 1) {
    const middle = (low + high) / 2;
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** P(at most `events` of `sample`), each with probability p. */
function binomialBelow(events: number, sample: number, p: number): number {
  if (p <= 0) return 1;
  if (p >= 1) return events >= sample ? 1 : 0;
  const logOdds = Math.log(p) - Math.log1p(-p);
  let log = sample * Math.log1p(-p);
  let sum = Math.exp(log);
  for (let k = 1; k <= events; k += 1) {
    log += Math.log((sample - k + 1) / k) + logOdds;
    sum += Math.exp(log);
  }
  return Math.min(1, sum);
}

/** A quantile of sorted values, and the order statistics between which it lies; Infinity: never. */
export interface QuantileEstimate extends Interval {
  readonly value: number;
}

/** `sorted` is not empty; `at` is 0..1. The value at which at least `at` of the runs have come. */
export function quantileOf(sorted: readonly number[], at: number): QuantileEstimate {
  const size = sorted.length;
  const rank = (index: number) => sorted[Math.max(0, Math.min(size - 1, index))] ?? Infinity;
  // The number of runs below the true quantile is binomial: ranks that it leaves on either side rarely.
  let low = 0;
  while (low < size && binomialBelow(low, size, at) <= tail) low += 1;
  let high = low;
  while (high < size && binomialBelow(high, size, at) < 1 - tail) high += 1;
  return {
    value: rank(Math.ceil(at * size) - 1),
    low: low === 0 && binomialBelow(0, size, at) > tail ? 0 : rank(low - 1),
    high: high >= size ? Infinity : rank(high),
  };
}
