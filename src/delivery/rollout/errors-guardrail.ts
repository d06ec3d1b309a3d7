/**
 * Errors: does the candidate fail more than tolerated?
 *
 * Tolerated is p_c <= max(ratio * p_s, p_s + absolute). Harm must refute both parts, so its evidence is
 * the smaller of the two (valid under either); safety needs to refute only one, so its evidence is their mean.
 * - ratio, users: first harms against the random assignment. The default.
 * - ratio, requests: a line through the origin, with a margin for harm. The fallback where users cannot be
 *   told apart. For safety the smaller of users' and requests' evidence counts while the unit is users,
 *   since users harmed early drop out of the first-harm count and would make the candidate look better.
 * - absolute, requests: a line shifted by `absolute`.
 */
import {
  firstHarmBets,
  firstHarmIncrements,
  firstSafeBets,
  firstSafeIncrements,
} from "./first-harm.ts";
import { type FoldContext, type Guardrail, type Reading } from "./guardrail.ts";
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
import { type Totals, ratioSoFar, unitOf } from "./totals.ts";
import { bucketCount, type Tolerance } from "#domain";

export interface ErrorsState {
  readonly harm: {
    readonly users: HarmMixture;
    readonly requests: HarmMixture;
    readonly excess: HarmMixture;
  };
  readonly safe: {
    readonly users: readonly number[];
    readonly requests: readonly number[];
    readonly excess: readonly number[];
  };
  /** The largest evidence of harm so far: having been harmful once is enough (Ville). */
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
      excess: emptyHarm(lineHarmBets),
    },
    safe: {
      users: zeros(firstSafeBets),
      requests: zeros(lineSafeBets),
      excess: zeros(lineSafeBets),
    },
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
  const withMargin: Line = { slope: tolerance.ratio * requestRatioMargin, offset: 0 };
  const excess: Line = { slope: 1, offset: tolerance.absolute ?? 0 };
  const { harm, safe } = state;
  const next: ErrorsState = {
    harm: {
      users: foldHarm(harm.users, firstHarmIncrements(harms, tolerance.ratio), startShare),
      requests: foldHarm(harm.requests, lineHarmIncrements(trial, withMargin), startShare),
      excess: foldHarm(harm.excess, lineHarmIncrements(trial, excess), startShare),
    },
    safe: {
      users: foldSafe(safe.users, firstSafeIncrements(harms, tolerance.ratio)),
      requests: foldSafe(safe.requests, lineSafeIncrements(trial, ratio)),
      excess: foldSafe(safe.excess, lineSafeIncrements(trial, excess)),
    },
    logEHarmMax: state.logEHarmMax,
    hasAbsolute: tolerance.absolute !== undefined,
  };
  return { ...next, logEHarmMax: Math.max(state.logEHarmMax, logEHarm(next, context.after)) };
}

function logEHarm(state: ErrorsState, totals: Totals): number {
  const { users, requests, excess } = state.harm;
  const byRatio = logEOfHarm(unitOf(totals) === "users" ? users : requests);
  return state.hasAbsolute ? Math.min(byRatio, logEOfHarm(excess)) : byRatio;
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
