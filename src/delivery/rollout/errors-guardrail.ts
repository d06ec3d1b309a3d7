/**
 * Errors: does the candidate fail more than tolerated?
 *
 * Tolerated is p_c <= max(ratio * p_s, p_s + absolute).
 *
 * Harm needs both: proof that the candidate is worse at all (an e-process against "no worse than the
 * baseline", which is what keeps the promise to healthy releases, whatever the tolerance), and a best
 * estimate above the tolerance (stratified and fading, see `estimate.ts`). Asking for proof of being
 * worse than the tolerance itself would triple the harm done by, say, 1 % -> 5 % before it is
 * stopped; the price is that a release which is worse, yet within the tolerance, may be stopped
 * with more than alpha while the estimate is still rough.
 * - users: first harms against the random assignment. The default, valid by design.
 * - requests: a line through the origin with a margin; where users cannot be told apart.
 *
 * Safe needs proof of either part, so its evidence is a weighted mean.
 * - ratio: a line through the origin over requests and, while the unit is users, first harms too. The smaller
 *   counts: users harmed early drop out of the first-harm count, which flatters the candidate.
 * - absolute: a line shifted by `absolute`, over requests.
 */
import {
  firstHarmBets,
  firstHarmIncrements,
  firstSafeBets,
  firstSafeIncrements,
} from "./first-harm.ts";
import { type Estimate, emptyEstimate, fadeInto, isAbove } from "./estimate.ts";
import type { FoldContext, Guardrail, Reading } from "./guardrail.ts";
import { requestRatioMargin } from "./limits.ts";
import {
  type Line,
  type Trial,
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
import { type Totals, elapsedMs, ratioSoFar, unitOf } from "./totals.ts";
import { bucketCount, type Tolerance } from "#domain";

export interface ErrorsState {
  readonly harm: {
    readonly users: HarmMixture;
    readonly requests: HarmMixture;
  };
  readonly safe: {
    readonly users: readonly number[];
    readonly requests: readonly number[];
    readonly excess: readonly number[];
  };
  readonly estimate: Estimate;
  /** The largest evidence while the estimate was above the tolerance: once is enough (Ville). */
  readonly logEHarmMax: number;
  readonly hasAbsolute: boolean;
}

/** Most services have few errors, where only the absolute part can prove anything. */
const ratioAndExcessWeights: readonly number[] = [1 / 3, 2 / 3];

const zeros = (length: number): readonly number[] => Array.from({ length }, () => 0);

export const errorsGuardrail: Guardrail<ErrorsState> = {
  empty: () => ({
    harm: {
      users: emptyHarm(firstHarmBets),
      requests: emptyHarm(lineHarmBets),
    },
    safe: {
      users: zeros(firstSafeBets),
      requests: zeros(lineSafeBets),
      excess: zeros(lineSafeBets),
    },
    estimate: emptyEstimate,
    logEHarmMax: 0,
    hasAbsolute: false,
  }),
  fold,
  read,
  secondsToSafe: (state, { tolerance, traffic, logThreshold, totals }) => {
    const guess = ratioSoFar(totals.baseline.errors, totals.baseline.requests);
    const seconds = linesOf(tolerance).map(({ line, part }) =>
      secondsToReach(state.safe[part], { line, guess, traffic, logThreshold }),
    );
    return Math.min(...seconds);
  },
};

function fold(state: ErrorsState, context: FoldContext): ErrorsState {
  const { counts, tolerance, startShare } = context;
  const { baseline, candidate } = counts;
  const harms = {
    share: counts.exposure / bucketCount,
    baseline: baseline.usersFirstHarmed,
    candidate: candidate.usersFirstHarmed,
  };
  const trial: Trial = {
    baseline: { events: baseline.errors, sample: baseline.requests },
    candidate: { events: candidate.errors, sample: candidate.requests },
    guess: ratioSoFar(context.before.baseline.errors, context.before.baseline.requests),
  };
  const ratio: Line = { slope: tolerance.ratio, offset: 0 };
  const withMargin: Line = { slope: requestRatioMargin, offset: 0 };
  const excess: Line = { slope: 1, offset: tolerance.absolute ?? 0 };
  const { harm, safe } = state;
  const next: ErrorsState = {
    harm: {
      users: foldHarm(harm.users, firstHarmIncrements(harms, 1), startShare),
      requests: foldHarm(harm.requests, lineHarmIncrements(trial, withMargin), startShare),
    },
    safe: {
      users: foldSafe(safe.users, firstSafeIncrements(harms, tolerance.ratio)),
      requests: foldSafe(safe.requests, lineSafeIncrements(trial, ratio)),
      excess: foldSafe(safe.excess, lineSafeIncrements(trial, excess)),
    },
    estimate: fadeInto(state.estimate, trial, elapsedMs(context.before, counts)),
    logEHarmMax: state.logEHarmMax,
    hasAbsolute: tolerance.absolute !== undefined,
  };
  if (!isAbove(next.estimate, tolerance)) return next;
  const byUnit = unitOf(context.after) === "users" ? next.harm.users : next.harm.requests;
  return { ...next, logEHarmMax: Math.max(state.logEHarmMax, logEOfHarm(byUnit)) };
}

function logESafe(state: ErrorsState, totals: Totals): number {
  const { users, requests, excess } = state.safe;
  const byRequests = logMeanExp(requests, lineSafeWeights);
  const byRatio = unitOf(totals) === "users" ? Math.min(logMeanExp(users), byRequests) : byRequests;
  if (!state.hasAbsolute) return byRatio;
  return logMeanExp([byRatio, logMeanExp(excess, lineSafeWeights)], ratioAndExcessWeights);
}

function read(state: ErrorsState, totals: Totals): Reading {
  const unit = unitOf(totals);
  const arm = (of: Totals["baseline"]) =>
    unit === "users"
      ? { events: of.usersFirstHarmed, sample: of.usersFirstSeen }
      : { events: of.errors, sample: of.requests };
  return {
    unit,
    baseline: arm(totals.baseline),
    candidate: arm(totals.candidate),
    logEHarm: state.logEHarmMax,
    logESafe: logESafe(state, totals),
  };
}

function linesOf(tolerance: Tolerance) {
  const ratio = { part: "requests", line: { slope: tolerance.ratio, offset: 0 } } as const;
  if (tolerance.absolute === undefined) return [ratio];
  return [ratio, { part: "excess", line: { slope: 1, offset: tolerance.absolute } } as const];
}
