/**
 * Work that may be done for somebody, refilled evenly. What is asked for is known only once it is done, so it is
 * paid afterwards: one piece may overdraw the budget, and the next one waits until that is made up for.
 */
export interface WorkBudget {
  /** How long until more may be done; 0: now. */
  waitMs(now: number): number;
  spend(units: number, now: number): void;
}

export interface WorkBudgetOptions {
  /** Within the window, and at once after a pause. */
  readonly unitsMax: number;
  readonly windowMs: number;
}

export function openWorkBudget({ unitsMax, windowMs }: WorkBudgetOptions): WorkBudget {
  let left = unitsMax;
  let seenAt: number | undefined;

  function refill(now: number): void {
    // A clock that was set back refills nothing, and takes nothing.
    const elapsedMs = Math.max(0, now - (seenAt ?? now));
    left = Math.min(unitsMax, left + (elapsedMs * unitsMax) / windowMs);
    seenAt = now;
  }

  return {
    waitMs(now) {
      refill(now);
      return left > 0 ? 0 : Math.floor((-left * windowMs) / unitsMax) + 1;
    },
    spend(units, now) {
      refill(now);
      left -= units;
    },
  };
}
