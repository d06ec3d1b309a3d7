/** Sums over the intervals folded so far, for guesses, units, forecasts and people. Never a verdict's ground. */
import {
  bucketCount,
  comparedShare,
  type Arm,
  type ArmCounts,
  type IntervalCounts,
  type RolloutPolicy,
} from "#domain";
import {
  armSilentMs,
  armSilentRequests,
  clockSetBackMs,
  forecastRequestsMin,
  safeUsersMin,
  safeUsersOfStepRatio,
  safeUsersRatio,
  safeUsersWanted,
  trafficHalfLifeMs,
  unkeyedRatioMax,
  usersHarmedRatioMax,
} from "./limits.ts";

export interface ArmTotals {
  readonly requests: number;
  readonly errors: number;
  readonly unkeyedRequests: number;
  readonly usersFirstHarmed: number;
  readonly usersFirstSeen: number;
  readonly usersFirstStuck: number;
}

export interface Totals {
  readonly baseline: ArmTotals;
  readonly candidate: ArmTotals;
  /** End of the newest interval; 0 before the first. */
  readonly endAt: number;
  /** Start of the first interval in which the candidate was asked. */
  readonly candidateSince?: number;
  /** Requests of both arms and the time they took, both fading with the half-life. */
  readonly recentRequests: number;
  readonly recentMs: number;
  /** Some user was not remembered: first harms are incomplete for good. */
  readonly isUserSetFull: boolean;
  /** Of the newest interval, in buckets. */
  readonly exposure: number;
  readonly freshBuckets?: number;
  readonly silence: Silence;
}

/** One arm has had no request since, and the other that many, over that time. */
export interface Silence {
  readonly arm?: Arm;
  readonly requests: number;
  readonly forMs: number;
}

const noSilence: Silence = { requests: 0, forMs: 0 };

const noArm: ArmTotals = {
  requests: 0,
  errors: 0,
  unkeyedRequests: 0,
  usersFirstHarmed: 0,
  usersFirstSeen: 0,
  usersFirstStuck: 0,
};

export const emptyTotals: Totals = {
  baseline: noArm,
  candidate: noArm,
  endAt: 0,
  recentRequests: 0,
  recentMs: 0,
  isUserSetFull: false,
  exposure: 0,
  silence: noSilence,
};

/**
 * How far the clock of the evidence moves; intervals of several edges overlap and count once. A clock that was
 * set back by more than edges differ begins anew: else nothing would ever seem to take time again.
 */
export function elapsedMs(totals: Totals, counts: IntervalCounts): number {
  if (isClockSetBack(totals, counts)) return counts.endAt - counts.startAt;
  return Math.max(0, counts.endAt - Math.max(totals.endAt, counts.startAt));
}

function isClockSetBack(totals: Totals, counts: IntervalCounts): boolean {
  return counts.endAt < totals.endAt - clockSetBackMs;
}

/** Whether an interval brings news of requests; metric sources and probes bring custom counts only. */
export function isOfEdge({ source }: IntervalCounts): boolean {
  return source === undefined || source === "edge";
}

export function addInterval(totals: Totals, counts: IntervalCounts): Totals {
  const elapsed = elapsedMs(totals, counts);
  const fade = 2 ** (-elapsed / trafficHalfLifeMs);
  const { baseline, candidate } = counts;
  const since = totals.candidateSince ?? (candidate.requests > 0 ? counts.startAt : undefined);
  return {
    baseline: addArm(totals.baseline, baseline),
    candidate: addArm(totals.candidate, candidate),
    endAt: isClockSetBack(totals, counts) ? counts.endAt : Math.max(totals.endAt, counts.endAt),
    ...(since === undefined ? {} : { candidateSince: since }),
    recentRequests: totals.recentRequests * fade + baseline.requests + candidate.requests,
    recentMs: totals.recentMs * fade + elapsed,
    isUserSetFull: totals.isUserSetFull || counts.isUserSetFull === true,
    exposure: counts.exposure,
    ...(counts.freshBuckets === undefined ? {} : { freshBuckets: counts.freshBuckets }),
    silence: nextSilence(totals, counts, elapsed),
  };
}

