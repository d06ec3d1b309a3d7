/** Which two times a latency guardrail compares, so that every face says the same ones. Pure. */
import { latencyBoundsMs } from "./counts.ts";

const cellsPerDoubling = 3;

/** `ratio` in cells of the latency grid, rounded up: what is tolerated is never less than was asked for. */
export function cellShift(ratio: number): number {
  return Math.max(0, Math.ceil(cellsPerDoubling * Math.log2(ratio) - 1e-9));
}

/**
 * Of the candidate those requests count that took longer than `candidateMs`, of the baseline those that took longer
 * than `baselineMs`: the tolerated ratio is between the two. Whole milliseconds; nothing for other guardrails.
 */
export function latencyThresholds({
  thresholdMs,
  tolerance,
}: {
  readonly thresholdMs?: number | undefined;
  readonly tolerance: { readonly ratio: number };
}): { readonly candidateMs: number; readonly baselineMs: number } | undefined {
  if (thresholdMs === undefined) return undefined;
  const cell = latencyBoundsMs.indexOf(thresholdMs);
  // Beyond the grid there is no cell to shift.
  const shifted = cell < 0 ? undefined : latencyBoundsMs[cell + cellShift(tolerance.ratio)];
  const raised = shifted ?? thresholdMs * tolerance.ratio;
  return { candidateMs: Math.round(raised), baselineMs: Math.round(thresholdMs) };
}

/** Why these times and not others, as a clause; nothing where it is not about latency. */
export function whyTheseTimes({
  thresholdMs,
  tolerance: { ratio },
}: {
  readonly thresholdMs?: number | undefined;
  readonly tolerance: { readonly ratio: number };
}): string | undefined {
  if (thresholdMs === undefined) return undefined;
  const longer = ratio === 1 ? "" : `; ${ratio} times as long is tolerated`;
  return `of all times compared it fares worst at these${longer}`;
}
