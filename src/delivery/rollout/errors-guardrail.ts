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
 * - requests: a line through the origin with a margin; where users cannot be told apart, or where the policy says
 *   so: then the users' test is not run, and the whole of the guardrail's alpha is the requests' from the start.
 *
 * Safe needs proof of either part, so its evidence is a weighted mean.
 * - ratio: a line through the origin over requests and, while the unit is users, first harms too. The smaller
 *   counts: users harmed early drop out of the first-harm count, which flatters the candidate.
 * - absolute: a line shifted by `absolute`, over requests.
 */
import { comparedShare, type IntervalCounts, type Tolerance } from "#domain";
import {
  type FirstHarms,
  firstHarmIncrements,
  firstHarmWeights,
  firstSafeIncrements,
  firstSafeWeights,
  firstStuckIncrements,
  firstStuckWeights,
} from "./first-harm.ts";
import { type Estimate, emptyEstimate, fadeInto, isAbove } from "./estimate.ts";
import { secondsToReach } from "./forecast.ts";
import type { FoldContext, Guardrail, ReadContext, Reading } from "./guardrail.ts";
import {
  type Trial,
  lineHarmBets,
  lineHarmIncrements,
  lineSafeIncrements,
  lineSafeWeights,
  ratioSafeWeights,
} from "./line-test.ts";
import {
  type MarginTests,
  emptyMarginTests,
  foldMarginTests,
  logEAt,
  marginInForce,
  marginLine,
  rememberMax,
  requestMargins,
  stuckMargins,
  userMargins,
} from "./margin.ts";
import {
  emptyHarm,
  emptySafe,
  eOfSafe,
  foldHarm,
  foldSafe,
  logOf,
  weightedHarm,
} from "./mixture.ts";
import {
  repeatedHarmAlphaShare,
  repeatedHarmLuckRatio,
  repeatedHarmRatioMin,
  stuckHarmAlphaShare,
} from "./limits.ts";
import { linesOf } from "./tolerance.ts";
import { type Totals, ratioSoFar } from "./totals.ts";

export interface ErrorsState {
  readonly harm: {
    readonly users: MarginTests;
    readonly requests: MarginTests;
    readonly stuck: MarginTests;
  };
  readonly safe: {
    readonly users: readonly number[];
    readonly requests: readonly number[];
    /** Absent when nothing is tolerated in points. */
    readonly excess?: readonly number[];
  };
  readonly estimate: Estimate;
  /** More of the candidate's users are stuck than tolerated. */
  readonly isStuckWorse: boolean;
}

/** Most services have few errors, where only the absolute part can prove anything. */
const ratioWeight = 1 / 3;
const excessWeight = 2 / 3;

export const errorsGuardrail: Guardrail<ErrorsState> = {
  empty: () => ({
    harm: {
      users: emptyMarginTests(userMargins, weightedHarm(firstHarmWeights)),
      requests: emptyMarginTests(requestMargins, emptyHarm(lineHarmBets)),
      stuck: emptyMarginTests(stuckMargins, weightedHarm(firstStuckWeights)),
    },
    safe: {
      users: emptySafe(firstSafeWeights),
      requests: emptySafe(ratioSafeWeights),
    },
    estimate: emptyEstimate,
    isStuckWorse: false,
  }),
  fold,
  read,
  secondsToSafe: (state, { policy, traffic, logThreshold, totals }) => {
    // Requests are no hurry while users are stuck: when that ends nobody knows.
    if (state.isStuckWorse) return Infinity;
    const guess = ratioSoFar(totals.baseline.errors, totals.baseline.requests);
    const { ratio, excess } = linesOf(policy.tolerance);
    const byRatio = secondsToReach(state.safe.requests, {
      line: ratio,
      guess,
      traffic,
      logThreshold: logThreshold - Math.log(excess === undefined ? 1 : ratioWeight),
    });
    if (excess === undefined) return byRatio;
    const byExcess = secondsToReach(state.safe.excess ?? lineSafeWeights, {
      line: excess,
      guess,
      traffic,
      logThreshold: logThreshold - Math.log(excessWeight),
    });
    return Math.min(byRatio, byExcess);
  },
};