/** What the other arm had since one of them was last heard of, while both should be. */
function nextSilence(totals: Totals, counts: IntervalCounts, elapsed: number): Silence {
  const { baseline, candidate, exposure } = counts;
  const share = comparedShare(counts);
  const isShared = share > 0 && share < 1;
  // What was expected under another exposure is no measure for this one.
  if (!isShared || exposure !== totals.exposure) return noSilence;
  const { arm, requests, forMs } = totals.silence;
  if ((baseline.requests === 0) === (candidate.requests === 0)) {
    return baseline.requests === 0 ? totals.silence : noSilence;
  }
  const silent = baseline.requests === 0 ? "baseline" : "candidate";
  const more = baseline.requests + candidate.requests;
  if (arm !== silent) return { arm: silent, requests: more, forMs: elapsed };
  return { arm, requests: requests + more, forMs: forMs + elapsed };
}

/** The arm of which nothing arrives although, by its part so far, much should have. */
export function missingArm(totals: Totals): Arm | undefined {
  const { silence, baseline, candidate } = totals;
  if (silence.arm === undefined || silence.forMs < armSilentMs) return undefined;
  const heard = totals[silence.arm].requests;
  const expected = (silence.requests * heard) / Math.max(1, baseline.requests + candidate.requests);
  return expected >= armSilentRequests ? silence.arm : undefined;
}

function addArm(total: ArmTotals, arm: ArmCounts): ArmTotals {
  return {
    requests: total.requests + arm.requests,
    errors: total.errors + arm.errors,
    unkeyedRequests: total.unkeyedRequests + arm.unkeyedRequests,
    usersFirstHarmed: total.usersFirstHarmed + arm.usersFirstHarmed,
    usersFirstSeen: total.usersFirstSeen + arm.usersFirstSeen,
    usersFirstStuck: total.usersFirstStuck + (arm.usersFirstStuck ?? 0),
  };
}

/** Whether so few have come at all that how many come cannot be told. */
export function isTooFewToForecast({ baseline, candidate }: Totals): boolean {
  return baseline.requests + candidate.requests < forecastRequestsMin;
}

/** Requests per second of both arms lately; 0 when nothing was counted. */
export function recentPerSecond(totals: Totals): number {
  return totals.recentMs > 0 ? (1000 * totals.recentRequests) / totals.recentMs : 0;
}

/**
 * What errors are judged by. Users, unless the policy says requests (then nothing that is counted changes it),
 * if they can be told apart and enough of them are still unharmed to be counted by first harms.
 */
export function unitOf(
  totals: Totals,
  { unit = "users" }: Pick<RolloutPolicy, "unit">,
): "users" | "requests" {
  if (unit === "requests") return unit;
  const { baseline, candidate } = totals;
  // By the baseline's users, once it has any: the candidate must not be able to choose how it is judged.
  const told = baseline.requests > 0 ? baseline : candidate;
  const isKeyed = told.unkeyedRequests <= unkeyedRatioMax * told.requests;
  const isExhausted =
    baseline.usersFirstHarmed > usersHarmedRatioMax * Math.max(1, baseline.usersFirstSeen);
  return isKeyed && !isExhausted && !totals.isUserSetFull ? "users" : "requests";
}

/** Distinct users of the candidate that "safe" needs, by how many there are and how exposure grows. */
export function safeUsersNeeded(totals: Totals, { strategy }: RolloutPolicy): number {
  const { exposure } = totals;
  const all = usersOfAll(totals);
  const ofStep = (safeUsersOfStepRatio * exposure) / bucketCount;
  // What grows by evidence meets more users by itself; a step of a policy only leads to the next one.
  const ratio = strategy === "adaptive" ? safeUsersRatio : Math.min(safeUsersRatio, ofStep);
  return Math.max(safeUsersMin, Math.min(safeUsersWanted, Math.ceil(ratio * all)));
}

/** Users of both arms; beside a fresh baseline, where most are aside, as many as these are a part of. */
function usersOfAll({ baseline, candidate, exposure, freshBuckets }: Totals): number {
  const compared = baseline.usersFirstSeen + candidate.usersFirstSeen;
  const buckets = exposure + (freshBuckets ?? bucketCount - exposure);
  return buckets === 0 ? compared : (compared * bucketCount) / buckets;
}

/** Ratio of events with one pseudo-request, so that nothing seen is 0 and not undefined. */
export function ratioSoFar(events: number, sample: number): number {
  return events / (sample + 1);
}
