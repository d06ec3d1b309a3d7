/** What is made of many runs: shares with their intervals, quantiles, and how both are written. */

export interface Share {
  readonly share: number;
  /** 95 % interval by Wilson's method, which does not pretend that 0 of 200 is 0. */
  readonly low: number;
  readonly high: number;
}

const z95 = 1.959963984540054;

export function shareOf(hits: number, of: number): Share {
  if (of === 0) return { share: Number.NaN, low: 0, high: 1 };
  const share = hits / of;
  const spread = z95 ** 2 / of;
  const middle = (share + spread / 2) / (1 + spread);
  const reach = (z95 * Math.sqrt((share * (1 - share)) / of + spread / (4 * of))) / (1 + spread);
  // At the ends rounding would leave a trace of what is exactly 0 or 1.
  const low = hits === 0 ? 0 : Math.max(0, middle - reach);
  const high = hits === of ? 1 : Math.min(1, middle + reach);
  return { share, low, high };
}

/** Percentages: "2.5 [1.1, 5.7]". */
export function shareText({ share, low, high }: Share): string {
  return Number.isNaN(share) ? "" : `${percent(share)} [${percent(low)}, ${percent(high)}]`;
}

function percent(share: number): string {
  const value = 100 * share;
  return value === 0 || value === 100 ? String(value) : value.toFixed(value < 10 ? 1 : 0);
}

export function quantileOf(values: readonly number[], at: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(at * sorted.length))] ?? Number.NaN;
}

/** The values between which the median lies with 95 %: order statistics, no distribution assumed. */
export function medianInterval(values: readonly number[]): readonly [number, number] {
  const sorted = values.toSorted((a, b) => a - b);
  const reach = (z95 * Math.sqrt(sorted.length)) / 2;
  const at = (index: number): number =>
    sorted[Math.max(0, Math.min(sorted.length - 1, index))] ?? Number.NaN;
  return [at(Math.floor(sorted.length / 2 - reach)), at(Math.ceil(sorted.length / 2 + reach))];
}

/** Seconds for people: 45 s, 12 min, 3.0 h. */
export function durationText(seconds: number): string {
  if (Number.isNaN(seconds)) return "";
  if (seconds < 600) return `${Math.round(seconds)} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
