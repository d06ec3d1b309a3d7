/**
 * An interval for the difference of two shares, for a picture: Newcombe's, from Wilson's limits of each
 * (Statistics in Medicine 17, 1998, method 10). The verdict does not rest on it: that is an anytime-valid
 * test over intervals of time (see the glossary). Pure.
 */
export interface Seen {
  readonly events: number;
  readonly sample: number;
}

export interface Difference {
  /** Candidate minus baseline, -1..1. */
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/** Of the standard normal distribution: 95 % lie within. */
const z = 1.959964;

/** Nothing where an arm has no sample. */
export function differenceOf(baseline: Seen, candidate: Seen): Difference | undefined {
  if (baseline.sample <= 0 || candidate.sample <= 0) return undefined;
  const before = wilson(baseline);
  const after = wilson(candidate);
  const estimate = after.share - before.share;
  return {
    estimate,
    low: estimate - Math.hypot(after.share - after.low, before.high - before.share),
    high: estimate + Math.hypot(after.high - after.share, before.share - before.low),
  };
}

function wilson({ events, sample }: Seen) {
  const share = Math.min(1, Math.max(0, events / sample));
  const denominator = 1 + z ** 2 / sample;
  const centre = (share + z ** 2 / (2 * sample)) / denominator;
  const half =
    (z * Math.sqrt((share * (1 - share)) / sample + z ** 2 / (4 * sample ** 2))) / denominator;
  return { share, low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

/** How much more than the baseline is tolerated, as a difference of shares. */
export function toleratedDifference(
  baseline: Seen,
  tolerance: { readonly ratio: number; readonly absolute?: number | undefined },
): number {
  const share = baseline.sample <= 0 ? 0 : baseline.events / baseline.sample;
  return Math.max(share * (tolerance.ratio - 1), tolerance.absolute ?? 0);
}
