/** What is tolerated, as lines: the candidate may lie on or below either. */
import type { Tolerance } from "#domain";
import type { Line } from "./line-test.ts";
import { marginLine } from "./margin.ts";

export interface ToleranceLines {
  readonly ratio: Line;
  /** Absent when nothing is tolerated in points. */
  readonly excess?: Line;
}

/** A ratio below 1 or negative points would call a release harmful that is as good as the baseline. */
export function linesOf(
  { ratio, absolute }: Tolerance,
  worse: "higher" | "lower" = "higher",
): ToleranceLines {
  const line = marginLine(Math.max(1, ratio), worse);
  if (absolute === undefined) return { ratio: line };
  return { ratio: line, excess: { slope: 1, offset: Math.max(0, absolute) } };
}
