/**
 * Latency: is the candidate slower than tolerated, at any threshold?
 *
 * For each threshold T of the histogram's grid from 50 ms up the share of candidate requests slower than
 * ratio * T is compared with the share of baseline requests slower than T: with the share as the
 * event it is the line test with slope 1 and offset `absolute`. `ratio` thus means what people mean, "up to
 * 1.5 times as slow at any quantile", rounded up to the grid's cells (26 % each). Bucket edges are thresholds,
 * not quantiles, so nothing is interpolated.
 * Harm: a mean over thresholds (some threshold is worse), the better part of it on those that the baseline's own
 * requests are spread over, and over all thresholds at once, by rank (`rank-test.ts`), which sees a
 * release that is a little slower throughout much sooner. Safe: the least of all thresholds (every one is fine).
 */
import {
  cellShift,
  latencyBoundsMs,
  latencyCells,
  latencyWarmUpMs,
  type ArmCounts,
  type IntervalCounts,
} from "#domain";
import { secondsToReach } from "./forecast.ts";
import type { FoldContext, Guardrail, ReadContext, Reading } from "./guardrail.ts";
import {
  latencyLogEPerIntervalMax,
  latencyThresholdMsMax,
  latencyThresholdMsMin,
  latencyThresholdStride,
} from "./limits.ts";
import { type Line, lineHarmIncrements, lineSafeIncrements, lineSafeWeights } from "./line-test.ts";
import { emptySafe, eOfHarm, eOfSafe, foldHarm, foldSafe, logOf, weightedHarm } from "./mixture.ts";
import { type RankState, emptyRank, foldRank, learnRank } from "./rank-test.ts";
import { ratioSoFar } from "./totals.ts";

interface ThresholdState {
  /** Requests slower than the baseline's threshold, and than the candidate's (ratio times as long). */
  readonly baselineSlower: number;
  readonly candidateSlower: number;
  readonly harm: readonly number[];
  readonly safe: readonly number[];
}

export interface LatencyState {
  /** Thresholds that nothing has told apart yet are one object: they cost once. */
  readonly thresholds: readonly ThresholdState[];
  readonly baselineSample: number;
  readonly candidateSample: number;
  /** Weight of each threshold in the mean; set before the first interval that counts. */
  readonly weights?: readonly number[];
  readonly rank: RankState;
  /** The most evidence there ever was, as it was then: once is enough (Ville). */
  readonly harmMax: number;
}

/** Cells of the grid that are thresholds: more than `latencyBoundsMs[cell]` is slower. */
const thresholdCells: readonly number[] = latencyBoundsMs
  .map((_, cell) => cell)
  .filter((cell) => {
    const boundMs = latencyBoundsMs[cell] ?? 0;
    return boundMs >= latencyThresholdMsMin && boundMs <= latencyThresholdMsMax;
  })
  .filter((_, index) => index % latencyThresholdStride === 0);

const noCells: readonly number[] = Array.from({ length: latencyCells }, () => 0);
/** Slower requests of the baseline that a guess begins with: the first one is no surprise then. */
const guessPrior = 0.25;
/** Part of the evidence that the test by rank gives; thresholds find what it is blind for, the far tail. */
const rankWeight = 0.35;
/** Weight of a threshold beyond the baseline's requests, where one within them has 1. */
const elsewhereWeight = 1 / 10;

/** Above this part of slower requests a threshold is in the bulk; odds cannot grow much there. */
const bulkRatio = 0.05;
const bulkHarm = weightedHarm([0.3, 0.3, 0.25, 0.1, 0.03, 0.02]);

const untouched: ThresholdState = {
  baselineSlower: 0,
  candidateSlower: 0,
  harm: weightedHarm([0.02, 0.03, 0.12, 0.3, 0.39, 0.14]),
  safe: emptySafe(lineSafeWeights),
};

export const latencyGuardrail: Guardrail<LatencyState> = {
  empty: () => ({
    thresholds: thresholdCells.map(() => untouched),
    baselineSample: 0,
    candidateSample: 0,
    rank: emptyRank,
    harmMax: 1,
  }),
  fold,
  read,
  secondsToSafe: (state, { policy, traffic, logThreshold }) => {
    const line = lineOf(policy.tolerance.absolute);
    let most = 0;
    let previous: ThresholdState | undefined;
    for (const threshold of state.thresholds) {
      if (threshold === previous) continue;
      previous = threshold;
      const guess = ratioSoFar(threshold.baselineSlower, state.baselineSample);
      const seconds = secondsToReach(threshold.safe, { line, guess, traffic, logThreshold });
      most = Math.max(most, seconds);
    }
    return most;
  },
};

