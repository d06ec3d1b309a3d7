/**
 * Latency: is the candidate slower than tolerated, at any threshold?
 *
 * For each threshold T of the histogram's grid from 50 ms up the share of candidate requests slower than
 * ratio * T is compared with the share of baseline requests slower than T: with the share as the
 * event it is the line test with slope 1 and offset `absolute`. `ratio` thus means what people mean, "up to
 * 1.5 times as slow at any quantile", rounded up to the grid's cells (26 % each). Bucket edges are thresholds,
 * not quantiles, so nothing is interpolated.
 * Harm: the mean over thresholds (some threshold is worse). Safe: the least of all (every one is fine).
 */
import { latencyBoundsMs, latencyCells, type ArmCounts } from "#domain";
import { secondsToReach } from "./forecast.ts";
import type { FoldContext, Guardrail, ReadContext, Reading } from "./guardrail.ts";
import {
  latencyLogEPerIntervalMax,
  latencyThresholdMsMax,
  latencyThresholdMsMin,
  latencyThresholdStride,
  latencyWarmUpMs,
} from "./limits.ts";
import {
  type Line,
  lineHarmBets,
  lineHarmIncrements,
  lineSafeIncrements,
  lineSafeWeights,
} from "./line-test.ts";
import { emptyHarm, emptySafe, eOfHarm, eOfSafe, foldHarm, foldSafe, logOf } from "./mixture.ts";
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
const cellsPerDoubling = 3;

const untouched: ThresholdState = {
  baselineSlower: 0,
  candidateSlower: 0,
  harm: emptyHarm(lineHarmBets),
  safe: emptySafe(lineSafeWeights),
};

export const latencyGuardrail: Guardrail<LatencyState> = {
  empty: () => ({
    thresholds: thresholdCells.map(() => untouched),
    baselineSample: 0,
    candidateSample: 0,
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
  const { counts, after, policy, moments, started } = context;
  const [baseline, candidate] = [tails(counts.baseline), tails(counts.candidate)];
  const samples = { baseline: baseline[0] ?? 0, candidate: candidate[0] ?? 0 };
  // A cold start is not a slow release: the candidate's first seconds under traffic do not count.
  const isWarm = counts.endAt - (after.candidateSince ?? counts.endAt) >= latencyWarmUpMs;
  // Nor does an interval in which nothing was answered.
  const isHeard = isWarm && samples.baseline + samples.candidate > 0;
  if (!isHeard && started === 0) return state;
  const shift = cellShift(policy.tolerance.ratio);
  const line = lineOf(policy.tolerance.absolute);
  let previous: { readonly from: ThresholdState; readonly to: ThresholdState } | undefined;
  const thresholds = state.thresholds.map((threshold, index) => {
    const cell = thresholdCells[index] ?? 0;
    const slower: Slower = isHeard
      ? { baseline: baseline[cell + 1] ?? 0, candidate: candidate[cell + 1 + shift] ?? 0 }
      : { baseline: 0, candidate: 0 };
    if (previous?.from === threshold && isSame(previous, slower)) return previous.to;
    const guess = ratioSoFar(threshold.baselineSlower, state.baselineSample);
    const to = isHeard
      ? foldThreshold(threshold, slower, { samples, guess, line, started })
      : { ...threshold, harm: foldHarm(threshold.harm, undefined, { started }) };
    previous = { from: threshold, to };
    return to;
  });
  let harm = 0;
  for (const threshold of thresholds) harm += eOfHarm(threshold.harm, moments);
  return {
    thresholds,
    baselineSample: state.baselineSample + (isHeard ? samples.baseline : 0),
    candidateSample: state.candidateSample + (isHeard ? samples.candidate : 0),
    harmMax: Math.max(state.harmMax, harm / thresholds.length),
  };
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

/** The candidate's threshold that is compared with a baseline's threshold of the grid. */
export function candidateThresholdMs(baselineThresholdMs: number, ratio: number): number {
  const cell = latencyBoundsMs.indexOf(baselineThresholdMs);
  return latencyBoundsMs[cell + cellShift(ratio)] ?? baselineThresholdMs * ratio;
}

/** `ratio` in cells of the grid, rounded up: what is tolerated is never less than was asked for. */
function cellShift(ratio: number): number {
  return Math.max(0, Math.ceil(cellsPerDoubling * Math.log2(ratio) - 1e-9));
}

function lineOf(absolute: number | undefined): Line {
  return { slope: 1, offset: Math.max(0, absolute ?? 0) };
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
