/** Which cell of the histogram a request falls into: log-normal, some of it later by a fixed time. */
import { latencyBoundsMs, latencyCells } from "#domain";
import { choiceOf, normalBelow, type Choice } from "./chance.ts";

export interface LatencyShape {
  readonly medianMs: number;
  readonly logSd: number;
  readonly slowRatio: number;
  readonly slowMs: number;
}

/** The distribution over cells, exact up to the normal distribution's approximation. */
export function cellsOf(shape: LatencyShape): Choice {
  const weights = new Float64Array(latencyCells);
  let below = 0;
  for (let cell = 0; cell < latencyCells; cell += 1) {
    const bound = latencyBoundsMs[cell];
    const upTo = bound === undefined ? 1 : shareWithin(shape, bound);
    weights[cell] = Math.max(0, upTo - below);
    below = Math.max(below, upTo);
  }
  return choiceOf(weights);
}

function shareWithin(shape: LatencyShape, boundMs: number): number {
  const usual = (1 - shape.slowRatio) * usualWithin(shape, boundMs);
  return shape.slowRatio === 0
    ? usual
    : usual + shape.slowRatio * usualWithin(shape, boundMs - shape.slowMs);
}

function usualWithin({ medianMs, logSd }: LatencyShape, boundMs: number): number {
  if (boundMs <= 0) return 0;
  if (logSd === 0) return boundMs >= medianMs ? 1 : 0;
  return normalBelow(Math.log(boundMs / medianMs) / logSd);
}
