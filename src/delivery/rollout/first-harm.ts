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

const harmRatios = logSpaced(1.15, 60, 16);
const safeRatios = logSpaced(0.15, 0.92, 8);

export const firstHarmBets = harmRatios.length;
export const firstSafeBets = safeRatios.length;

export interface FirstHarms {
  /** The candidate's share of buckets, 0..1. */
  readonly share: number;
  readonly baseline: number;
  readonly candidate: number;
}

/** Log increments of evidence that candidate/baseline is above `ratio`, per bet. */
export function firstHarmIncrements(harms: FirstHarms, ratio: number): readonly number[] {
  return increments(harms, ratio, harmRatios);
}

/** Log increments of evidence that candidate/baseline is below `ratio`, per bet. */
export function firstSafeIncrements(harms: FirstHarms, ratio: number): readonly number[] {
  return increments(harms, ratio, safeRatios);
}

function increments(harms: FirstHarms, ratio: number, grid: readonly number[]): readonly number[] {
  const { share, baseline, candidate } = harms;
  // With nobody, or everybody, in the candidate arm its share of harms says nothing.
  if (share <= 0 || share >= 1 || baseline + candidate === 0) return grid.map(() => 0);
  const rest = 1 - share;
  const atNull = share * ratio + rest;
  return grid.map((factor) => {
    const shrink = Math.log(atNull / (share * ratio * factor + rest));
    return candidate * (Math.log(factor) + shrink) + baseline * shrink;
  });
}

function logSpaced(from: number, to: number, points: number): readonly number[] {
  const step = Math.log(to / from) / (points - 1);
  return Array.from({ length: points }, (_, index) => from * Math.exp(step * index));
}
