/** Keeps a lease alive while work is under way; says when it was lost. */
import type { Lease } from "#domain";
import type { RolloutPorts } from "#delivery/rollout";
import { leaseMs } from "./limits.ts";

export interface KeptLease extends AsyncDisposable {
  readonly current: Lease;
  /**
   * Aborts when another worker has taken the work. What was started for it is left running: that other
   * worker adopts it.
   */
  readonly lost: AbortSignal;
  /** It is not held any more, as a write has told: no need to wait for the next renewal to know. */
  lose(): void;
}

export function keepLease(
  lease: Lease,
  { store, clock, log }: Pick<RolloutPorts, "store" | "clock" | "log">,
): KeptLease {
  const ended = new AbortController();
  const lost = new AbortController();
  let current = lease;
  async function keep(): Promise<void> {
    for (;;) {
      // Four renewals a lease: three may fail, as they do while the database restarts.
      await clock.sleep(leaseMs / 4, ended.signal);
      if (ended.signal.aborted) return;
      try {
        const renewed = await store.renew(current, leaseMs);
        if (!renewed.ok) {
          lost.abort("leave_running");
          return;
        }
        current = renewed.value;
      } catch (error) {
        // The store is away. The fence, not this loop, is what keeps a late writer out.
        log.debug("lease.renew_failed", { work: current.key, error });
      }
    }
  }
  const keeping = keep();
  return {
    get current() {
      return current;
    },
    lost: lost.signal,
    lose: () => lost.abort("leave_running"),
    async [Symbol.asyncDispose]() {
      ended.abort();
      await keeping;
    },
  };
}
