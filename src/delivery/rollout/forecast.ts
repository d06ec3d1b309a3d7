/** When will the evidence be enough, if the candidate is like the baseline and traffic stays as it is? */
import type { Traffic } from "./guardrail.ts";
import { type Line, lineSafeIncrements, lineSafeWeights } from "./line-test.ts";

/**
 * Seconds until one bet of a mixture reaches the threshold on its own: its present evidence, less the
 * mixture's weight, grows by its mean increment (which is linear in counts, so mean counts give it).
 * Infinity when it never does at this traffic.
 */
export function secondsToReach(
  logs: readonly number[],
  at: {
    readonly line: Line;
    readonly guess: number;
    readonly traffic: Traffic;
    readonly logThreshold: number;
  },
): number {
  const { baselinePerSecond, candidatePerSecond } = at.traffic;
  const perSecond = lineSafeIncrements(
    {
      baseline: { events: at.guess * baselinePerSecond, sample: baselinePerSecond },
      candidate: { events: at.guess * candidatePerSecond, sample: candidatePerSecond },
      guess: at.guess,
    },
    at.line,
  );
  const seconds = logs.map((log, bet) => {
    const gain = perSecond[bet] ?? 0;
    const missing = at.logThreshold - Math.log(lineSafeWeights[bet] ?? 1) - log;
    if (missing <= 0) return 0;
    return gain > 0 ? missing / gain : Infinity;
  });
  return Math.min(...seconds);
}
