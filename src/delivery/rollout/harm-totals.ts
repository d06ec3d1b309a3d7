/** Totals over a rollout, for people. The verdict rests on the intervals, never on these. */
import type { HarmTotals, IntervalCounts } from "#domain";

export const noTotals: HarmTotals = {
  usersExposed: 0,
  usersHarmed: 0,
  candidateRequests: 0,
  candidateErrors: 0,
  baselineRequests: 0,
  baselineErrors: 0,
};

export function addInterval(totals: HarmTotals, counts: IntervalCounts): HarmTotals {
  const { baseline, candidate, ruled } = counts;
  const byRule = (totals.requestsByRule ?? 0) + (ruled?.requests ?? 0);
  return {
    ...(byRule === 0 ? {} : { requestsByRule: byRule }),
    usersExposed: totals.usersExposed + candidate.usersFirstSeen,
    usersHarmed: totals.usersHarmed + candidate.usersFirstHarmed,
    candidateRequests: totals.candidateRequests + candidate.requests + (ruled?.requests ?? 0),
    candidateErrors: totals.candidateErrors + candidate.errors + (ruled?.errors ?? 0),
    baselineRequests: totals.baselineRequests + baseline.requests,
    baselineErrors: totals.baselineErrors + baseline.errors,
  };
}
