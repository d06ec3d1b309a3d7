/** What a bench saw, and how it is summed up: medians and tails, never means. */

export function quantile(values: readonly number[], at: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(at * sorted.length))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function milliseconds(value: number): string {
  return Number.isFinite(value) ? `${Math.round(value)} ms` : "-";
}

/** p50, p95 and the number of samples, as three cells of a table. */
export function spread(valuesMs: readonly number[]): readonly [string, string, string] {
  return [
    milliseconds(median(valuesMs)),
    milliseconds(quantile(valuesMs, 0.95)),
    String(valuesMs.length),
  ];
}

/** A bar of the project and whether this run met it. */
export function judged(isMet: boolean, bar: string): string {
  return `${bar}: ${isMet ? "met" : "**missed**"}`;
}
