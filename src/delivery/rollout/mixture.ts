/**
 * Mixtures of e-processes in log space.
 *
 * An e-process is evidence that may be looked at after every interval: it is non-negative and its mean is
 * at most 1 under the null hypothesis at any stopping time, so it ever reaches 1/alpha with probability
 * at most alpha (Ville). A weighted mean of e-processes is one again. Two means are taken:
 * over a grid of bets (how large the effect may be), and, for harm, over the moment at which
 * it began: three quarters of the weight start at once, the rest is spread evenly over the policy's maximum
 * duration, each share joining as its interval begins. A leak that starts to hurt after twenty
 * minutes so pays ln(3600 s / its detection time), not for twenty minutes of good behaviour. The sum over
 * all starting moments is kept in one number per bet, hence O(grid) per interval:
 *
 *     l_j <- log(e^{l_j} + started) + increment_j          log E = log( mean_j e^{l_j} + not yet started )
 *
 * Source: averaging of restarted e-processes is Shin, Ramdas, Rinaldo, "E-detectors"; the even prior is ours.
 */

/** Evidence against "no more harmful than tolerated". `logs` has one cell per bet. */
export interface HarmMixture {
  readonly logs: readonly number[];
  /** Weight of the starting moments still to come. */
  readonly massLeft: number;
}

/** Most faults are there from the first request on; the rest pays for late ones. */
const massAtStart = 0.75;

export function emptyHarm(bets: number): HarmMixture {
  const start = Math.log(massAtStart);
  return { logs: Array.from({ length: bets }, () => start), massLeft: 1 - massAtStart };
}

/** Adds one interval; `startShare` is its length over the maximum duration. */
export function foldHarm(
  mixture: HarmMixture,
  increments: readonly number[],
  startShare: number,
): HarmMixture {
  const started = Math.min(mixture.massLeft, (1 - massAtStart) * startShare);
  const logStarted = started > 0 ? Math.log(started) : -Infinity;
  const logs = mixture.logs.map((log, bet) => logAdd(log, logStarted) + (increments[bet] ?? 0));
  return { logs, massLeft: mixture.massLeft - started };
}

export function logEOfHarm(mixture: HarmMixture): number {
  const logLeft = mixture.massLeft > 0 ? Math.log(mixture.massLeft) : -Infinity;
  return logAdd(logMeanExp(mixture.logs), logLeft);
}

/** Adds increments to the cells of a mixture without restarts (evidence of safety). */
export function foldSafe(
  logs: readonly number[],
  increments: readonly number[],
): readonly number[] {
  return logs.map((log, bet) => log + (increments[bet] ?? 0));
}

/** log(e^a + e^b) without overflow. */
export function logAdd(a: number, b: number): number {
  const high = Math.max(a, b);
  if (high === -Infinity) return -Infinity;
  return high + Math.log1p(Math.exp(Math.min(a, b) - high));
}

/** log of the mean of e^x, with equal weights or those given (which add up to 1). */
export function logMeanExp(logs: readonly number[], weights?: readonly number[]): number {
  const high = Math.max(...logs);
  if (high === -Infinity) return -Infinity;
  let sum = 0;
  for (const [index, log] of logs.entries()) {
    sum += (weights?.[index] ?? 1 / logs.length) * Math.exp(log - high);
  }
  return high + Math.log(sum);
}
