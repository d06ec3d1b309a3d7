/**
 * What copies of requests say. Both releases answer the same request, so only pairs of which one failed
 * count; if the candidate is no worse, each is at worst a coin, however requests come in lumps.
 *
 *     log E = log mean_p [ (p / 0.5)^candidateOnly ((1 - p) / 0.5)^baselineOnly ],   p = 0.6 … 0.99
 *
 * A likelihood ratio against p = 1/2 pays less against any smaller p, so it may be looked at as often as
 * one likes (Ville). Nobody is hurt while it is gathered.
 */
import type { RolloutPolicy, ShadowCounts } from "#domain";
import { shadowAlphaShare } from "./limits.ts";

const bets: readonly number[] = [0.6, 0.7, 0.8, 0.9, 0.99];

export const noShadow: ShadowCounts = {
  mirrored: 0,
  candidateOnlyFailed: 0,
  baselineOnlyFailed: 0,
  bothFailed: 0,
  answersDiffered: 0,
};

export function addShadow(total: ShadowCounts, more: ShadowCounts | undefined): ShadowCounts {
  if (more === undefined) return total;
  return {
    mirrored: total.mirrored + more.mirrored,
    candidateOnlyFailed: total.candidateOnlyFailed + more.candidateOnlyFailed,
    baselineOnlyFailed: total.baselineOnlyFailed + more.baselineOnlyFailed,
    bothFailed: total.bothFailed + more.bothFailed,
    answersDiffered: total.answersDiffered + more.answersDiffered,
  };
}

/** Whether the candidate fails where the baseline does not, beyond what a coin would do. */
export function isShadowHarmful({ alpha }: RolloutPolicy, counts: ShadowCounts): boolean {
  const { candidateOnlyFailed, baselineOnlyFailed } = counts;
  const logs = bets.map(
    (p) => candidateOnlyFailed * Math.log(2 * p) + baselineOnlyFailed * Math.log(2 * (1 - p)),
  );
  // The largest of them, less the price of having tried them all.
  return Math.max(...logs) - Math.log(bets.length) >= Math.log(1 / (alpha * shadowAlphaShare));
}

/** "of 500 copied requests 3 failed at the candidate only, 1 at the baseline only, 2 answers differed". */
export function shadowInWords(counts: ShadowCounts): string {
  const { mirrored, candidateOnlyFailed, baselineOnlyFailed, answersDiffered } = counts;
  return (
    `of ${mirrored} copied requests ${candidateOnlyFailed} failed at the candidate only, ` +
    `${baselineOnlyFailed} at the baseline only, and ${answersDiffered} answers differed`
  );
}
