/** Sums of what mirrored requests came to. */
import type { Answer } from "./answer.ts";
import { emptyHistogram, latencyCell } from "./histogram.ts";

/** The growing form of the domain's `ShadowCounts`. */
export interface ShadowSum {
  mirrored: number;
  candidateOnlyFailed: number;
  baselineOnlyFailed: number;
  bothFailed: number;
  answersDiffered: number;
  readonly baselineLatency: number[];
  readonly candidateLatency: number[];
}

export function emptyShadow(): ShadowSum {
  return {
    mirrored: 0,
    candidateOnlyFailed: 0,
    baselineOnlyFailed: 0,
    bothFailed: 0,
    answersDiffered: 0,
    baselineLatency: emptyHistogram(),
    candidateLatency: emptyHistogram(),
  };
}

/** Adds one pair: what the user got from the baseline, and what the copy got from the candidate. */
export function addShadow(sum: ShadowSum, real: Answer, copy: Answer): void {
  sum.mirrored += 1;
  if (real.hasFailed && copy.hasFailed) sum.bothFailed += 1;
  else if (copy.hasFailed) sum.candidateOnlyFailed += 1;
  else if (real.hasFailed) sum.baselineOnlyFailed += 1;
  else if (copy.differsFrom(real)) sum.answersDiffered += 1;
  if (real.latencyMs === undefined || copy.latencyMs === undefined) return;
  addLatency(sum.baselineLatency, real.latencyMs);
  addLatency(sum.candidateLatency, copy.latencyMs);
}

function addLatency(histogram: number[], latencyMs: number): void {
  const cell = latencyCell(latencyMs);
  histogram[cell] = (histogram[cell] ?? 0) + 1;
}
