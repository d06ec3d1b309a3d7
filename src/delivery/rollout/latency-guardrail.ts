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
import { latencyBoundsMs, type ArmCounts } from "#domain";
import type { FoldContext, Guardrail, Reading } from "./guardrail.ts";
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
  lineSafeBets,
  lineSafeIncrements,
  lineSafeWeights,
} from "./line-test.ts";
import {
  type HarmMixture,
  emptyHarm,
  foldHarm,
  foldSafe,
  logEOfHarm,
  logMeanExp,
} from "./mixture.ts";
import { secondsToReach } from "./forecast.ts";
import { ratioSoFar } from "./totals.ts";

interface ThresholdState {
  /** Requests slower than the baseline's threshold, and than the candidate's (ratio times as long). */
  readonly baselineSlower: number;
  readonly candidateSlower: number;
  readonly harm: HarmMixture;
  readonly safe: readonly number[];
}

export interface LatencyState {
  readonly thresholds: readonly ThresholdState[];
  readonly baselineSample: number;
  readonly candidateSample: number;
  readonly logEHarmMax: number;
}

/** Cells of the grid that are thresholds: more than `latencyBoundsMs[cell]` is slower. */
const thresholdCells: readonly number[] = latencyBoundsMs
  .map((_, cell) => cell)
  .filter((cell) => {
    const boundMs = latencyBoundsMs[cell] ?? 0;
    return boundMs >= latencyThresholdMsMin && boundMs <= latencyThresholdMsMax;
  })
  .filter((_, index) => index % latencyThresholdStride === 0);

const cellsPerDoubling = 3;

export const latencyGuardrail: Guardrail<LatencyState> = {
  empty: () => ({
    thresholds: thresholdCells.map(() => ({
      baselineSlower: 0,
      candidateSlower: 0,
      harm: emptyHarm(lineHarmBets),
      safe: Array.from({ length: lineSafeBets }, () => 0),
    })),
    baselineSample: 0,
    candidateSample: 0,
    logEHarmMax: 0,
  }),
  fold,
  read,
  secondsToSafe: (state, { tolerance, traffic, logThreshold }) => {
    const line = lineOf(tolerance.absolute);
    const seconds = state.thresholds.map((threshold) => {
      const guess = ratioSoFar(threshold.baselineSlower, state.baselineSample);
      return secondsToReach(threshold.safe, { line, guess, traffic, logThreshold });
    });
    return Math.max(...seconds);
  },
};

function fold(state: LatencyState, context: FoldContext): LatencyState {
  const { counts, after, tolerance, startShare } = context;
  // A cold start is not a slow release: the candidate's first seconds under traffic do not count.
  if (counts.endAt - (after.candidateSince ?? counts.endAt) < latencyWarmUpMs) return state;
  const line = lineOf(tolerance.absolute);
  const shift = cellShift(tolerance.ratio);
  const slower = { baseline: tails(counts.baseline), candidate: tails(counts.candidate) };
  const samples = { baseline: slower.baseline[0] ?? 0, candidate: slower.candidate[0] ?? 0 };
  const thresholds = state.thresholds.map((threshold, index) => {
    const cell = thresholdCells[index] ?? 0;
    const baseline = { events: slower.baseline[cell + 1] ?? 0, sample: samples.baseline };
    const candidate = {
      events: slower.candidate[cell + 1 + shift] ?? 0,
      sample: samples.candidate,
    };
    const guess = ratioSoFar(threshold.baselineSlower, state.baselineSample);
    const trial = { baseline, candidate, guess };
    const harm = lineHarmIncrements(trial, line).map((increment) =>
      Math.min(increment, latencyLogEPerIntervalMax),
    );
    return {
      baselineSlower: threshold.baselineSlower + baseline.events,
      candidateSlower: threshold.candidateSlower + candidate.events,
      harm: foldHarm(threshold.harm, harm, startShare),
      safe: foldSafe(threshold.safe, lineSafeIncrements(trial, line)),
    };
  });
  const logEHarm = logMeanExp(thresholds.map(({ harm }) => logEOfHarm(harm)));
  return {
    thresholds,
    baselineSample: state.baselineSample + samples.baseline,
    candidateSample: state.candidateSample + samples.candidate,
    logEHarmMax: Math.max(state.logEHarmMax, logEHarm),
  };
}

/** Shows the threshold with the most evidence of harm; all must be fine for it to be safe. */
function read(state: LatencyState): Reading {
  let worst = 0;
  let logEWorst = -Infinity;
  let logESafe = Infinity;
  for (const [index, { harm, safe }] of state.thresholds.entries()) {
    logESafe = Math.min(logESafe, logMeanExp(safe, lineSafeWeights));
    const logE = logEOfHarm(harm);
    if (logE > logEWorst) [worst, logEWorst] = [index, logE];
  }
  const shown = state.thresholds[worst];
  return {
    unit: "requests",
    baseline: { events: shown?.baselineSlower ?? 0, sample: state.baselineSample },
    candidate: { events: shown?.candidateSlower ?? 0, sample: state.candidateSample },
    thresholdMs: latencyBoundsMs[thresholdCells[worst] ?? 0] ?? 0,
    logEHarm: state.logEHarmMax,
    logESafe,
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
  return { slope: 1, offset: absolute ?? 0 };
}

/** Requests in each cell or a slower one: `tails[0]` is all, `tails[i + 1]` slower than bound i. */
function tails(arm: ArmCounts): readonly number[] {
  const sums: number[] = [];
  let sum = 0;
  for (const cell of arm.latency.toReversed()) {
    sum += cell;
    sums.push(sum);
  }
  return sums.toReversed();
}
