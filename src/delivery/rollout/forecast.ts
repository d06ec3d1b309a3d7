/** When will the evidence be enough, if the candidate is like the baseline and traffic stays as it is? */
import type { Traffic } from "./guardrail.ts";
import { type Line, lineSafeIncrements } from "./line-test.ts";

/**
 * Seconds until one bet of a mixture reaches the threshold on its own: its present evidence (its weight in the
 * mixture included) grows by its mean increment, which is linear in counts, so mean counts give it.
 * Infinity when it never does at this traffic.
 */
export function secondsToReach(
  values: readonly number[],
  at: {
    readonly line: Line;
    readonly guess: number;
    readonly traffic: Traffic;
    readonly logThreshold: number;
  },
): number {
  const missing = values.map((value) => at.logThreshold - Math.log(value));
  if (missing.some((left) => left <= 0)) return 0;
  const { baselinePerSecond, candidatePerSecond } = at.traffic;
  const perSecond = lineSafeIncrements(
    {
      baseline: { events: at.guess * baselinePerSecond, sample: baselinePerSecond },
      candidate: { events: at.guess * candidatePerSecond, sample: candidatePerSecond },
      guess: at.guess,
    },
    at.line,
  );
  let least = Infinity;
  for (const [bet, left] of missing.entries()) {
    const gain = perSecond?.[bet] ?? 0;
    if (gain > 0) least = Math.min(least, left / gain);
  }
  return least;
}
