/** Another attempt, when the database was away and the work may be done again without harm. */
import type { Clock } from "#domain";
import { backoffMs } from "#std";
import { failureKind, StoreUnavailable } from "./errors.ts";
import { retriesMax, retryBackoff } from "./limits.ts";

/**
 * Runs `attempt` until it succeeds, fails for good, or the retries are used up (`StoreUnavailable`).
 * Only for reads and for writes that recognise their own repetition.
 */
export async function retrying<T>(
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
  attempt: () => Promise<T>,
): Promise<T> {
  for (let retry = 0; ; retry += 1) {
    try {
      return await attempt();
    } catch (error) {
      const kind = failureKind(error);
      if (kind === "terminal") throw error;
      if (kind === "slow" || retry >= retriesMax || signal.aborted) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new StoreUnavailable(reason, retryBackoff.maxMs, error);
      }
      await clock.sleep(backoffMs(retryBackoff, retry, clock.random()), signal);
    }
  }
}
