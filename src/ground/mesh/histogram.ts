/** Latency on the fixed grid of the counts. */
import { latencyBoundsMs, latencyCells } from "#domain";

/** Index of the first bound that is not below the value; the last cell is "slower than all". */
export function latencyCell(latencyMs: number): number {
  if (latencyMs <= 1) return 0;
  // Bounds are 2^(index/3); the loop mends what rounding of bounds and logarithm may shift by one.
  let cell = Math.min(latencyCells - 1, Math.max(0, Math.ceil(Math.log2(latencyMs) * 3) - 1));
  while (cell < latencyBoundsMs.length && latencyMs > (latencyBoundsMs[cell] ?? Infinity))
    cell += 1;
  return cell;
}

export function emptyHistogram(): number[] {
  return Array.from({ length: latencyCells }, () => 0);
}