function fold(state: LatencyState, context: FoldContext): LatencyState {
  const { counts, after, policy } = context;
  // A cold start is not a slow release: the candidate's first seconds under traffic do not count.
  const warmUpMs = policy.warmUpMs ?? latencyWarmUpMs;
  const isWarm = counts.endAt - (after.candidateSince ?? counts.endAt) >= warmUpMs;
  if (!isWarm) return learn(state, counts.baseline);
  const slower = tailsOf(counts);
  const weights = state.weights ?? weightsOf(state);
  const begun = state.weights === undefined ? { ...state, thresholds: begin(state) } : state;
  const thresholds = foldThresholds(begun, slower, context);
  const rank = foldRank(state.rank, context);
  const { moments } = context;
  let harm = 0;
  for (const [index, threshold] of thresholds.entries()) {
    harm += (weights[index] ?? 0) * eOfHarm(threshold.harm, moments);
  }
  harm = rankWeight * eOfHarm(rank.harm, moments) + (1 - rankWeight) * harm;
  return {
    thresholds,
    baselineSample: state.baselineSample + (slower.baseline[0] ?? 0),
    candidateSample: state.candidateSample + (slower.candidate[0] ?? 0),
    weights,
    rank,
    harmMax: Math.max(state.harmMax, harm),
  };
}

/** Before the candidate counts the baseline shows where its requests lie. */
function learn(state: LatencyState, baseline: ArmCounts): LatencyState {
  const slower = tails(baseline);
  return {
    ...state,
    thresholds: state.thresholds.map((threshold, index) => {
      const events = slower[(thresholdCells[index] ?? 0) + 1] ?? 0;
      if (events === 0) return threshold;
      return { ...threshold, baselineSlower: threshold.baselineSlower + events };
    }),
    baselineSample: state.baselineSample + (slower[0] ?? 0),
    rank: learnRank(state.rank, baseline),
  };
}

/**
 * Thresholds that some, but not nearly all, of the baseline's requests are slower than can tell the most, and the one
 * after the last of them: a few seconds of the baseline may well not have shown its slowest requests.
 */
function weightsOf({ thresholds, baselineSample }: LatencyState): readonly number[] {
  const parts = thresholds.map(({ baselineSlower }, index) => {
    const ratio = ratioSoFar(baselineSlower, baselineSample);
    const isReached = ratio > 0 || (thresholds[index - 1]?.baselineSlower ?? 0) > 0;
    return isReached && ratio < 0.6 ? 1 : elsewhereWeight;
  });
  const all = parts.reduce((sum, part) => sum + part, 0);
  return parts.map((part) => part / all);
}

/** Stakes before the first interval that counts: small where many are slow, large in the tail. */
function begin({ thresholds, baselineSample }: LatencyState): readonly ThresholdState[] {
  return thresholds.map((threshold) => {
    const isBulk = threshold.baselineSlower > bulkRatio * baselineSample;
    return isBulk ? { ...threshold, harm: bulkHarm } : threshold;
  });
}

interface Tails {
  readonly baseline: readonly number[];
  readonly candidate: readonly number[];
}

function foldThresholds(
  state: LatencyState,
  tailsNow: Tails,
  { policy, started }: FoldContext,
): readonly ThresholdState[] {
  const { baseline, candidate } = tailsNow;
  const shift = cellShift(policy.tolerance.ratio);
  const line = lineOf(policy.tolerance.absolute);
  const samples = { baseline: baseline[0] ?? 0, candidate: candidate[0] ?? 0 };
  let previous: { readonly from: ThresholdState; readonly to: ThresholdState } | undefined;
  return state.thresholds.map((threshold, index) => {
    const cell = thresholdCells[index] ?? 0;
    const slower = {
      baseline: baseline[cell + 1] ?? 0,
      candidate: candidate[cell + 1 + shift] ?? 0,
    };
    if (previous?.from === threshold && isSame(previous, slower)) return previous.to;
    const guess = ratioSoFar(threshold.baselineSlower + guessPrior, state.baselineSample);
    const to = foldThreshold(threshold, slower, { samples, guess, line, started });
    previous = { from: threshold, to };
    return to;
  });
}

