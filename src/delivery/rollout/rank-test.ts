/**
 * Ranks: is the candidate slower all in all?
 *
 * Each response gets a score in 0..1, the part of the baseline's responses so far that were not slower than
 * it (from the least threshold up; what is faster scores 0). A score is a mean of "slower than T" over thresholds
 * T, so if at every threshold the candidate's part is at most the baseline's plus the offset, then its mean
 * score is, too: the null hypothesis is implied by that of every threshold. The scores' weights are known before the
 * interval, so they may follow the baseline.
 *
 * With X the candidate's scores and Y the baseline's in one interval, the bet B > 0 pays
 *
 *     e = prod (1 + B X_i) prod (1 - A Y_j) / [ (1 + B (p* + offset))^{n_c} (1 - A p*)^{n_s} ],
 *
 * the line test with scores in the place of events: the mean of (1 + B X) is 1 + B E[X] whatever the
 * distribution, so all that is said there of the null point holds. It sees x1.25 in half the time of the best
 * threshold, because it uses how much slower each response is.
 */
import { cellShift, latencyBoundsMs, latencyCells, type ArmCounts } from "#domain";
import type { FoldContext } from "./guardrail.ts";
import { latencyLogEPerIntervalMax, latencyThresholdMsMin } from "./limits.ts";
import { foldHarm, weightedHarm } from "./mixture.ts";

export interface RankState {
  /** The baseline's responses so far, by cell. */
  readonly baseline: readonly number[];
  /** Absent before the baseline had a response from the least threshold up. */
  readonly scores?: Scores;
  readonly harm: readonly number[];
}

interface Scores {
  readonly byCell: readonly number[];
  /** Logs of 1 + bet * score, one row of cells per bet. */
  readonly gains: readonly (readonly number[])[];
  /** The baseline's mean score. */
  readonly guess: number;
  /** Baseline responses that they were made from. */
  readonly sample: number;
}

const bets: readonly number[] = [0.5, 1.2, 3];
const firstCell = latencyBoundsMs.findIndex((boundMs) => boundMs >= latencyThresholdMsMin);
const stakeMax = 0.98;
/** Scores follow the baseline each time that its sample has grown by this factor: rarely is enough. */
const rescoreGrowth = 1.25;

export const emptyRank: RankState = {
  baseline: Array.from({ length: latencyCells }, () => 0),
  harm: weightedHarm([0.15, 0.7, 0.15]),
};

/** Adds baseline responses that are compared with nothing. */
export function learnRank(state: RankState, { latency }: ArmCounts): RankState {
  return { ...state, baseline: sums(state.baseline, latency) };
}

export function foldRank(state: RankState, context: FoldContext): RankState {
  const { counts, policy, started } = context;
  const scores = scoresFor(state);
  const { tolerance } = policy;
  const increments =
    scores === undefined
      ? undefined
      : incrementsOf(scores, {
          baseline: counts.baseline.latency,
          candidate: counts.candidate.latency,
          shift: cellShift(tolerance.ratio),
          offset: Math.max(0, tolerance.absolute ?? 0),
        });
  return {
    baseline: sums(state.baseline, counts.baseline.latency),
    ...(scores === undefined ? {} : { scores }),
    harm: foldHarm(state.harm, increments, { started, incrementMax: latencyLogEPerIntervalMax }),
  };
}

/** Known before the interval, whether made anew or kept. */
function scoresFor({ baseline, scores }: RankState): Scores | undefined {
  const sample = total(baseline);
  if (scores !== undefined && sample < rescoreGrowth * scores.sample) return scores;
  const byCell = scoresOf(baseline);
  if (byCell === undefined) return undefined;
  const gains = bets.map((bet) => byCell.map((score) => Math.log1p(bet * score)));
  return { byCell, gains, guess: meanScore(byCell, baseline), sample };
}

interface Trial {
  readonly baseline: readonly number[];
  readonly candidate: readonly number[];
  /** How many cells slower the candidate may be. */
  readonly shift: number;
  readonly offset: number;
}

function incrementsOf(scores: Scores, trial: Trial): readonly number[] | undefined {
  const { baseline, candidate, shift, offset } = trial;
  const { guess, byCell, gains } = scores;
  const samples = { baseline: total(baseline), candidate: total(candidate) };
  if (samples.baseline === 0 || samples.candidate === 0) return undefined;
  const limit = guess + offset;
  const parity = samples.candidate / samples.baseline;
  return bets.map((wanted, index) => {
    let bet = wanted;
    let gain = gains[index] ?? [];
    let odds = (parity * bet) / (1 + bet * limit);
    let stake = odds / (1 + odds * guess);
    if (stake > stakeMax) {
      // The candidate has more requests than the baseline can cover: bet as much as it can.
      stake = stakeMax;
      odds = stake / (1 - stake * guess);
      bet = odds / (parity - odds * limit);
      gain = byCell.map((score) => Math.log1p(bet * score));
    }
    let log =
      samples.baseline * Math.log1p(odds * guess) - samples.candidate * Math.log1p(bet * limit);
    for (let cell = firstCell + 1; cell < latencyCells; cell += 1) {
      const slow = baseline[cell] ?? 0;
      if (slow > 0) log += slow * Math.log1p(-stake * (byCell[cell] ?? 0));
      log += (candidate[cell + shift] ?? 0) * (gain[cell] ?? 0);
    }
    return log;
  });
}

/** Score of each cell; none before the baseline had a response from the least threshold up. */
function scoresOf(baseline: readonly number[]): readonly number[] | undefined {
  let all = 0;
  for (let cell = firstCell + 1; cell < latencyCells; cell += 1) all += baseline[cell] ?? 0;
  if (all === 0) return undefined;
  const scores = baseline.slice();
  let sum = 0;
  for (let cell = 0; cell < latencyCells; cell += 1) {
    if (cell > firstCell) sum += baseline[cell] ?? 0;
    scores[cell] = sum / all;
  }
  return scores;
}

function meanScore(scores: readonly number[], baseline: readonly number[]): number {
  let [score, all] = [0, 1];
  for (let cell = 0; cell < latencyCells; cell += 1) {
    const responses = baseline[cell] ?? 0;
    score += (scores[cell] ?? 0) * responses;
    all += responses;
  }
  return score / all;
}

function sums(a: readonly number[], b: readonly number[]): readonly number[] {
  const next = a.slice();
  for (let cell = 0; cell < next.length; cell += 1) next[cell] = (next[cell] ?? 0) + (b[cell] ?? 0);
  return next;
}

function total(cells: readonly number[]): number {
  let sum = 0;
  for (let cell = 0; cell < cells.length; cell += 1) sum += cells[cell] ?? 0;
  return sum;
}
