/** Exponential backoff with full jitter; pure: chance is an argument. */

export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
}

/** Gives the wait before attempt `attempt` (0 is the first retry); `random` is in [0, 1). */
export function backoffMs(backoff: Backoff, attempt: number, random: number): number {
  const ceilingMs = Math.min(backoff.maxMs, backoff.firstMs * 2 ** Math.min(attempt, 30));
  // Half fixed, half chance: peers spread out, yet nobody retries at once.
  return Math.round(ceilingMs / 2 + (ceilingMs / 2) * random);
}
