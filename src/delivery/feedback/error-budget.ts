/**
 * How much of what an app may fail is left. Pure: counts of all its traffic in, one word and its numbers out.
 *
 * The budget is the share of requests that may fail; it is spent by those that did. The burn rate says how
 * fast: at 1, the whole budget would be spent in just the window. Where the traffic is so little that the
 * budget comes to less than a few requests, one unlucky request would decide, and nothing is said.
 */
import type { Served, ServedLately, Slo } from "#domain";

export interface ErrorBudget {
  readonly slo: Slo;
  /**
   * - `not_enough_traffic`: the window's requests allow fewer than `allowedMin` failures.
   * - `kept`: it is not being spent faster than it lasts. - `burning`: at this rate it ends in the window.
   * - `spent`: more has failed than may.
   */
  readonly state: "not_enough_traffic" | "kept" | "burning" | "spent";
  readonly window: Served;
  readonly hour: Served;
  /** Failures that the window's requests allow. */
  readonly allowed: number;
  /** Of the budget, at most 1; below 0 more has failed than may. Absent without enough traffic. */
  readonly remainingRatio?: number;
  /** Over the last hour; absent when too little happened in it to tell. */
  readonly burnRate?: number;
  /** How old the app is, ms, while that is less than the window: what is said is of so short a time. */
  readonly ageMs?: number;
  /** Until nothing is left at the burn rate, ms; only while it is burning. */
  readonly leftMs?: number;
}

/** A budget of fewer failed requests is a matter of luck. */
const allowedMin = 3;
/** Fewer failures in an hour tell nothing of a rate. */
const hourErrorsMin = 3;
const dayMs = 86_400_000;

export function errorBudget(
  slo: Slo,
  { window, hour }: ServedLately,
  appAgeMs: number,
): ErrorBudget {
  // 100 - 99.9 is a little less than 0.1 in binary.
  const share = Number(((100 - slo.availabilityPercent) / 100).toFixed(9));
  const allowed = share * window.requests;
  const isYoung = appAgeMs < slo.windowDays * dayMs;
  const told = { slo, window, hour, allowed, ...(isYoung ? { ageMs: Math.max(0, appAgeMs) } : {}) };
  if (allowed < allowedMin) return { ...told, state: "not_enough_traffic" };
  const remainingRatio = 1 - window.errors / allowed;
  const burnRate = burnRateOf(hour, share);
  const burn = burnRate === undefined ? {} : { burnRate };
  if (remainingRatio <= 0) return { ...told, ...burn, state: "spent", remainingRatio };
  if (burnRate === undefined || burnRate <= 1) {
    return { ...told, ...burn, state: "kept", remainingRatio };
  }
  const leftMs = Math.round((slo.windowDays * dayMs * remainingRatio) / burnRate);
  return { ...told, burnRate, state: "burning", remainingRatio, leftMs };
}

function burnRateOf({ requests, errors }: Served, share: number): number | undefined {
  if (requests === 0 || (errors > 0 && errors < hourErrorsMin)) return undefined;
  return errors / requests / share;
}
