/**
 * Mixtures of e-processes.
 *
 * An e-process is evidence that may be looked at after every interval: it is non-negative and its mean is
 * at most 1 under the null hypothesis at any stopping time, so it ever reaches 1/alpha with probability
 * at most alpha (Ville). A weighted mean of e-processes is one again. Two means are taken:
 * over a grid of bets (how large the effect may be), and, for harm, over the moment at which
 * it began: most of the weight starts at once, some is spread evenly over the policy's maximum duration, each
 * share joining as its interval begins, and some joins when exposure grows (half of what is left, each
 * time). A leak that starts to hurt after twenty minutes so pays ln(3600 s / its detection time), not for
 * twenty minutes of good behaviour. The sum over all starting moments is one number per bet:
 *
 *     v_j <- (v_j + started / bets) * e^{increment_j}          E = sum_j v_j + what has not started yet
 *
 * `values` are evidence itself, not its logarithm: then a mean is a sum, and an interval without events costs
 * no logarithm. They are held between 0 and a cap; capping an e-value from above keeps it valid, and what
 * falls below the floor counts as 0, which only loses evidence.
 *
 * Source: averaging of restarted e-processes is Shin, Ramdas, Rinaldo, "E-detectors"; the priors are ours.
 */

/** Which starting moments have begun: shared by all mixtures of a rollout. */
export interface StartingMoments {
  /** Weight of the moments still to come, spread evenly over the maximum duration. */
  readonly lateLeft: number;
  /** Weight of the exposure steps still to come. */
  readonly stepLeft: number;
  /** Exposure of the newest interval, in buckets; -1 before the first. */
  readonly exposure: number;
}

/** Most faults are there from the first request on; the rest pays for late ones. */
const massAtStart = 0.85;
const massLate = 0.12;
const massOfSteps = 0.03;
const valueMax = 1e300;
/** Numbers below the normal range are slow, and no evidence. */
const valueFloor = 1e-290;

export const nothingStarted: StartingMoments = {
  lateLeft: massLate,
  stepLeft: massOfSteps,
  exposure: -1,
};

/** The weight that starts with an interval, which lasts `share` of the maximum duration, and what is left then. */
export function startInterval(
  moments: StartingMoments,
  { share, exposure }: { readonly share: number; readonly exposure: number },
): { readonly moments: StartingMoments; readonly started: number } {
  const late = Math.min(moments.lateLeft, massLate * share);
  const isStep = moments.exposure >= 0 && exposure > moments.exposure;
  const step = isStep ? moments.stepLeft / 2 : 0;
  return {
    started: late + step,
    moments: { lateLeft: moments.lateLeft - late, stepLeft: moments.stepLeft - step, exposure },
  };
}

/** Evidence of harm before the first interval: one cell per bet. */
export function emptyHarm(bets: number): readonly number[] {
  return weightedHarm(evenWeights(bets));
}

/** The same with weights of the bets, which add up to 1. */
export function weightedHarm(weights: readonly number[]): readonly number[] {
  return weights.map((weight) => massAtStart * weight);
}

/**
 * Adds what starts with this interval, then its increments (logs; absent: the interval says nothing), of
 * which none counts for more than `incrementMax`.
 */
export function foldHarm(
  values: readonly number[],
  increments: readonly number[] | undefined,
  {
    started,
    incrementMax = Infinity,
  }: { readonly started: number; readonly incrementMax?: number },
): readonly number[] {
  if (increments === undefined && started === 0) return values;
  const added = started / values.length;
  const next = values.slice();
  if (increments === undefined) {
    for (let bet = 0; bet < next.length; bet += 1) next[bet] = (next[bet] ?? 0) + added;
    return next;
  }
  for (let bet = 0; bet < next.length; bet += 1) {
    const increment = Math.min(increments[bet] ?? 0, incrementMax);
    next[bet] = times((next[bet] ?? 0) + added, increment);
  }
  return next;
}

/** Evidence of harm, all starting moments together. */
export function eOfHarm(values: readonly number[], moments: StartingMoments): number {
  return Math.min(valueMax, sumOf(values) + moments.lateLeft + moments.stepLeft);
}

/** Evidence without restarts before the first interval; `weights` add up to 1. */
export function emptySafe(weights: readonly number[]): readonly number[] {
  return weights;
}

/** Equal weights of a mean of that many. */
export function evenWeights(bets: number): readonly number[] {
  return Array.from({ length: bets }, () => 1 / bets);
}

/** Adds increments to the cells of a mixture without restarts. */
export function foldSafe(
  values: readonly number[],
  increments: readonly number[] | undefined,
): readonly number[] {
  if (increments === undefined) return values;
  const next = values.slice();
  for (let bet = 0; bet < next.length; bet += 1) {
    next[bet] = times(next[bet] ?? 0, increments[bet] ?? 0);
  }
  return next;
}

/** Evidence of a mixture without restarts. */
export function eOfSafe(values: readonly number[]): number {
  return Math.min(valueMax, sumOf(values));
}

/** Natural log of evidence, for people and thresholds; finite, whatever was lost. */
export function logOf(evidence: number): number {
  return Math.log(Math.max(valueFloor, evidence));
}

function times(value: number, increment: number): number {
  const product = value * Math.exp(increment);
  if (product < valueFloor) return 0;
  // A product of 0 and infinity is not a number, and no evidence.
  return product < valueMax ? product : value > 0 ? valueMax : 0;
}

function sumOf(values: readonly number[]): number {
  let sum = 0;
  for (let index = 0; index < values.length; index += 1) sum += values[index] ?? 0;
  return sum;
}
