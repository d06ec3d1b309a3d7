/** Sums over the intervals folded so far, for guesses, units, forecasts and people. Never a verdict's ground. */
import type { ArmCounts, IntervalCounts } from "#domain";
import { trafficHalfLifeMs, unkeyedRatioMax, usersHarmedRatioMax } from "./limits.ts";

export interface ArmTotals {
  readonly requests: number;
  readonly errors: number;
  readonly unkeyedRequests: number;
  readonly usersFirstHarmed: number;
  readonly usersFirstSeen: number;
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
}

const noArm: ArmTotals = {
  requests: 0,
  errors: 0,
  unkeyedRequests: 0,
  usersFirstHarmed: 0,
  usersFirstSeen: 0,
};

export const emptyTotals: Totals = {
  baseline: noArm,
  candidate: noArm,
  endAt: 0,
  recentRequests: 0,
  recentMs: 0,
  isUserSetFull: false,
};

/** How far the clock of the evidence moves; intervals of several edges overlap and count once. */
export function elapsedMs(totals: Totals, counts: IntervalCounts): number {
  return Math.max(0, counts.endAt - Math.max(totals.endAt, counts.startAt));
}

export function addInterval(totals: Totals, counts: IntervalCounts): Totals {
  const fade = 2 ** (-elapsedMs(totals, counts) / trafficHalfLifeMs);
  const requests = counts.baseline.requests + counts.candidate.requests;
  const since =
    totals.candidateSince ?? (counts.candidate.requests > 0 ? counts.startAt : undefined);
  return {
    baseline: addArm(totals.baseline, counts.baseline),
    candidate: addArm(totals.candidate, counts.candidate),
    endAt: Math.max(totals.endAt, counts.endAt),
    ...(since === undefined ? {} : { candidateSince: since }),
    recentRequests: totals.recentRequests * fade + requests,
    recentMs: totals.recentMs * fade + elapsedMs(totals, counts),
    isUserSetFull: totals.isUserSetFull || counts.isUserSetFull === true,
  };
}

function addArm(total: ArmTotals, arm: ArmCounts): ArmTotals {
  return {
    requests: total.requests + arm.requests,
    errors: total.errors + arm.errors,
    unkeyedRequests: total.unkeyedRequests + arm.unkeyedRequests,
    usersFirstHarmed: total.usersFirstHarmed + arm.usersFirstHarmed,
    usersFirstSeen: total.usersFirstSeen + arm.usersFirstSeen,
  };
}

/** Requests per second of both arms lately; 0 when nothing was counted. */
export function recentPerSecond(totals: Totals): number {
  return totals.recentMs > 0 ? (1000 * totals.recentRequests) / totals.recentMs : 0;
}

/** Whether users can be told apart and enough of them are still unharmed to be counted by first harms. */
export function unitOf(totals: Totals): "users" | "requests" {
  const { baseline, candidate } = totals;
  const unkeyed = baseline.unkeyedRequests + candidate.unkeyedRequests;
  const isKeyed = unkeyed <= unkeyedRatioMax * (baseline.requests + candidate.requests);
  // By the baseline's users only: the candidate must not be able to choose how it is judged.
  const isExhausted =
    baseline.usersFirstHarmed > usersHarmedRatioMax * Math.max(1, baseline.usersFirstSeen);
  return isKeyed && !isExhausted && !totals.isUserSetFull ? "users" : "requests";
}

/** Ratio of events with one pseudo-request, so that nothing seen is 0 and not undefined. */
export function ratioSoFar(events: number, sample: number): number {
  return events / (sample + 1);
}
