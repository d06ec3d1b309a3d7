/**
 * Users with a first harm, tested against the random assignment. Valid by design.
 *
 * A user is in the candidate arm if a salted hash says so, which is independent of all the user does.
 * Under "the candidate harms users at most r0 times as much", the next first harm (a user's first failed request
 * in this rollout) falls in the candidate arm with a probability of at most
 *
 *     theta(r0) = w r0 / (w r0 + 1 - w),     w = the candidate's share of buckets,
 *
 * whoever it is, however active, whatever happens to both arms at that time. So with f_c and f_s first harms in
 * an interval, each ratio r of a grid adds f_c ln(theta(r)/theta(r0)) + f_s ln((1-theta(r))/(1-theta(r0))).
 * Requests would not do: those of one user are not independent, and a cohort differs by luck of the draw.
 *
 * Not covered: once most users were harmed little is left to see (the unit then falls back to requests);
 * exposure that depends on counts depends a little on users already seen (no effect was measurable).
 */

interface Grid {
  readonly ratios: readonly number[];
  readonly logs: readonly number[];
}

const harmGrid = gridOf(logSpaced(1.3, 40, 12));
/** Most faults multiply errors by two to ten; what is far beyond shows in a handful of harms anyway. */
export const firstHarmWeights: readonly number[] = [
  0.06, 0.18, 0.18, 0.14, 0.1, 0.09, 0.09, 0.06, 0.04, 0.03, 0.02, 0.01,
];
/** Users for whom nothing works are rare before a fault, and many times as many after it. */
const stuckGrid = gridOf([3, 10, 40, 150]);
export const firstStuckWeights: readonly number[] = [0.15, 0.25, 0.3, 0.3];
/** Bets on safety, as powers of the tolerated ratio: -1 is a candidate that is just like the baseline. */
const safePowers: readonly number[] = [-0.4, -0.7, -1, -1.5, -2.5];
export const firstSafeWeights: readonly number[] = [0.02, 0.08, 0.8, 0.08, 0.02];
/** Nothing is to be shown below a tolerance of 1 but by a candidate that is better. */
const safeRatioMin = 1.2;

export interface FirstHarms {
  /** The candidate's share of buckets, 0..1. */
  readonly share: number;
  readonly baseline: number;
  readonly candidate: number;
}

/** Log increments of evidence that candidate/baseline is above `ratio`, per bet; none when nothing is said. */
export function firstHarmIncrements(
  harms: FirstHarms,
  ratio: number,
): readonly number[] | undefined {
  return increments(harms, ratio, harmGrid);
}

/** The same for users who were stuck for the first time: whoever it is, that is as much a matter of the draw. */
export function firstStuckIncrements(
  stuck: FirstHarms,
  ratio: number,
): readonly number[] | undefined {
  return increments(stuck, ratio, stuckGrid);
}

/** Log increments of evidence that candidate/baseline is below `ratio`, per bet; none when nothing is said. */
export function firstSafeIncrements(
  harms: FirstHarms,
  ratio: number,
): readonly number[] | undefined {
  const base = Math.max(safeRatioMin, ratio);
  return increments(harms, ratio, gridOf(safePowers.map((power) => base ** power)));
}

function increments(
  harms: FirstHarms,
  ratio: number,
  { ratios, logs }: Grid,
): readonly number[] | undefined {
  const { share, baseline, candidate } = harms;
  // With nobody, or everybody, in the candidate arm its share of harms says nothing.
  if (share <= 0 || share >= 1 || baseline + candidate === 0) return undefined;
  const rest = 1 - share;
  const atNull = share * ratio + rest;
  const found = logs.slice();
  for (let bet = 0; bet < found.length; bet += 1) {
    const shrink = Math.log(atNull / (share * ratio * (ratios[bet] ?? 1) + rest));
    found[bet] = candidate * (logs[bet] ?? 0) + (candidate + baseline) * shrink;
  }
  return found;
}

function gridOf(ratios: readonly number[]): Grid {
  return { ratios, logs: ratios.map((ratio) => Math.log(ratio)) };
}

function logSpaced(from: number, to: number, points: number): readonly number[] {
  const step = Math.log(to / from) / (points - 1);
  return Array.from({ length: points }, (_, index) => from * Math.exp(step * index));
}
