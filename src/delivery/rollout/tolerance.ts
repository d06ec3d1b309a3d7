/** What is tolerated, as lines: the candidate may lie on or below either. */
import type { Tolerance } from "#domain";
import type { Line } from "./line-test.ts";

export interface ToleranceLines {
  readonly ratio: Line;
  /** Absent when nothing is tolerated in points. */
  readonly excess?: Line;
}

/**
 * Where fewer events are worse, events are counted as what did not happen, and "good ones are not fewer than
 * 1/ratio of the baseline's" is a line, too. A ratio below 1 or negative points would call a release
 * harmful that is as good as the baseline.
 */
export function linesOf(
  { ratio, absolute }: Tolerance,
  worse: "higher" | "lower" = "higher",
): ToleranceLines {
  const most = Math.max(1, ratio);
  const line =
    worse === "higher" ? { slope: most, offset: 0 } : { slope: 1 / most, offset: 1 - 1 / most };
  if (absolute === undefined) return { ratio: line };
  return { ratio: line, excess: { slope: 1, offset: Math.max(0, absolute) } };
}
