/** What copies of requests said so far, in numbers and words; shadow-guardrail.ts judges them. */
import type { ShadowCounts } from "#domain";

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

/** "of 500 copied requests 3 failed at the candidate only, 1 at the baseline only, 2 answers differed". */
export function shadowInWords(counts: ShadowCounts): string {
  const { mirrored, candidateOnlyFailed, baselineOnlyFailed, answersDiffered } = counts;
  return (
    `of ${mirrored} copied requests ${candidateOnlyFailed} failed at the candidate only, ` +
    `${baselineOnlyFailed} at the baseline only, and ${answersDiffered} answers differed`
  );
}