interface Slower {
  readonly baseline: number;
  readonly candidate: number;
}

/** Whether the threshold just done had the same state and the same counts. */
function isSame(
  done: { readonly from: ThresholdState; readonly to: ThresholdState },
  slower: Slower,
): boolean {
  const { from, to } = done;
  return (
    to.baselineSlower - from.baselineSlower === slower.baseline &&
    to.candidateSlower - from.candidateSlower === slower.candidate
  );
}

function foldThreshold(
  threshold: ThresholdState,
  slower: Slower,
  at: {
    readonly samples: Slower;
    readonly guess: number;
    readonly line: Line;
    readonly started: number;
  },
): ThresholdState {
  const { samples, guess, line, started } = at;
  const trial = {
    baseline: { events: slower.baseline, sample: samples.baseline },
    candidate: { events: slower.candidate, sample: samples.candidate },
    guess,
  };
  const harm = lineHarmIncrements(trial, line);
  return {
    baselineSlower: threshold.baselineSlower + slower.baseline,
    candidateSlower: threshold.candidateSlower + slower.candidate,
    harm: foldHarm(threshold.harm, harm, { started, incrementMax: latencyLogEPerIntervalMax }),
    safe: foldSafe(threshold.safe, lineSafeIncrements(trial, line)),
  };
}

/** Shows the threshold with the most evidence of harm; all must be fine for it to be safe. */
function read(state: LatencyState, { moments }: ReadContext): Reading {
  let worst = 0;
  let harmWorst = -Infinity;
  let safe = Infinity;
  for (const [index, threshold] of state.thresholds.entries()) {
    safe = Math.min(safe, eOfSafe(threshold.safe));
    const harm = eOfHarm(threshold.harm, moments);
    if (harm > harmWorst) [worst, harmWorst] = [index, harm];
  }
  const shown = state.thresholds[worst];
  return {
    unit: "requests",
    baseline: { events: shown?.baselineSlower ?? 0, sample: state.baselineSample },
    candidate: { events: shown?.candidateSlower ?? 0, sample: state.candidateSample },
    thresholdMs: latencyBoundsMs[thresholdCells[worst] ?? 0] ?? 0,
    logEHarm: logOf(state.harmMax),
    logESafe: logOf(safe),
  };
}

/** What was slower at every threshold so far, to be looked at later at one of them. */
export interface LatencyTails {
  /** One value per threshold, as in the state. */
  readonly baseline: Uint32Array;
  readonly candidate: Uint32Array;
}

export function latencyTails({ thresholds }: LatencyState): LatencyTails {
  return {
    baseline: Uint32Array.from(thresholds, ({ baselineSlower }) => baselineSlower),
    candidate: Uint32Array.from(thresholds, ({ candidateSlower }) => candidateSlower),
  };
}

/** How many were slower than a threshold that the guardrail knows, and than its tolerated multiple. */
export function slowerThan(
  { baseline, candidate }: LatencyTails,
  thresholdMs: number,
): { readonly baseline: number; readonly candidate: number } | undefined {
  const at = thresholdCells.findIndex((cell) => latencyBoundsMs[cell] === thresholdMs);
  const [slowerBefore, slowerNow] = [baseline[at], candidate[at]];
  if (slowerBefore === undefined || slowerNow === undefined) return undefined;
  return { baseline: slowerBefore, candidate: slowerNow };
}

function lineOf(absolute: number | undefined): Line {
  return { slope: 1, offset: Math.max(0, absolute ?? 0) };
}

function tailsOf({ baseline, candidate }: IntervalCounts): Tails {
  return { baseline: tails(baseline), candidate: tails(candidate) };
}

/** Requests in each cell or a slower one: `tails[0]` is all, `tails[i + 1]` slower than bound i. */
function tails({ latency }: ArmCounts): readonly number[] {
  const sums = noCells.slice();
  let sum = 0;
  for (let cell = latencyCells - 1; cell >= 0; cell -= 1) {
    sum += latency[cell] ?? 0;
    sums[cell] = sum;
  }
  return sums;
}
