/**
 * How much worse is the candidate, as a best guess: the Mantel-Haenszel estimate, stratified by interval so that
 * ramps and shared incidents cancel, and fading so that late harm is not diluted by a good past.
 *
 *     ratio = sum x_c n_s / n  over  sum x_s n_c / n          excess = their difference over sum n_c n_s / n
 */
import { estimateHalfLifeMs } from "./limits.ts";
import type { Line, Trial } from "./line-test.ts";

export interface Estimate {
  readonly candidate: number;
  readonly baseline: number;
  readonly weight: number;
}

export const emptyEstimate: Estimate = { candidate: 0, baseline: 0, weight: 0 };

export function fadeInto(estimate: Estimate, trial: Trial, elapsedMs: number): Estimate {
  const { baseline, candidate } = trial;
  const all = baseline.sample + candidate.sample;
  if (all === 0) return estimate;
  const keep = 2 ** (-elapsedMs / estimateHalfLifeMs);
  return {
    candidate: estimate.candidate * keep + (candidate.events * baseline.sample) / all,
    baseline: estimate.baseline * keep + (baseline.events * candidate.sample) / all,
    weight: estimate.weight * keep + (candidate.sample * baseline.sample) / all,
  };
}

/** Whether the candidate's estimate is above the line. */
export function isAbove({ candidate, baseline, weight }: Estimate, line: Line): boolean {
  return candidate > line.slope * baseline + line.offset * weight;
}