function fold(state: ErrorsState, context: FoldContext): ErrorsState {
  const { counts, policy, unit, started, elapsedMs, moments } = context;
  const { baseline, candidate } = counts;
  const harms = {
    share: comparedShare(counts),
    baseline: baseline.usersFirstHarmed,
    candidate: candidate.usersFirstHarmed,
  };
  const trial: Trial = {
    baseline: { events: baseline.errors, sample: baseline.requests },
    candidate: { events: candidate.errors, sample: candidate.requests },
    guess: ratioSoFar(context.before.baseline.errors, context.before.baseline.requests),
  };
  const { ratio, excess } = linesOf(policy.tolerance);
  const estimate = fadeInto(state.estimate, trial, elapsedMs);
  const isWorse = isAbove(estimate, ratio) && (excess === undefined || isAbove(estimate, excess));
  const hasUsers = unit === "users";
  const users = hasUsers
    ? foldMarginTests(state.harm.users, (values, margin) =>
        foldHarm(values, firstHarmIncrements(harms, margin), { started }),
      )
    : state.harm.users;
  const requests = foldMarginTests(state.harm.requests, (values, margin) =>
    foldHarm(values, lineHarmIncrements(trial, marginLine(margin, trial.guess)), { started }),
  );
  const stuck = hasUsers
    ? foldMarginTests(state.harm.stuck, (values, margin) =>
        foldHarm(values, firstStuckIncrements(stuckOf(counts), margin), { started }),
      )
    : state.harm.stuck;
  const isStuckWorse = hasUsers && areMoreStuck(context.after, policy.tolerance);
  const { safe } = state;
  return {
    harm: {
      users: isWorse ? rememberMax(users, moments) : users,
      requests: isWorse ? rememberMax(requests, moments) : requests,
      stuck: isStuckWorse ? rememberMax(stuck, moments) : stuck,
    },
    safe: {
      users: hasUsers
        ? foldSafe(safe.users, firstSafeIncrements(harms, Math.max(1, policy.tolerance.ratio)))
        : safe.users,
      requests: foldSafe(safe.requests, lineSafeIncrements(trial, ratio)),
      ...(excess === undefined
        ? {}
        : { excess: foldSafe(safe.excess ?? lineSafeWeights, lineSafeIncrements(trial, excess)) }),
    },
    estimate,
    isStuckWorse,
  };
}

function stuckOf(counts: IntervalCounts): FirstHarms {
  return {
    share: comparedShare(counts),
    baseline: counts.baseline.usersFirstStuck ?? 0,
    candidate: counts.candidate.usersFirstStuck ?? 0,
  };
}

/**
 * What is tolerated of requests is tolerated of users: so many times the baseline's, and so many points more. One user
 * is no ratio: among a few hundred a single page that failed for a second would keep a release from everybody.
 */
function areMoreStuck({ baseline, candidate }: Totals, tolerance: Tolerance): boolean {
  const base = ratioSoFar(baseline.usersFirstStuck, baseline.usersFirstSeen);
  const { ratio, absolute = 0 } = tolerance;
  const tolerated = Math.max(ratio * base, base + absolute);
  return candidate.usersFirstStuck > Math.max(1, tolerated * candidate.usersFirstSeen);
}

/**
 * By users, and with a small part of alpha by requests at a wide margin, too: once the few whom a fault meets
 * were harmed, first harms say nothing more, however often those users fail again. Each part is held
 * against its share of alpha (a union bound, since both are the most there ever was).
 */
function logEHarm(
  { harm }: ErrorsState,
  unit: ReadContext["unit"],
  luck: ReadContext["luck"],
): number {
  if (unit === "requests") return logEAt(harm.requests, luck.requests);
  const wide = Math.max(repeatedHarmRatioMin, repeatedHarmLuckRatio * luck.requests);
  return Math.max(
    logEAt(harm.users, luck.users) + Math.log1p(-repeatedHarmAlphaShare - stuckHarmAlphaShare),
    logEAt(harm.requests, wide) + Math.log(repeatedHarmAlphaShare),
    logEAt(harm.stuck, luck.users) + Math.log(stuckHarmAlphaShare),
  );
}

/** Nothing is safe for users, however few their requests are, while more of them are stuck than tolerated. */
function logESafe({ safe, isStuckWorse }: ErrorsState, unit: ReadContext["unit"]): number {
  if (isStuckWorse && unit === "users") return 0;
  const byRequests = eOfSafe(safe.requests);
  const byRatio = unit === "users" ? Math.min(eOfSafe(safe.users), byRequests) : byRequests;
  if (safe.excess === undefined) return logOf(byRatio);
  return logOf(ratioWeight * byRatio + excessWeight * eOfSafe(safe.excess));
}

function read(state: ErrorsState, { unit, totals, luck }: ReadContext): Reading {
  const arm = (of: Totals["baseline"]) =>
    unit === "users"
      ? { events: of.usersFirstHarmed, sample: of.usersFirstSeen }
      : { events: of.errors, sample: of.requests };
  const margin = marginInForce(state.harm[unit], luck[unit]);
  return {
    unit,
    baseline: arm(totals.baseline),
    candidate: arm(totals.candidate),
    ...(margin > 1 ? { margin } : {}),
    logEHarm: logEHarm(state, unit, luck),
    logESafe: logESafe(state, unit),
  };
}
