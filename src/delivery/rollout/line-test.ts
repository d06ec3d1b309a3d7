/**
 * Requests, tested against a line: is the candidate's ratio p_c above or below `slope * p_s + offset`?
 * (slope 1.5, offset 0: a ratio; slope 1, offset 0.005: an excess of half a point.)
 *
 * With x of n events per arm in one interval, the harm bet B > 0 pays
 *
 *     e = (1+B)^{x_c} (1-A)^{x_s} / [ (1+B(slope p* + offset))^{n_c} (1-A p*)^{n_s} ]
 *
 * Why its mean is at most 1 under p_c <= slope p_s + offset, whatever p_s is: the mean's logarithm is at most
 * n_c ln(1+B(slope p_s+offset)) + n_s ln(1-A p_s) - (the same at p*), concave in p_s, and A is chosen so that its
 * derivative is zero at p*. So p* is only a guess (the baseline's ratio so far, known before the
 * interval): a wrong guess costs power, never validity. No bound on p_s is needed, the base may move from
 * interval to interval, and by concavity requests need not be alike, only independent given who sends them.
 * The safe bet is the mirror with (1-A)^{x_c} (1+B)^{x_s}. With no errors in either arm it gains
 * n_c * offset: that is what makes "safe" provable for a service that never fails.
 *
 * Source: exponential supermartingales (Howard et al. 2020, "Time-uniform Chernoff bounds") with the null
 * point of Turner, Ly and Grünwald, arXiv 2106.02693. Assumes independent requests given the users; what
 * single users do to that is why errors are judged by users where users can be told apart.
 */

export interface Line {
  readonly slope: number;
  readonly offset: number;
}

/** Events (failed, or slower than a threshold) of `sample` requests per arm, in one interval. */
export interface Trial {
  readonly baseline: { readonly events: number; readonly sample: number };
  readonly candidate: { readonly events: number; readonly sample: number };
  /** p*: the baseline's ratio so far, without this interval. */
  readonly guess: number;
}

const harmBets: readonly number[] = [0.3, 0.8, 2, 5, 13, 40];
const harmBetLogs: readonly number[] = harmBets.map((bet) => Math.log1p(bet));
const safeBets: readonly number[] = [0.97, 0.75, 0.5, 0.35, 0.25, 0.12];
/** Weights of the safe bets in their mean: the highest stake is the one that few or no errors call for. */
export const lineSafeWeights: readonly number[] = [0.4, 0.12, 0.12, 0.12, 0.12, 0.12];
/** The same for a line through the origin, where nothing is to be shown without errors. */
export const ratioSafeWeights: readonly number[] = [0.03, 0.1, 0.7, 0.1, 0.05, 0.02];
/** Stakes on such a line, as multiples of the one that is best for a candidate that is like the baseline. */
const ratioStakes: readonly number[] = [0.35, 0.65, 1, 1.4, 2, 2.8];
/** Nothing is to be shown below a tolerance of 1 but by a candidate that is better. */
const safeSlopeMin = 1.2;
export const lineHarmBets = harmBets.length;

/** A stake near 1 would lose everything with one event. */
const stakeMax = 0.98;
/** The null point stays inside the square of ratios. */
const nullRatioMax = 0.999;

/** Log increments of evidence that the candidate lies above the line, per bet; none when nothing is said. */
export function lineHarmIncrements(trial: Trial, line: Line): readonly number[] | undefined {
  const { baseline, candidate } = trial;
  // Without a baseline in the same interval nothing can be held against the candidate.
  if (baseline.sample === 0 || candidate.sample === 0) return undefined;
  const guess = nullPoint(trial.guess, line);
  const limit = line.slope * guess + line.offset;
  const parity = (candidate.sample * line.slope) / baseline.sample;
  const increments = harmBets.slice();
  for (let index = 0; index < increments.length; index += 1) {
    let bet = harmBets[index] ?? 0;
    let betLog = harmBetLogs[index] ?? 0;
    let odds = (parity * bet) / (1 + bet * limit);
    let stake = odds / (1 + odds * guess);
    if (stake > stakeMax) {
      // The candidate has more requests than the baseline can cover: bet as much as it can.
      stake = stakeMax;
      odds = stake / (1 - stake * guess);
      bet = odds / (parity - odds * limit);
      betLog = Math.log1p(bet);
    }
    // 1 - stake * guess is 1 / (1 + odds * guess).
    increments[index] =
      candidate.events * betLog +
      (baseline.events === 0 ? 0 : baseline.events * Math.log1p(-stake)) -
      candidate.sample * Math.log1p(bet * limit) +
      baseline.sample * Math.log1p(odds * guess);
  }
  return increments;
}

/** Log increments of evidence that the candidate lies below the line, per bet; none when nothing is said. */
export function lineSafeIncrements(trial: Trial, line: Line): readonly number[] | undefined {
  const { baseline, candidate } = trial;
  if (candidate.sample === 0) return undefined;
  const { slope, offset } = line;
  // No baseline: its ratio is at least 0, and the candidate is compared with the bare offset.
  const isAlone = baseline.sample === 0;
  const guess = isAlone ? 0 : nullPoint(trial.guess, line);
  const limit = slope * guess + offset;
  const parity = isAlone ? 0 : (candidate.sample * slope) / baseline.sample;
  const increments = safeBets.slice();
  const stakes = offset === 0 ? stakesOnRatio(slope, trial) : safeBets;
  for (let index = 0; index < increments.length; index += 1) {
    const stake = stakes[index] ?? 0;
    const odds = (parity * stake) / (1 - stake * limit);
    // Too few baseline requests for this guess: 0 is a valid guess, too.
    const isCovered = odds * guess < stakeMax;
    const bet = isCovered ? odds / (1 - odds * guess) : (parity * stake) / (1 - stake * offset);
    const [at, ratio] = isCovered ? [limit, guess] : [offset, 0];
    increments[index] =
      (candidate.events === 0 ? 0 : candidate.events * Math.log1p(-stake)) +
      (baseline.events === 0 ? 0 : baseline.events * Math.log1p(bet)) -
      candidate.sample * Math.log1p(-stake * at) -
      (ratio === 0 ? 0 : baseline.sample * Math.log1p(bet * ratio));
  }
  return increments;
}

/**
 * Stakes on a line through the origin. The one that gains most from a candidate like the baseline where events are
 * rare is A = (1-w) (slope-1) / slope, w the candidate's share of requests: with B = A slope n_c / n_s that is the
 * maximum of n_c ln(1-A) + n_s ln(1+B). Known before any event of the interval, so validity does not depend on it.
 */
function stakesOnRatio(slope: number, { baseline, candidate }: Trial): readonly number[] {
  const share = candidate.sample / (candidate.sample + baseline.sample);
  const above = Math.max(safeSlopeMin, slope);
  const usual = ((1 - share) * (above - 1)) / above;
  return ratioStakes.map((multiple) => Math.min(stakeMax, usual * multiple));
}

function nullPoint(guess: number, line: Line): number {
  return Math.max(0, Math.min(guess, (nullRatioMax - line.offset) / line.slope));
}
